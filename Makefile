# One word a task; `make help` lists them. Everything is installed into .venv, Debian packages apart.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFORMANCE := $(VENV)/conformance
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Most tests wait for processes that they have started: more of them than cores run at once.
TEST_PROCESSES ?= 8
PYTEST := $(BIN)/python -m pytest
# With it, every process that the sandbox or a test starts compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-fast conformance chaos simulate check audit format bench bench-watch bench-many bench-sick bench-commands bench-failover bench-isolation bench-rotation bench-acknowledge bench-classify bench-board bench-ends bench-diagnosis docs screenshot dist lock clean

help: ## list what can be done
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

run: $(VENV)/sandbox ## start the sandbox with bot and worker
	@$(BIN)/python -m odps_bot sandbox $(ARGS)

test: $(VENV)/dev ## run every test; ARGS="tests/unit -k card" for a part
	@.ci/debian-packages browser $(ARGS)
	@.ci/debian-packages simulation $(ARGS)
	$(PYTEST) --numprocesses=$(TEST_PROCESSES) --durations=10 $(ARGS)

test-fast: $(VENV)/dev ## run the unit tests: Python alone, without Redis and a browser
	$(PYTEST) --numprocesses=auto --durations=10 tests/unit $(ARGS)

conformance: $(VENV)/dev $(CONFORMANCE)/installed ## lead clients of others through sessions with the sandbox; ARGS for a part
	$(PYTEST) --numprocesses=2 --dist=loadfile $(or $(ARGS),tests/conformance/foreigners)

chaos: $(VENV)/dev ## kill, pause and disturb everything for a quarter of an hour; nothing may be lost
	ODPS_BOT_TEST_CHAOS=long $(BIN)/python -m pytest tests/end_to_end/chaos --capture=no $(ARGS)

simulate: $(VENV)/dev ## play fresh seeds for a quarter of an hour; ARGS="--minutes 60", "replay SEED", "planted"
	@.ci/debian-packages simulation
	$(BIN)/python -m tests.simulation $(ARGS)

check: $(VENV)/dev ## format, lint, types and import rules; changes nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

audit: $(VENV)/dev ## ask the advisory database about every locked package
	@$(BIN)/python .ci/audit_dependencies.py $(BIN)/pip-audit

format: $(VENV)/dev ## format the code and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(VENV)/dev ## measure the MaxCompute client beside PyODPS
	$(BIN)/python -m benchmarks.client $(ARGS)

bench-watch: $(VENV)/dev ## measure how 10,000 instances are watched
	$(BIN)/python -m benchmarks.watch $(ARGS)

bench-many: $(VENV)/dev ## measure how 100,000 instances in 20 projects are watched
	$(BIN)/python -m benchmarks.watch --many $(ARGS)

bench-sick: $(VENV)/dev ## how soon sick ones of a thousand jobs are found, and at how many requests
	$(BIN)/python -m benchmarks.watch --diagnosis $(ARGS)

bench-commands: $(VENV)/dev ## measure how commands are acknowledged and cards edited
	$(BIN)/python -m benchmarks.commands $(ARGS)

bench-board: $(VENV)/dev ## measure how fresh ten boards are while five hundred runs go on
	$(BIN)/python -m benchmarks.board $(ARGS)

bench-ends: $(VENV)/dev ## measure how soon the ends of young runs are seen in Slack
	$(BIN)/python -m benchmarks.ends $(ARGS)

bench-failover: $(VENV)/dev ## measure how long a failover of Redis is felt, and what it loses
	$(BIN)/python -m benchmarks.failover $(ARGS)

bench-isolation: $(VENV)/dev ## measure who waits while files, endpoints and receivers hang
	$(BIN)/python -m benchmarks.isolation $(ARGS)

bench-acknowledge: $(VENV)/dev ## measure how soon everything that Slack sends is acknowledged
	$(BIN)/python -m benchmarks.acknowledge $(ARGS)

bench-classify: $(VENV)/dev ## measure how long it takes to say what long SQL does
	$(BIN)/python -m benchmarks.classify $(ARGS)

bench-diagnosis: $(VENV)/dev ## measure how well sick and healthy instances are told apart
	$(BIN)/python -m benchmarks.diagnosis $(ARGS)

bench-rotation: $(VENV)/dev ## measure what is noticed when Slack replaces connections
	$(BIN)/python -m benchmarks.rotation $(ARGS)

docs: $(VENV)/docs ## build the documentation as a site; any warning or broken link fails
	rm -rf build/site
	$(BIN)/python -m sphinx --builder html --fail-on-warning --fresh-env --quiet \
		--doctree-dir build/doctrees docs build/site
	$(BIN)/python .ci/check_site.py build/site
	@echo "The site is at build/site/index.html"

screenshot: $(VENV)/dev ## take the README's picture anew
	@.ci/debian-packages browser
	$(BIN)/python docs/take_screenshot.py

dist: $(VENV)/dev ## build and check what would be published, into dist/
	@$(BIN)/python .ci/build_dist.py $(ARGS)

lock: $(VENV)/dev ## write requirements/*.txt anew: exact versions with hashes, no index
	$(LOCK) --output-file requirements/bot.txt
	$(LOCK) --extra build --output-file requirements/build.txt
	$(LOCK) --extra sandbox --extra build --output-file requirements/sandbox.txt
	$(LOCK) --extra dev --output-file requirements/dev.txt
	$(LOCK) --extra docs --extra build --constraint requirements/dev.txt --output-file requirements/docs.txt
	$(GROUP) --output-file requirements/conformance.txt

clean: ## remove what the tasks have made
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis build test-artifacts

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(UPGRADE)
# `fast` has no dependency of its own, and what is measured and deployed should be the same.
LOCK = $(COMPILE) pyproject.toml --extra fast
GROUP = $(COMPILE) --group conformance

$(VENV)/sandbox: requirements/sandbox.txt
	@$(call install,sandbox)

$(VENV)/dev: requirements/dev.txt
	@$(call install,dev)

$(VENV)/docs: requirements/docs.txt
	@$(call install,docs)

$(CONFORMANCE)/installed: requirements/conformance.txt
	@echo "Installing $< into $(CONFORMANCE) …"
	@$(BIN)/python -m venv --clear $(CONFORMANCE)
	@$(CONFORMANCE)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement $<
	@touch $@

# A marker file says that the environment holds what the lock names; dev holds all of sandbox.
define install
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); .ci/debian-packages venv && $(PYTHON) -m venv $(VENV); }
	echo "Installing requirements/$(1).txt into $(VENV) …"
	$(PIP) install --require-hashes --requirement requirements/$(1).txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $(VENV)/$(1) $(if $(filter dev,$(1)),$(VENV)/sandbox)
endef
