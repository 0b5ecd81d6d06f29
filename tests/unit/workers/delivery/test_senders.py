"""Senders take what they are handed, and are waited for by nobody."""

import threading
from collections.abc import Iterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.store.notification_kind import NotificationKind as Kind
from workers.delivery.senders import InlineSenders, SenderPool

PATIENCE_S = 10


class Stuck:
    """A send that goes on until it is released."""

    def __init__(self, *, is_more_due: bool = False) -> None:
        self.begun, self.release = threading.Event(), threading.Event()
        self._is_more_due = is_more_due

    def __call__(self) -> bool:
        self.begun.set()
        self.release.wait(PATIENCE_S)
        return self._is_more_due


class Wakes:
    """How often delivery was asked to go on."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def pool() -> Iterator[SenderPool]:
    pool = SenderPool(3)
    yield pool
    pool.close()


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


def test_a_stuck_send_occupies_one_sender_only(pool: SenderPool, wakes: Wakes) -> None:
    stuck = Stuck()

    assert not pool.send(Kind.EPHEMERAL, stuck, go_on=wakes)
    assert stuck.begun.wait(PATIENCE_S)
    assert (pool.free(), pool.busy()) == (2, 1)
    assert (pool.busy_with([Kind.EPHEMERAL]), pool.busy_with([Kind.CARD])) == (1, 0)
    stuck.release.set()


def test_closing_waits_for_what_is_under_way(wakes: Wakes) -> None:
    pool = SenderPool(3)
    stuck = Stuck()
    pool.send(Kind.CARD, stuck, go_on=wakes)
    assert stuck.begun.wait(PATIENCE_S)
    closing = threading.Thread(target=pool.close)
    closing.start()

    assert closing.is_alive()
    stuck.release.set()
    closing.join(PATIENCE_S)
    assert (closing.is_alive(), pool.busy()) == (False, 0)


def test_the_first_that_finds_more_asks_for_another_round(wakes: Wakes) -> None:
    pool = SenderPool(3)
    for _ in range(3):
        pool.send(Kind.CARD, lambda: True, go_on=wakes)
    pool.close()

    assert wakes.count == 1


def test_in_the_next_round_another_one_may_ask(wakes: Wakes) -> None:
    pool = SenderPool(3)
    sends = [Stuck(is_more_due=True), Stuck(is_more_due=True)]
    woken = threading.Event()
    pool.send(Kind.CARD, sends[0], go_on=woken.set)
    pool.send(Kind.CARD, sends[1], go_on=wakes)
    sends[0].release.set()
    assert woken.wait(PATIENCE_S)
    pool.free()
    sends[1].release.set()
    pool.close()

    assert wakes.count == 1


@pytest.mark.parametrize("error", [RedisConnectionError("gone"), ZeroDivisionError()])
def test_whatever_is_raised_frees_the_sender(error: Exception, wakes: Wakes) -> None:
    def fail() -> bool:
        raise error

    pool = SenderPool(1)
    pool.send(Kind.CARD, fail, go_on=wakes)
    pool.close()

    assert (pool.busy(), wakes.count) == (0, 0)


def test_delivery_that_cannot_be_asked_to_go_on_harms_nobody() -> None:
    def fail() -> None:
        raise RedisConnectionError("gone")

    pool = SenderPool(1)
    pool.send(Kind.CARD, lambda: True, go_on=fail)
    pool.close()

    assert pool.busy() == 0


def test_inline_sends_are_over_at_once(wakes: Wakes) -> None:
    senders = InlineSenders(5)

    assert senders.send(Kind.CARD, lambda: True, go_on=wakes)
    with senders.turn() as free:
        assert (free, senders.busy_with(Kind), wakes.count) == (5, 0, 0)
