"""What is kept of earlier runs: each once, a bounded number of bounded size."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from redis import Redis

from odps_bot.history import store as module
from odps_bot.history.past_run import PastRun, PastStage
from odps_bot.history.store import MOST_RUNS, History
from odps_bot.store import keys

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STATEMENT = "0123456789abcdef"


@pytest.fixture
def history(redis: Redis) -> History:
    return History(redis)


def past(name: str, *, at: datetime = NOON, run_s: float = 60.0, **facts) -> PastRun:
    return PastRun(instance_id=name, submitted_s=int(at.timestamp()), run_s=run_s, **facts)


def test_a_run_is_kept_once_however_often_it_is_added(history):
    assert history.add("p", STATEMENT, past("i1"), now=NOON) == []
    assert history.add("p", STATEMENT, past("i2"), now=NOON) == [past("i1")]
    assert history.add("p", STATEMENT, past("i2", run_s=61.0), now=NOON) == [past("i1")]

    assert history.runs("p", STATEMENT, now=NOON) == [past("i2"), past("i1")]


def test_an_instance_whose_id_begins_like_another_one_is_kept(history):
    history.add("p", STATEMENT, past("i10"), now=NOON)
    history.add("p", STATEMENT, past("i1"), now=NOON)

    assert [one.instance_id for one in history.runs("p", STATEMENT, now=NOON)] == ["i1", "i10"]


def test_projects_and_statements_are_apart(history):
    history.add("p", STATEMENT, past("i1"), now=NOON)

    assert history.runs("q", STATEMENT, now=NOON) == []
    assert history.runs("p", "fedcba9876543210", now=NOON) == []


def test_what_takes_less_than_two_seconds_or_is_not_known_leaves_nothing(history, redis):
    history.add("p", STATEMENT, past("i1", run_s=1.9), now=NOON)
    history.add("p", "", past("i2"), now=NOON)

    assert redis.keys("*") == []


def test_the_last_fifty_runs_of_sixty_days_are_kept(history, redis):
    for n in range(MOST_RUNS + 10):
        history.add("p", STATEMENT, past(f"i{n}"), now=NOON)
    assert redis.llen(keys.past_runs("p", STATEMENT)) == MOST_RUNS
    assert redis.ttl(keys.past_runs("p", STATEMENT)) == 60 * 86_400

    later = NOON + timedelta(days=59)
    history.add("p", STATEMENT, past("new", at=later), now=later)
    much_later = NOON + timedelta(days=61)
    assert [one.instance_id for one in history.runs("p", STATEMENT, now=much_later)] == ["new"]

    history.add("p", STATEMENT, past("newer", at=much_later), now=much_later)
    assert redis.llen(keys.past_runs("p", STATEMENT)) == 2


def test_the_statements_that_ran_longest_ago_are_forgotten_where_there_are_many(
    history, redis, monkeypatch
):
    monkeypatch.setattr(module, "MOST_STATEMENTS", 3)
    for n in range(5):
        history.add("p", f"s{n}", past(f"i{n}"), now=NOON + timedelta(minutes=n))

    assert sorted(redis.keys(keys.past_runs("*", "*"))) == [
        keys.past_runs("p", f"s{n}").encode() for n in (2, 3, 4)
    ]
    assert redis.zcard(keys.statements()) == 3


def test_a_corrupt_record_is_left_out(history, redis):
    history.add("p", STATEMENT, past("i1"), now=NOON)
    redis.lpush(keys.past_runs("p", STATEMENT), b"[not a record", b'["i2"]')

    assert history.runs("p", STATEMENT, now=NOON) == [past("i1")]
    assert history.add("p", STATEMENT, past("i3"), now=NOON) == [past("i1")]


@pytest.mark.parametrize(("stages", "most_bytes"), [(5, 17_000), (500, 31_000)])
def test_a_full_history_stays_within_the_bytes_that_the_docs_promise(
    history, redis, stages, most_bytes
):
    for n in range(MOST_RUNS):
        full = past(
            f"20261122120001123g{n:08}2",
            run_s=812.4,
            wait_s=31.5,
            planning_s=4.0,
            input_records=158_000_000_000,
            input_bytes=15_800_000_000_000,
            output_records=2_000_000_000,
            cpu_core_s=43_210.5,
            memory_gb_s=170_000.3,
            quota="os_BatchQuota",
            stages=tuple(PastStage(f"R{m}_{m + 1}", 50, 10**9 + m, 10**9) for m in range(stages)),
        )
        history.add("p", STATEMENT, full, now=NOON)

    used = redis.memory_usage(keys.past_runs("p", STATEMENT), samples=0)
    assert used < most_bytes
    assert len(msgspec.json.encode(history.runs("p", STATEMENT, now=NOON))) > 10_000
