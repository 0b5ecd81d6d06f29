"""A receiver that is slow, or that many wait for, is come back to one by one."""

from datetime import timedelta
from itertools import pairwise

import pytest

from odps_bot.store import keys
from odps_bot.store.rate_limits import UPDATE_LIMIT, RateLimiter, post_message_limit
from odps_bot.store.receivers import SOON_FREE, Receivers

LIMIT = post_message_limit("C1")
SECOND = timedelta(seconds=1)


@pytest.fixture
def receivers(redis):
    return Receivers(redis)


@pytest.fixture
def take(receivers):
    """Return a function that takes a turn for a call that is over at once."""

    def take(limit=LIMIT, **options):
        with receivers.turn(limit, **options) as turn:
            return turn

    return take


def test_what_is_granted_leaves_nothing_behind(take, redis):
    assert [take().wait for _ in range(5)] == [None] * 5
    assert not redis.exists(keys.receiver("C1"))


def test_posts_to_a_channel_do_not_wait_behind_its_updates(take):
    for _ in range(80):
        take(UPDATE_LIMIT.to("C1"))
    waits = [take().wait for _ in range(6)]

    assert waits[:5] == [None] * 5
    assert waits[5] <= SECOND


def test_each_of_many_gets_a_second_of_its_own(take):
    waits = [take().wait for _ in range(305)]

    assert waits[:5] == [None] * 5
    gaps = [later - earlier for earlier, later in pairwise(waits[5:])]
    assert waits[5] <= SECOND
    assert all(0.5 * SECOND < gap < 1.01 * SECOND for gap in gaps)
    assert waits[-1] > 250 * SECOND


def test_a_long_queue_of_one_channel_delays_no_other(take):
    for _ in range(50):
        take()

    assert take(post_message_limit("C2")).wait is None


def test_a_reserve_is_left_to_what_is_more_important(take):
    assert [take(reserve=1).wait is None for _ in range(5)] == [True] * 4 + [False]
    assert take().wait is None


def test_whoever_is_more_important_does_not_wait_behind_those_who_are_less(take):
    for _ in range(50):
        take(reserve=1)
    first = [take().wait for _ in range(3)]

    assert first[0] is None
    assert 0.9 * SECOND < first[2] - first[1] <= 1.01 * SECOND
    assert first[2] <= 3 * SECOND


def test_a_third_call_for_one_receiver_waits_while_two_are_under_way(receivers, take):
    with receivers.turn(LIMIT) as one, receivers.turn(LIMIT) as two:
        third, fourth = take(), take()
        other = take(post_message_limit("C2"))
    assert (one.wait, two.wait, other.wait) == (None, None, None)
    assert 0.9 * SOON_FREE < third.wait <= SOON_FREE
    assert 1.5 * SOON_FREE < fourth.wait <= 2 * SOON_FREE
    assert take().wait is None


def test_a_third_call_waits_as_long_as_for_a_token_where_none_is_left(receivers, take):
    with receivers.turn(LIMIT), receivers.turn(LIMIT):
        for _ in range(3):
            take(post_message_limit("C1").to("C2"))
        third, fourth = take(), take()
    assert 0.5 * SECOND < third.wait <= SECOND
    assert 0.9 * SECOND < fourth.wait - third.wait <= 1.01 * SECOND


def test_pauses_double_up_to_two_minutes(receivers, take, redis):
    pauses = []
    for _ in range(9):
        redis.hdel(keys.receiver("C1"), "until")
        pauses.append(receivers.failed("C1").pause.total_seconds())

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert take().failures == 9
    assert 119 * SECOND < take().wait <= 122 * SECOND


def test_calls_that_fail_together_count_once_however_many_processes_make_them(receivers, take):
    failures = [receivers.failed("C1") for _ in range(20)]

    assert {failure.failures for failure in failures} == {1}
    assert all(timedelta(0) < failure.pause <= SECOND for failure in failures)
    assert take().wait <= 2 * SECOND


def test_a_receiver_that_has_responded_is_spoken_to_at_once(receivers, take):
    receivers.failed("C1")
    receivers.recovered("C1")

    assert take() == (None, 0)


def test_nobody_waits_behind_those_who_waited_for_a_pause_that_is_over(receivers, take, redis):
    for _ in range(8):
        redis.hdel(keys.receiver("C1"), "until")
        receivers.failed("C1")
    assert take().wait > 100 * SECOND
    receivers.recovered("C1")
    waits = [take().wait for _ in range(6)]

    assert waits[:5] == [None] * 5
    assert waits[5] <= SECOND


def test_who_comes_after_a_pause_comes_one_by_one(receivers, take):
    receivers.failed("C1")
    waits = [take().wait for _ in range(3)]

    assert 2.9 * SECOND < waits[2] <= 3 * SECOND


def test_a_pause_that_slack_asked_for_holds_for_everybody(receivers, take, redis):
    RateLimiter(redis).pause(LIMIT, 30 * SECOND)

    assert 29 * SECOND < take().wait <= 30 * SECOND


def test_what_takes_long_by_its_nature_is_no_call_under_way(receivers, take):
    with receivers.turn(LIMIT, is_counted=False), receivers.turn(LIMIT, is_counted=False):
        assert take().wait is None
