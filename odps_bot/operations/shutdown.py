"""Graceful shutdown: the first signal requests it, a later one ends the process immediately.

Everything is kept so that a process may be killed at any moment; ending kindly spares others the
wait for its leases.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

log = logging.getLogger(__name__)

#: The exit status of a process that did not end what it was at: 128 + SIGTERM, as for a shell.
STOPPED_AT_ONCE = 143

#: Another signal this soon is the same request: a terminal, `timeout` and whoever supervises a
#: process may each send one.
SAME_REQUEST = timedelta(seconds=1)

#: A process that ends waits no longer for its last line to be taken.
SAY_WITHIN = timedelta(seconds=5)


#: Ends the process with a status, after it has said why.
End = Callable[[int, Callable[[], None]], None]


@contextmanager
def said_in_time(status: int, *, within: timedelta = SAY_WITHIN) -> Iterator[None]:
    """End the process with this status if its last log line is not taken in time.

    Whoever reads the log may have stopped reading: a line then waits for ever.
    """
    timer = threading.Timer(within.total_seconds(), os._exit, args=[status])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def end_now(status: int, say: Callable[[], None], *, within: timedelta = SAY_WITHIN) -> None:
    """End the process without ending anything else; `say` logs why, if it can do so in time."""
    try:
        with said_in_time(status, within=within):
            say()
    finally:
        os._exit(status)


def on_signals(
    numbers: Collection[int],
    act: Callable[[], object],
    *,
    set_wakeup_fd: Callable[..., object] = signal.set_wakeup_fd,
    handle: Callable[..., object] = signal.signal,
) -> None:
    """Act in another thread whenever one of these signals comes. To be called in the main thread.

    Python runs a handler in the main thread, between two of its steps. One that has just begun to
    wait is not woken by a signal that came a moment before, and sees it only when another comes.
    What the interpreter writes at once is read here instead.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def watch() -> None:
        # The writer is named, and so not closed.
        while received := reader.recv(64) if writer else b"":
            for number in received:
                if number in numbers:
                    act()

    threading.Thread(target=watch, name="signals", daemon=True).start()
    set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    for number in numbers:
        handle(number, lambda *_: None)


class GracefulShutdown:
    """Ends one process: `request` it once, or more often."""

    def __init__(
        self,
        *,
        within: timedelta,
        end: End = end_now,
        name: str = "the process",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requested = threading.Event()  #: set by the first request
        self._within = within
        self._end = end
        self._name = name
        self._clock = clock
        self._requested_at_s = 0.0

    def request_by_signals(self, *numbers: int) -> None:
        """Take these signals as requests. To be called in the main thread."""
        on_signals(numbers, self.request)

    def request(self) -> None:
        """Have the process end within a while; another request, a second later, ends it at once."""
        if self.requested.is_set():
            if self._clock() - self._requested_at_s < SAME_REQUEST.total_seconds():
                return
            says = "%s received a second stop signal: exiting now"
            self._end(STOPPED_AT_ONCE, partial(log.warning, says, self._name))
            return
        self._requested_at_s = self._clock()
        self.requested.set()
        within_s = self._within.total_seconds()
        says = "%s did not stop within %d s: exiting now, other processes take over its work"
        say_too_late = partial(log.warning, says, self._name, within_s)
        timer = threading.Timer(within_s, self._end, args=[STOPPED_AT_ONCE, say_too_late])
        timer.daemon = True
        timer.start()
