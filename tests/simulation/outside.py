"""Clocks, sleeps, random ids and thread pools of this process come from the simulation.

`take_over` is called before anything of the product is imported: a default like `sleep=time.sleep`
is taken when a module is read. From then on a seed says everything that happens.
"""

import concurrent.futures
import datetime as dt
import random
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, Self

from greenlet import getcurrent

from tests.simulation.loop import Loop, Task

#: The real clock, for whoever measures the simulation.
real_monotonic_s = time.monotonic
real_sleep = time.sleep


class Outside:
    """Where the world of the moment is: everything that was patched asks it."""

    def __init__(self) -> None:
        self._loop: Loop | None = None
        self._random = random.Random(0)

    def enter(self, loop: Loop, *, seed: int) -> None:
        """Let the loop's clock and a new source of ids count from now on."""
        self._loop = loop
        self._random = random.Random(f"ids {seed}")

    @property
    def loop(self) -> Loop:
        """The loop of this world."""
        if self._loop is None:
            raise RuntimeError("no world was entered")
        return self._loop

    def now_s(self) -> float:
        """Return the virtual time, in seconds since the epoch."""
        return self._loop.now_us / 1e6 if self._loop else 0.0

    def sleep(self, seconds: float) -> None:
        """Let others go on for so long; who is no part of the simulation really waits."""
        if isinstance(getcurrent(), Task):
            self.loop.sleep(seconds)
        else:
            real_sleep(seconds)

    def bytes_of_chance(self, count: int) -> bytes:
        """Return random bytes that the seed determines."""
        return self._random.randbytes(count)

    def chance(self) -> float:
        """Return a number from 0 to 1 that the seed determines."""
        return self._random.random()


outside = Outside()


class Lock:
    """Stands for a lock that is held while others go on: who waits for it lets them."""

    def __init__(self) -> None:
        self._is_held = False
        self._waiting: list[Any] = []

    def acquire(self) -> bool:
        """Take it, as soon as nobody else has it. Raises Killed as `Loop.park` does."""
        while self._is_held:
            self._waiting.append(getcurrent())
            outside.loop.park()
        self._is_held = True
        return True

    def release(self) -> None:
        """Give it back. Whoever waits for it tries again: the first may be dead by then."""
        self._is_held = False
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for task in waiting:
                outside.loop.wake(task)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Event:
    """Stands for `threading.Event`, under the virtual clock."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[Any] = []

    def is_set(self) -> bool:
        """Return whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """Let it happen: whoever waits for it goes on."""
        self._is_set = True
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            outside.loop.wake(task)

    def wait(self, timeout: float | None = None) -> bool:
        """Return whether it happens in so many seconds. Raises Killed as `Loop.park` does."""
        loop, me = outside.loop, getcurrent()
        until_us = None if timeout is None else loop.now_us + int(timeout * 1e6)
        self._waiting.append(me)
        if timeout is not None:
            loop.call_in(timeout, partial(loop.wake, me))
        while not self._is_set and (until_us is None or loop.now_us < until_us):
            loop.park()
        return self._is_set


class Thread:
    """Stands for `threading.Thread`: a greenlet of the process that starts it."""

    def __init__(self, *, target: Callable[..., Any], args: Iterable[Any] = (), **_: Any) -> None:
        self._work = partial(target, *args)
        self._over = Event()

    def start(self) -> None:
        """Begin."""
        outside.loop.spawn(self._do, getcurrent().process)  # type: ignore[attr-defined]

    def join(self) -> None:
        """Wait until it has ended; in a process that is dead nothing goes on."""
        if not getcurrent().process.is_dead:  # type: ignore[attr-defined]
            self._over.wait()

    def _do(self) -> None:
        try:
            self._work()
        finally:
            self._over.set()


#: So soon a task that is done is noticed by who waits for the first of several.
_WAIT_STEP_S = 0.05


