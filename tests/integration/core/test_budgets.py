"""Budgets that all processes share."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis

from odps_bot.budgets import Budget, Budgets

SLOW = Budget(name="slow", per_second=0.01, burst=5)


@pytest.fixture
def budgets(redis: Redis) -> Budgets:
    return Budgets(redis)


def test_as_many_as_the_burst_are_granted_at_once(budgets):
    granted = [budgets.take(SLOW) is None for _ in range(7)]

    assert granted == [True] * 5 + [False] * 2


def test_whoever_waits_is_told_how_long(budgets):
    for _ in range(5):
        budgets.take(SLOW)

    wait = budgets.take(SLOW)
    assert wait is not None
    assert timedelta(seconds=95) < wait <= timedelta(seconds=100)


def test_asking_what_is_left_takes_nothing(budgets):
    untouched = [budgets.left(SLOW), budgets.left(SLOW)]
    budgets.take(SLOW)

    assert untouched == [5, 5]
    assert budgets.left(SLOW) == 4


def test_nothing_is_left_of_a_paused_budget(budgets):
    budgets.pause(SLOW, timedelta(minutes=5))

    assert budgets.left(SLOW) == 0


def test_tokens_come_back_with_time(budgets):
    quick = Budget(name="quick", per_second=10_000, burst=1)

    assert all(budgets.take(quick) is None or True for _ in range(50))
    assert any(budgets.take(quick) is None for _ in range(50))


def test_the_less_important_leave_a_reserve(budgets):
    assert [budgets.take(SLOW, reserve=3) is None for _ in range(3)] == [True, True, False]
    assert [budgets.take(SLOW) is None for _ in range(4)] == [True, True, True, False]


def test_a_pause_holds_everybody_back(budgets):
    budgets.pause(SLOW, timedelta(seconds=30))

    wait = budgets.take(SLOW)
    assert wait is not None
    assert timedelta(seconds=25) < wait <= timedelta(seconds=31)


def test_many_at_once_get_no_more_than_there_is(budgets):
    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(lambda _: budgets.take(SLOW) is None, range(200)))

    assert sum(granted) == 5


def test_a_budget_is_forgotten_by_itself(budgets, redis):
    budgets.take(SLOW)

    assert 0 < redis.ttl("odps-bot:budget:slow") <= 1_001
