"""What tests of several packages start from."""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
from redis import Redis

from odps_bot.runs import Run, RunState
from odps_bot.sandbox.redis import EmbeddedRedis

#: The machine may be busy: how long an example takes says nothing about the code. A test that
#: passes here passes in CI; `ODPS_BOT_TEST_FUZZ=new` tries new examples instead of the same.
hypothesis.settings.register_profile(
    "odps-bot", deadline=None, derandomize=os.environ.get("ODPS_BOT_TEST_FUZZ") != "new"
)
hypothesis.settings.load_profile("odps-bot")

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


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
def noon() -> datetime:
    """The instant at which the runs of `make_run` were asked for."""
    return NOON


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Return a function that makes a run, asked for at noon; its arguments are what matters."""

    def make(**facts: Any) -> Run:
        usual = {
            "run_id": "0a1b2c",
            "name": "r42",
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": "U1",
            "project": "sandbox",
            "sql": "select name, count(*) from pyodps_iris group by name",
            "state": RunState.ASKED,
            "asked_at": NOON,
        }
        return Run(**{**usual, **facts})

    return make
