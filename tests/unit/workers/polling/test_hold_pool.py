"""Which runs have a place among those whose ends are waited for, and what becomes of them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from workers.polling.hold_pool import Held, HoldPool

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SOON_S = 10


class Service:
    """Holds each request until a test answers it."""

    def __init__(self):
        self.changed = threading.Condition()
        self.held, self.begun, self.polled = {}, [], []

    def hold(self, run_id):
        with self.changed:
            self.begun.append(run_id)
            self.held[run_id] = None
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.held[run_id] is not None)
            answer = self.held.pop(run_id)
            self.changed.notify_all()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def poll(self, run_id):
        with self.changed:
            self.polled.append(run_id)
            self.changed.notify_all()

    def answer(self, run_id, answer):
        """Answer the request of a run, as soon as there is one."""
        self.wait_for(lambda: self.held.get(run_id, answer) is None)
        with self.changed:
            self.held[run_id] = answer
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: self.held.get(run_id) is None, SOON_S)

    def wait_for(self, condition):
        with self.changed:
            assert self.changed.wait_for(condition, SOON_S)


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def make_pool(service):
    pools = []

    def make(places):
        pools.append(HoldPool(service.hold, service.poll, places=places))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()
    with service.changed:
        service.held = dict.fromkeys(service.held, Held.NOT_HELD)
        service.changed.notify_all()


def add(pool, run_id, *, age_s=0):
    pool.add(run_id, NOON - timedelta(seconds=age_s))


def test_an_end_is_reported_at_once(service, make_pool):
    pool = make_pool(2)
    add(pool, "a")

    service.answer("a", Held.RUNNING)
    service.answer("a", Held.ENDED)

    service.wait_for(lambda: service.polled == ["a"])
    assert service.begun == ["a", "a"]


def test_there_are_no_more_requests_than_places_and_the_youngest_come_first(service, make_pool):
    pool = make_pool(1)
    add(pool, "first", age_s=50)
    service.wait_for(lambda: "first" in service.held)
    add(pool, "old", age_s=60)
    add(pool, "young", age_s=1)
    assert pool.busy() == 1

    service.answer("first", Held.RUNNING)  # makes room for who is younger
    service.answer("young", Held.ENDED)
    service.answer("first", Held.NOT_HELD)
    service.answer("old", Held.ENDED)

    service.wait_for(lambda: service.polled == ["young", "old"])
    assert service.begun == ["first", "young", "first", "old"]


def test_a_run_is_waited_for_once(service, make_pool):
    pool = make_pool(3)
    for _ in range(3):
        add(pool, "a")

    service.answer("a", Held.ENDED)

    service.wait_for(lambda: service.polled == ["a"])
    assert len(service.begun) == 1


def test_pools_have_marks_of_their_own(make_pool):
    assert make_pool(1).owner != make_pool(1).owner


def test_without_places_nobody_waits(service, make_pool):
    add(make_pool(0), "a")

    assert service.begun == []


def test_what_fails_costs_only_its_own_run(service, make_pool, caplog):
    pool = make_pool(1)
    add(pool, "a")
    service.answer("a", RuntimeError("what?"))
    add(pool, "b")
    service.answer("b", Held.ENDED)

    service.wait_for(lambda: service.polled == ["b"])
    assert "waiting for the end of run a failed" in caplog.text


def test_a_process_that_ends_waits_for_no_request_and_says_whose_end_it_leaves(service, make_pool):
    pool = make_pool(1)
    add(pool, "held", age_s=5)
    service.wait_for(lambda: "held" in service.held)
    add(pool, "waiting", age_s=9)

    assert not pool.is_closed
    assert pool.close() == ["held", "waiting"]
    assert pool.is_closed

    service.answer("held", Held.ENDED)
    add(pool, "late")
    assert service.polled == []
    assert len(service.begun) == 1
