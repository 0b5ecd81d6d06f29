"""Where the primary is, as Sentinels that may be away or mistaken have it."""

import sys
import threading
from typing import Any, Self, cast

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.store.sentinels import Primary, PrimaryUnknownError

OLD, NEW = ("10.0.0.1", 6379), ("10.0.0.2", 6379)


class Sentinel:
    """One that says where the primary is, and whether it is down; None: it does not respond."""

    def __init__(self, address: tuple[str, int] | None = OLD, *, is_down: bool = False) -> None:
        self.address = address
        self.monitored = address
        self.is_down = is_down
        self.asked = 0

    def pipeline(self, **_: object) -> "Sentinel":
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def sentinel_get_master_addr_by_name(self, _service: str) -> None: ...

    def sentinel_master(self, _service: str) -> None: ...

    def execute(self) -> list[Any]:
        self.asked += 1
        if self.address is None or self.monitored is None:
            raise RedisConnectionError("away")
        ip, port = self.monitored
        seen = {"ip": ip, "port": port, "is_sdown": self.is_down, "is_odown": False}
        return [(self.address[0].encode(), str(self.address[1]).encode()), seen]


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def primary(*sentinels: Sentinel, clock: Clock | None = None) -> Primary:
    return Primary("odps", [cast("Redis", one) for one in sentinels], clock=clock or Clock())


def test_the_next_sentinel_is_asked_and_then_first() -> None:
    away, present = Sentinel(None), Sentinel()
    found = primary(away, present)

    assert found.find() == OLD
    assert found.find() == OLD
    assert (away.asked, present.asked) == (1, 2)


def test_a_primary_that_is_down_is_none_until_it_has_a_successor() -> None:
    one = Sentinel(is_down=True)

    with pytest.raises(PrimaryUnknownError, match=r"10\.0\.0\.1:6379 is down"):
        primary(one).find()
    # Its successor has been chosen, and the others are still being told.
    one.address = NEW
    assert primary(one).find() == NEW


def test_a_sentinel_that_alone_sees_it_down_is_outvoted() -> None:
    assert primary(Sentinel(is_down=True), Sentinel()).find() == OLD


def test_without_sentinels_there_is_no_primary() -> None:
    with pytest.raises(PrimaryUnknownError, match="no Sentinel knows a primary of odps: away"):
        primary(Sentinel(None), Sentinel(None)).find()


def test_a_demotion_that_nobody_felt_is_known_within_a_second() -> None:
    one, clock = Sentinel(), Clock()
    known = primary(one, clock=clock)
    assert known.find() == OLD
    one.address = one.monitored = NEW

    clock.now_s += 0.5
    assert known.current() == OLD
    assert one.asked == 1
    clock.now_s += 0.5
    assert known.current() == NEW
    assert one.asked == 2


def test_a_move_is_noted_once_and_where_it_led() -> None:
    one, clock = Sentinel(), Clock()
    known = primary(one, clock=clock)
    known.find()
    assert not known.is_moved_to(OLD)
    one.address = one.monitored = NEW

    known.find()
    assert known.is_moved_to(NEW)
    # A connection that was made before, and comes too late.
    assert not known.is_moved_to(OLD)
    known.move_noted()
    clock.now_s += 0.1
    known.find()
    assert not known.is_moved_to(NEW)


def test_sentinels_that_are_away_are_not_waited_for_again_and_again() -> None:
    one, clock = Sentinel(), Clock()
    known = primary(one, clock=clock)
    known.find()
    one.address = None

    for _ in range(8):
        clock.now_s += 1
        assert known.current() == OLD
    assert one.asked == 2


def test_a_demotion_is_known_although_the_sentinel_that_was_asked_has_died() -> None:
    dead, alive, clock = Sentinel(), Sentinel(), Clock()
    known = primary(dead, alive, clock=clock)
    known.find()
    dead.address = None
    alive.address = alive.monitored = NEW

    clock.now_s += 1
    assert known.current() == OLD
    clock.now_s += 10
    assert known.current() == NEW
    assert (dead.asked, alive.asked) == (2, 1)


def test_threads_that_ask_at_the_same_moment_all_find_it() -> None:
    known, found = primary(Sentinel(), Sentinel(), Sentinel()), []

    def ask() -> None:
        found.extend(known.find() for _ in range(500))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before_s)
    assert found == [OLD] * 4_000
