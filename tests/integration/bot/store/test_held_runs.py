"""Marks of the runs whose ends are waited for: each has one owner, for a while."""

import pytest
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.held_runs import HeldRuns


@pytest.fixture
def held_runs(redis: Redis) -> HeldRuns:
    return HeldRuns(redis)


def test_a_mark_has_one_owner(redis, held_runs):
    assert held_runs.take("a", "me")
    assert not held_runs.take("a", "another")
    assert held_runs.take("b", "another")
    assert redis.get(keys.held_run("a")) == b"me"


def test_its_owner_renews_it(redis, held_runs):
    held_runs.take("a", "me")
    redis.pexpire(keys.held_run("a"), 500)

    assert held_runs.take("a", "me")

    assert redis.pttl(keys.held_run("a")) > 14_000


def test_of_a_worker_that_died_it_expires(redis, held_runs):
    held_runs.take("a", "dead")
    assert 0 < redis.pttl(keys.held_run("a")) <= keys.held_run.life_s * 1_000
    redis.delete(keys.held_run("a"))

    assert held_runs.take("a", "another")
    assert not held_runs.take("a", "dead")


def test_only_its_owner_removes_it(redis, held_runs):
    held_runs.take("a", "me")
    held_runs.take("b", "another")

    held_runs.release(["a", "b", "c"], "me")

    assert [redis.get(keys.held_run(run_id)) for run_id in "abc"] == [None, b"another", None]
    held_runs.release([], "me")
