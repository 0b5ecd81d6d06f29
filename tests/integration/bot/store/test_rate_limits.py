"""RateLimiter that all processes share."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis

from odps_bot.maxcompute import ThrottledError
from odps_bot.store import keys
from odps_bot.store.rate_limits import (
    UPDATE_LIMIT,
    RateLimit,
    RateLimiter,
    SharedThrottle,
    post_message_limit,
    request_limit,
)

SLOW = RateLimit(name="slow", per_second=0.01, burst=5)


@pytest.fixture
def budgets(redis: Redis) -> RateLimiter:
    return RateLimiter(redis)


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


def test_the_wait_for_a_token_takes_none(budgets):
    assert budgets.wait(SLOW) is None
    budgets.pause(SLOW, timedelta(minutes=5))

    for _ in range(2):
        assert timedelta(minutes=4.9) < budgets.wait(SLOW) <= timedelta(minutes=5)


def test_tokens_come_back_with_time(budgets):
    quick = RateLimit(name="quick", per_second=10_000, burst=1)

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


def test_a_pause_is_not_shortened_by_a_shorter_one(budgets):
    budgets.pause(SLOW, timedelta(seconds=60))
    budgets.pause(SLOW, timedelta(seconds=1))

    assert budgets.take(SLOW) > timedelta(seconds=50)


def test_a_pause_is_not_shortened_by_tokens_that_were_not_used(budgets):
    posts = post_message_limit("C1")
    budgets.take(posts)
    budgets.pause(posts, timedelta(seconds=60))
    for _ in range(20):
        budgets.give_back(posts)

    assert budgets.take(posts) > timedelta(seconds=50)


def test_a_longer_pause_takes_the_place_of_a_shorter_one(budgets):
    budgets.pause(SLOW, timedelta(seconds=1))
    budgets.pause(SLOW, timedelta(seconds=60))

    assert budgets.take(SLOW) > timedelta(seconds=50)


def test_a_channel_gets_five_posts_at_once_and_then_one_a_second(budgets):
    waits = [budgets.take(post_message_limit("C1")) for _ in range(8)]

    assert waits[:5] == [None] * 5
    assert any(waits[5:])
    assert max(filter(None, waits)) <= timedelta(seconds=1)
    assert post_message_limit("C1").per_second == 1


def test_a_workspace_gets_forty_edits_at_once_and_then_48_a_minute(budgets):
    budgets.pause(UPDATE_LIMIT, timedelta(0))
    wait = budgets.take(UPDATE_LIMIT) or budgets.take(UPDATE_LIMIT)

    assert UPDATE_LIMIT.burst == 40
    assert UPDATE_LIMIT.per_second * 60 == 48
    assert timedelta(seconds=1) < wait <= timedelta(seconds=1.25)


def test_an_endpoint_may_be_asked_a_seconds_worth_at_once_and_two_requests_at_least():
    bursts = [request_limit("https://e/api", per_second=pace).burst for pace in (0.5, 2, 10)]

    assert bursts == [2, 2, 10]


@pytest.mark.parametrize(
    ("asked_s", "pause_s"), [(None, 2), (30, 30), (299, 299), (300, 300), (3_600, 300)]
)
def test_a_refusal_pauses_two_seconds_or_as_asked_but_never_beyond_five_minutes(
    budgets, asked_s, pause_s
):
    gate = SharedThrottle(budgets, SLOW)

    gate.slow_down(None if asked_s is None else timedelta(seconds=asked_s))

    wait = budgets.take(SLOW)
    assert timedelta(seconds=pause_s - 1) < wait <= timedelta(seconds=pause_s)


@pytest.mark.parametrize(("pause_s", "waits"), [(2.9, True), (3.2, False)])
def test_whoever_would_wait_for_more_than_three_seconds_comes_back_later(
    budgets, redis, pause_s, waits
):
    quick = RateLimit(name="quick", per_second=1_000, burst=1)
    slept_s = []

    def sleep(span_s):
        slept_s.append(span_s)
        redis.delete(keys.rate_limit("quick"))

    gate = SharedThrottle(budgets, quick, sleep=sleep)
    budgets.pause(quick, timedelta(seconds=pause_s))
    if waits:
        gate.wait_for_turn()
        assert 1 < sum(slept_s) <= pause_s
    else:
        with pytest.raises(ThrottledError, match="Our own rate limit") as refused:
            gate.wait_for_turn()
        assert slept_s == []
        assert timedelta(seconds=3) < refused.value.retry_after <= timedelta(seconds=pause_s)


def test_a_part_of_the_requests_takes_its_share_at_most_and_counts_in_the_whole(budgets):
    whole = RateLimit(name="whole", per_second=0.1, burst=20)
    part = whole.part("held", share=0.25)
    # As of two processes.
    gates = [SharedThrottle(budgets, whole, reserve=10, part=part) for _ in range(2)]

    for _ in range(2):
        for gate in gates:
            gate.wait_for_turn()
    gates[0].wait_for_turn()

    for gate in gates:
        with pytest.raises(ThrottledError, match="Our own rate limit"):
            gate.wait_for_turn()
    assert (part.per_second, part.burst) == (0.025, 5)
    assert budgets.left(whole) == 15


def test_who_gets_no_turn_takes_nothing_of_its_part(budgets):
    part = SLOW.part("held", share=0.5)
    budgets.pause(SLOW, timedelta(seconds=60))
    before = budgets.left(part)

    with pytest.raises(ThrottledError):
        SharedThrottle(budgets, SLOW, part=part).wait_for_turn()

    assert budgets.left(part) == before == 2


def test_many_at_once_get_no_more_than_there_is(budgets):
    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(lambda _: budgets.take(SLOW) is None, range(200)))

    assert sum(granted) == 5


def test_a_budget_is_forgotten_by_itself(budgets, redis):
    budgets.take(SLOW)

    assert 0 < redis.ttl("odps-bot:budget:slow") <= 1_001
