"""Token buckets with a clock that the test moves."""

from collections.abc import Hashable
from datetime import UTC, datetime, timedelta

from odps_bot.sandbox.slack.rate_limits import (
    POSTS_OF_A_CHANNEL,
    POSTS_OF_A_WORKSPACE,
    TIER_3,
    Rate,
    RateLimits,
    retry_after,
)

SECOND = timedelta(seconds=1)


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_fifty_updates_pass_and_the_next_one_after_an_interval() -> None:
    clock = MovableClock()
    limits = RateLimits(clock=clock)

    waits = [limits.take({"chat.update": TIER_3}) for _ in range(51)]
    clock.now += waits[-1]

    assert waits[:50] == [timedelta()] * 50
    assert waits[50] == timedelta(minutes=1) / 50
    assert limits.take({"chat.update": TIER_3}) == timedelta()


def test_one_post_a_second_and_channel_after_a_short_burst() -> None:
    clock = MovableClock()
    limits = RateLimits(clock=clock)
    burst = [limits.take({"C1": POSTS_OF_A_CHANNEL}) for _ in range(6)]

    clock.now += SECOND

    assert burst == [timedelta()] * 5 + [SECOND]
    assert limits.take({"C1": POSTS_OF_A_CHANNEL}) == timedelta()
    assert limits.take({"C1": POSTS_OF_A_CHANNEL}) == SECOND


def test_a_refused_call_does_not_count_against_other_limits() -> None:
    limits = RateLimits(clock=MovableClock())
    both: dict[Hashable, Rate] = {"C1": POSTS_OF_A_CHANNEL, "team": POSTS_OF_A_WORKSPACE}

    for _ in range(400):
        limits.take(both)

    assert limits.take({"C2": POSTS_OF_A_CHANNEL, "team": POSTS_OF_A_WORKSPACE}) == timedelta()


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = MovableClock()
    limits = RateLimits(clock=clock)
    limits.take({"chat.update": TIER_3})

    clock.now += timedelta(days=1)
    waits = [limits.take({"chat.update": TIER_3}) for _ in range(51)]

    assert sum(wait == timedelta() for wait in waits) == 50


def test_limits_can_be_disabled() -> None:
    limits = RateLimits(clock=MovableClock(), is_enabled=False)

    assert {limits.take({"chat.update": TIER_3}) for _ in range(500)} == {timedelta()}


def test_retry_after_is_whole_seconds_and_never_zero() -> None:
    assert retry_after(timedelta(milliseconds=3)) == 1
    assert retry_after(timedelta(seconds=1.2)) == 2
