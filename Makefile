# One word a task; `make help` lists them. Everything is installed into .venv, Debian packages apart.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run test chaos check audit format bench bench-watch bench-commands screenshot lock clean debian-packages

help: ## list what can be done
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

run: $(VENV)/sandbox ## start the sandbox with bot and worker
	@$(BIN)/python -m odps_bot sandbox $(ARGS)

test: $(VENV)/dev debian-packages ## run every test
	$(BIN)/python -m pytest $(ARGS)

chaos: $(VENV)/dev ## kill, pause and disturb everything for a quarter of an hour; nothing may be lost
	ODPS_BOT_TEST_CHAOS=long $(BIN)/python -m pytest tests/end_to_end/chaos --capture=no $(ARGS)

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

bench-commands: $(VENV)/dev ## measure how commands are acknowledged and cards edited
	$(BIN)/python -m benchmarks.commands $(ARGS)

screenshot: $(VENV)/dev debian-packages ## take the README's picture anew
	$(BIN)/python docs/take_screenshot.py

lock: $(VENV)/dev ## write requirements/*.txt anew: exact versions with hashes, no index
	$(LOCK) --output-file requirements/bot.txt
	$(LOCK) --extra build --output-file requirements/build.txt
	$(LOCK) --extra sandbox --extra build --output-file requirements/sandbox.txt
	$(LOCK) --extra dev --output-file requirements/dev.txt

clean: ## remove what the tasks have made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis test-artifacts

debian-packages:
	@.ci/debian-packages

LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(UPGRADE)

$(VENV)/sandbox: requirements/sandbox.txt
	@$(call install,sandbox)

$(VENV)/dev: requirements/dev.txt
	@$(call install,dev)

# A marker file says that the environment holds what the lock names; dev holds all of sandbox.
define install
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); .ci/debian-packages venv && $(PYTHON) -m venv $(VENV); }
	echo "Installing requirements/$(1).txt into $(VENV) …"
	$(PIP) install --require-hashes --requirement requirements/$(1).txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $(VENV)/$(1) $(if $(filter dev,$(1)),$(VENV)/sandbox)
endef
