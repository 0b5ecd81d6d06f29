"""What tests of several packages start from."""

import gc
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import hypothesis
import msgspec
import pytest
from redis import Redis

from odps_bot.runs import Change, Run, RunState, RunStore
from odps_bot.runs.lifecycle import TRANSITIONS
from odps_bot.runs.run import VERSION
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.sql import statements
from odps_bot.sql.classification import classifier

#: The machine may be busy: how long an example takes says nothing about the code. A test that
#: passes here passes in CI; `ODPS_BOT_TEST_FUZZ=new` tries new examples instead of the same.
hypothesis.settings.register_profile(
    "odps-bot", deadline=None, derandomize=os.environ.get("ODPS_BOT_TEST_FUZZ") != "new"
)
hypothesis.settings.load_profile("odps-bot")

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

#: Tests begin in this order, so that no long one is left for the end. What is not named comes last.
LONGEST_FIRST = (
    "tests/end_to_end/chaos/",
    "tests/integration/benchmarks/",
    "tests/end_to_end/ops/",
    "tests/end_to_end/runs/",
    "tests/integration/packaging/",
    "tests/end_to_end/",
    "tests/integration/deployment/",
    "tests/integration/workers/",
    "tests/integration/",
    "tests/conformance/",
)

#: Where each test starts all that it needs, so that any process may run any of them. The browser is
#: shared, so its tests are not among them.
SHARING_NOTHING = (
    "tests/end_to_end/ops/",
    "tests/end_to_end/runs/test_restarts.py",
    "tests/integration/bot/",
    "tests/integration/sandbox/",
    "tests/integration/slack/",
    "tests/integration/deployment/",
    "tests/integration/doctor/",
    "tests/integration/workers/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests into the order of LONGEST_FIRST."""

    def place(item: pytest.Item) -> int:
        prefixes = enumerate(LONGEST_FIRST)
        return next((i for i, p in prefixes if item.nodeid.startswith(p)), len(LONGEST_FIRST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, so that a sandbox which a file shares is started once.

    A file that is run once for each of Slack's transports is two.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415  -- where tests run in parallel

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(SHARING_NOTHING):
                return nodeid
            transport = next((t for t in ("[socket", "[http") if t in nodeid), "")
            return nodeid.partition("::")[0] + transport

    config.option.loadscopereorder = False
    return Files(config, log)


def pytest_unconfigure() -> None:
    """Take Hypothesis' callback away from the garbage collector.

    Through it, what property tests have used outlives the interpreter's last collection, and
    extension modules (DuckDB's) report every type and function of theirs as leaked.
    """
    gc.callbacks[:] = [
        callback
        for callback in gc.callbacks
        if not getattr(callback, "__module__", "").startswith("hypothesis.")
    ]


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    """A real Redis server of these tests' own."""
    with EmbeddedRedis() as server:
        yield server


@pytest.fixture
def redis(redis_server: EmbeddedRedis) -> Iterator[Redis]:
    """A connection to the tests' Redis, which is empty."""
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def let_leases_run_out(redis: Redis) -> Callable[[], None]:
    """Return a function after which the time is over for which posts are leased."""

    def let_run_out() -> None:
        for key in redis.scan_iter("odps-bot:posting:*"):
            lease = json.loads(redis.get(key) or "{}")
            redis.set(key, json.dumps({**lease, "till": 0}), keepttl=True)

    return let_run_out


@pytest.fixture
def noon() -> datetime:
    """The instant at which the runs of `make_run` were asked for."""
    return NOON


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Return a function that makes a run, asked for at noon; its arguments are what matters."""

    def make(**facts: Any) -> Run:
        usual = {
            "version": VERSION,
            "run_id": "0a1b2c",
            "name": "r42",
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": "U1",
            "project": "sandbox",
            "sql": "select name, count(*) from pyodps_iris group by name",
            "state": RunState.QUEUED,
            "requested_at": NOON,
        }
        return Run(**{**usual, **facts})

    return make


@pytest.fixture
def way() -> Callable[[RunState, RunState], list[RunState]]:
    """Return a function that finds the states from one to another, the shortest way."""

    def way(before: RunState, after: RunState) -> list[RunState]:
        ways = {before: [before]}
        for state in iter(found := [before]):
            for following in TRANSITIONS.get(state, {}):
                if following not in ways:
                    ways[following] = [*ways[state], following]
                    found.append(following)
        return ways[after]

    return way


@pytest.fixture
def create(way: Callable[[RunState, RunState], list[RunState]]) -> Callable[..., Run]:
    """Return a function that keeps a run in any state, brought there from its beginning."""

    def create(runs: RunStore, run: Run, **names: Any) -> Run:
        runs.create(msgspec.structs.replace(run, state=RunState.QUEUED), **names)
        for state in way(RunState.QUEUED, run.state)[1:]:
            step = Change(run=msgspec.structs.replace(run, state=state))
            runs.apply(run.run_id, lambda _, step=step: step)
        return run

    return create


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts in the order in which they are cut into statements, as in a process of its own."""
    found: list[str] = []
    cut = statements.cut

    def noted(sql: str) -> Iterator[statements.Statement]:
        found.append(sql)
        return cut(sql)

    for module in (statements, classifier):
        monkeypatch.setattr(module, "cut", noted)
    classifier._classify.cache_clear()
    return found