class Pool:
    """Stands for a ThreadPoolExecutor: each task is a greenlet of the process that submits it."""

    def __init__(self, max_workers: int | None = None, **_: Any) -> None:
        self._tasks: list[Any] = []

    def submit(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> "Future":
        """Begin a task."""
        future = Future()
        process = getcurrent().process  # type: ignore[attr-defined]

        def do() -> None:
            try:
                future.set(work(*arguments, **named), None)
            except Exception as error:  # noqa: BLE001  -- raised where the result is awaited
                future.set(None, error)

        self._tasks.append(future)
        outside.loop.spawn(do, process)
        return future

    def map(self, work: Callable[..., Any], *items: Iterable[Any]) -> Iterator[Any]:
        """Begin a task for each item, and yield the results in their order."""
        futures = [self.submit(work, *group) for group in zip(*items, strict=False)]
        return (future.result() for future in futures)

    def shutdown(self, wait: bool = True, **_: Any) -> None:
        """Wait for what was begun."""
        if wait:
            for future in self._tasks:
                future.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


class Future:
    """The result of a task of a Pool."""

    def __init__(self) -> None:
        self._is_done = False
        self._value: Any = None
        self._error: Exception | None = None
        self._waiting: list[Any] = []

    def set(self, value: Any, error: Exception | None) -> None:
        """End the task."""
        self._is_done, self._value, self._error = True, value, error
        for waiting in self._waiting:
            outside.loop.wake(waiting)

    def done(self) -> bool:
        """Return whether the task has ended."""
        return self._is_done

    def wait(self) -> None:
        """Return when the task has ended."""
        while not self._is_done:
            self._waiting.append(getcurrent())
            outside.loop.park()

    def result(self, timeout: float | None = None) -> Any:
        """Return what the task has returned, or raise what it has raised."""
        self.wait()
        if self._error:
            raise self._error
        return self._value


def wait_for_first(
    futures: set["Future"], timeout: float, **_: Any
) -> tuple[set["Future"], set["Future"]]:
    """Stand for `concurrent.futures.wait`: return what is done and what is not, in time."""
    until_s = outside.now_s() + timeout
    while not any(future.done() for future in futures) and outside.now_s() < until_s:
        outside.sleep(_WAIT_STEP_S)
    done = {future for future in futures if future.done()}
    return done, futures - done


class _Datetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL_DATETIME)


_REAL_DATETIME = dt.datetime


class VirtualDatetime(_REAL_DATETIME, metaclass=_Datetime):
    """`datetime` whose present is the virtual one; its instances are ordinary ones."""

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        """Return an ordinary datetime."""
        return _REAL_DATETIME(*arguments, **named)

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        """Return the virtual time."""
        return _REAL_DATETIME.fromtimestamp(outside.now_s(), tz)


def take_over() -> None:
    """Replace the process's clocks, sleeps, ids and pools, before the product is imported."""
    if any(name.startswith(("odps_bot.", "workers.")) for name in sys.modules):
        raise RuntimeError("the product was imported too early")
    time.time = outside.now_s
    time.monotonic = outside.now_s
    time.perf_counter = outside.now_s
    time.sleep = outside.sleep
    random.random = outside.chance
    secrets.token_bytes = lambda nbytes=None: outside.bytes_of_chance(nbytes or 32)
    secrets.token_hex = lambda nbytes=None: outside.bytes_of_chance(nbytes or 32).hex()
    secrets.token_urlsafe = lambda nbytes=None: outside.bytes_of_chance(nbytes or 32).hex()
    concurrent.futures.ThreadPoolExecutor = Pool  # type: ignore[misc, assignment]
    concurrent.futures.wait = wait_for_first  # type: ignore[assignment]


def take_over_modules() -> None:
    """Give the product's modules virtual datetimes and threads; after they were imported."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(("odps_bot.", "workers.")):
            continue
        if getattr(module, "datetime", None) is _REAL_DATETIME:
            module.datetime = VirtualDatetime  # type: ignore[attr-defined]
        if getattr(module, "threading", None) is threading:
            ours = {"Lock": Lock, "Event": Event, "Thread": Thread}
            module.threading = SimpleNamespace(**vars(threading) | ours)  # type: ignore[attr-defined]
