"""Graceful shutdown: the first signal requests it, a later one ends the process immediately.

Everything is kept so that a process may be killed at any moment; ending kindly spares others the
wait for its leases.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from queue import SimpleQueue

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

    def request_by_signals(
        self, *numbers: int, handle: Callable[[int, Callable[..., None]], object] = signal.signal
    ) -> None:
        """Take these signals as requests. To be called in the main thread.

        A handler may interrupt the main thread anywhere, also within `requested.wait()`, where it
        holds the lock that `requested.set()` needs: another thread makes the request.
        """
        received: SimpleQueue[int] = SimpleQueue()

        def make_requests() -> None:
            while True:
                received.get()
                self.request()

        threading.Thread(target=make_requests, name="signals", daemon=True).start()
        for number in numbers:
            # The one queue that a handler may use: its `put` is reentrant.
            handle(number, lambda received_number, _: received.put(received_number))

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
