"""Requests that hang never occupy all threads of a lane; quick ones are not held back."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.maxcompute import HeldBackError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.maxcompute_clients.bulkheads import Bulkhead, Places
from odps_bot.store.endpoint_health import Admitted

HOST = "service.example"
WELL = Admitted(is_probe=False, is_trouble_known=False)
FAILING = Admitted(is_probe=False, is_trouble_known=True)
PROBE = Admitted(is_probe=True, is_trouble_known=True)
AT_ONCE = Purpose.POLL.value.at_once


class Health:
    """What is known of an endpoint, and what was recorded about it."""

    def __init__(self):
        self.found = WELL
        self.noted = []
        self.error = None

    def admit(self, names):
        self.noted.append(("admit", *names))
        return self.found

    def _note(self, what, names):
        if self.error:
            raise self.error
        self.noted.append((what, *names))

    def failed(self, names, *, is_probe):
        self._note("failed probe" if is_probe else "failed", names)

    def succeeded(self, names):
        self._note("succeeded", names)

    def withdraw(self, names):
        self._note("withdraw", names)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now_s = 0.0
        self.on_sleep = lambda: None

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds
        self.on_sleep()


@pytest.fixture
def health():
    return Health()


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def make(health, time):
    """Return a function that makes the bulkhead of a purpose; all share the process's places."""
    places = Places(sleep=time.sleep, clock=time)

    def make(purpose=Purpose.POLL, *, endpoints=3, projects=3):
        return Bulkhead(
            HOST,
            purpose.value,
            health=health,
            places=places,
            is_one_of_several=endpoints > 1,
            has_several_projects=projects > 1,
        )

    return make


def occupy(stack, bulkhead, *, project="sick", times=AT_ONCE):
    for _ in range(times):
        stack.enter_context(bulkhead.admit(project))


def test_an_endpoint_that_hangs_leaves_a_thread_of_the_lane_to_the_others(make, time):
    polls = make()
    with ExitStack() as stack:
        occupy(stack, polls)
        time.now_s += 5
        with pytest.raises(HeldBackError) as held_back, polls.admit("another"):
            pass

    assert held_back.value.retry_after == timedelta(seconds=1)
    assert time.now_s == 5  # nobody waited for a place


def test_places_that_are_free_again_soon_are_waited_for(make, time):
    polls, stack = make(), ExitStack()
    occupy(stack, polls)
    time.on_sleep = stack.close

    with polls.admit("sick"):
        assert 0 < time.now_s < 0.1


def test_one_endpoint_alone_has_all_threads(make, time):
    polls = make(endpoints=1, projects=1)
    with ExitStack() as stack:
        occupy(stack, polls, times=50)

    assert time.now_s == 0


def test_a_project_that_hangs_leaves_a_thread_to_the_others_of_its_endpoint(make, time):
    polls = make(endpoints=1)
    with ExitStack() as stack:
        occupy(stack, polls)
        time.now_s += 5
        with pytest.raises(HeldBackError), polls.admit("sick"):
            pass
        with polls.admit("well"):
            pass


def test_estimates_look_ups_and_submissions_share_the_places_of_their_lane(make, time):
    with ExitStack() as stack:
        for purpose in (Purpose.ESTIMATE, Purpose.LOOK_UP, Purpose.SUBMISSION):
            stack.enter_context(make(purpose).admit("sick"))
        time.now_s += 5
        with pytest.raises(HeldBackError), make(Purpose.SUBMISSION).admit("sick"):
            pass
        with make(Purpose.STOP).admit("sick"):
            pass


def test_stops_at_an_endpoint_that_hangs_leave_a_thread_to_stops_elsewhere(make, time):
    with ExitStack() as stack:
        stack.enter_context(make(Purpose.POLL_TO_STOP).admit("sick"))
        time.now_s += 5
        for purpose in (Purpose.POLL_TO_STOP, Purpose.STOP):
            with pytest.raises(HeldBackError), make(purpose).admit("sick"):
                pass


def test_while_nobody_asks_nothing_is_sent(make, health):
    health.found = timedelta(seconds=7)
    held_back_here = pytest.raises(HeldBackError, match="did not respond lately")
    with held_back_here as held_back, make().admit("ads"):
        pass

    assert held_back.value.retry_after == timedelta(seconds=7)


def test_the_doctor_asks_all_the_same(make, health):
    health.found = timedelta(seconds=7)
    with make(Purpose.DIAGNOSIS).admit("ads") as attempt:
        attempt.report(is_up=True)

    assert health.noted[-1] == ("succeeded", HOST, f"{HOST}/ads")


def test_that_all_is_well_is_believed_for_half_a_second(make, health, time):
    polls = make(projects=1)
    for _ in range(3):
        with polls.admit("ads") as attempt:
            attempt.report(is_up=True)
    assert len(health.noted) == 1

    time.now_s += 0.5
    with polls.admit("ads") as attempt:
        attempt.report(is_up=False)
    with polls.admit("ads"):
        pass
    assert [note[0] for note in health.noted] == ["admit", "admit", "failed", "admit"]


def test_a_project_alone_has_no_breaker_of_its_own(make, health):
    with make(projects=1).admit("ads"):
        pass

    assert health.noted == [("admit", HOST)]


@pytest.mark.parametrize(
    ("found", "is_up", "recorded"),
    [
        (WELL, True, []),
        (FAILING, True, ["succeeded"]),
        (PROBE, True, ["succeeded"]),
        (WELL, False, ["failed"]),
        (PROBE, False, ["failed probe"]),
    ],
)
def test_what_came_of_a_request_is_recorded_where_it_matters(make, health, found, is_up, recorded):
    health.found = found
    with make().admit("ads") as attempt:
        attempt.report(is_up=is_up)

    assert [note[0] for note in health.noted[1:]] == recorded


def test_a_probe_that_was_never_sent_is_given_back(make, health):
    health.found = PROBE
    with make().admit("ads") as attempt:
        assert attempt.is_probe

    assert health.noted[-1][0] == "withdraw"


def test_a_response_is_not_lost_because_redis_does_not_answer(make, health):
    health.found, health.error = PROBE, RedisConnectionError("gone")
    with make().admit("ads") as attempt:
        attempt.report(is_up=True)
    with make().admit("ads"):
        pass
