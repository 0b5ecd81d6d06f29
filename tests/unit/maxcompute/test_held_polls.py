from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.maxcompute import InstanceStatus
from odps_bot.maxcompute.held_polls import HeldPolls


class Clock:
    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def held_polls(clock):
    return HeldPolls(clock=clock)


def test_they_are_tried_where_nothing_is_known(held_polls):
    assert held_polls.are_offered


def test_a_held_poll_is_followed_by_others(held_polls):
    assert held_polls.responded(InstanceStatus.RUNNING, after=timedelta(seconds=5))

    assert held_polls.are_offered


def test_the_end_of_an_instance_says_nothing_against_them(held_polls):
    assert held_polls.responded(InstanceStatus.TERMINATED, after=timedelta(seconds=0.01))

    assert held_polls.are_offered


def test_nor_does_that_it_is_suspended(held_polls):
    assert not held_polls.responded(InstanceStatus.SUSPENDED, after=timedelta(seconds=0.01))

    assert held_polls.are_offered


@pytest.mark.parametrize(
    ("happens", "minutes"),
    [
        (lambda polls: polls.responded(InstanceStatus.RUNNING, after=timedelta(seconds=0.1)), 1),
        (lambda polls: polls.failed(), 1),
        (lambda polls: polls.refused(), 10),
    ],
)
def test_what_does_not_hold_is_asked_plainly_for_a_while(held_polls, clock, happens, minutes):
    assert not happens(held_polls)

    assert not held_polls.are_offered
    clock.now += timedelta(minutes=minutes, seconds=-1)
    assert not held_polls.are_offered
    clock.now += timedelta(seconds=1)
    assert held_polls.are_offered


def test_a_cut_connection_does_not_shorten_what_a_refusal_means(held_polls, clock):
    held_polls.refused()
    held_polls.failed()

    clock.now += timedelta(minutes=5)

    assert not held_polls.are_offered
