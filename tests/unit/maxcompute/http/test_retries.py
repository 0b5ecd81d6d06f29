from datetime import timedelta

from odps_bot.maxcompute import RetryPolicy


def seconds(number):
    return timedelta(seconds=number)


def policy(**options):
    return RetryPolicy(random=lambda: 1.0, **options)


def test_pauses_double_up_to_the_longest():
    patient = policy(tries=100, first_pause=seconds(1), longest_pause=seconds(5))

    assert [patient.pause_after(tries) for tries in (1, 2, 3, 4, 99)] == [
        seconds(1),
        seconds(2),
        seconds(4),
        seconds(5),
        seconds(5),
    ]


def test_pauses_are_spread_over_the_whole_span():
    assert RetryPolicy(random=lambda: 0.0).pause_after(1) == timedelta()


def test_it_ends_after_the_last_try():
    assert policy(tries=3).pause_after(3) is None


def test_none_gives_up_at_once():
    assert RetryPolicy.none().pause_after(1) is None


def test_retry_after_is_honoured_up_to_the_longest_pause():
    assert policy(longest_pause=seconds(10)).pause_after(1, seconds(7)) == seconds(7)


def test_a_longer_pause_is_left_to_the_caller():
    assert policy(longest_pause=seconds(10)).pause_after(1, seconds(11)) is None
