"""Watches a process from inside, and ends it when it has stalled.

A supervisor starts it again: systemd, Docker or Kubernetes. A process in which no Python runs any
more is ended by a timer of the interpreter, which needs none, and under systemd by `WatchdogSec=`.
"""

import faulthandler
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial

from odps_bot.operations.health import Check
from odps_bot.operations.shutdown import End, end_now

log = logging.getLogger(__name__)

PERIOD = timedelta(seconds=5)

#: So many checks in a row find the same thing wrong before the process is ended: one that was
#: suspended has the time to go on.
MOST_FINDINGS = 3

#: No check by the watchdog for so long: nothing runs, and the process ends with 1.
HANGS_AFTER = timedelta(minutes=2)

STANDARD_ERROR = "/dev/fd/2"

#: Sent each time: the first message may be lost.
WELL = "READY=1\nWATCHDOG=1"

#: The exit status of a process that cannot go on.
CANNOT_GO_ON = 2

CRITICAL_LINE = "the process has stalled (%s) and ends now"


class SystemdNotifier:
    """Sends states to systemd; without one that listens it does nothing."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # An abstract socket's name begins with a null byte.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address

    def send(self, state: str) -> None:
        """Send a state, such as `READY=1`. See sd_notify(3)."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            # A supervisor that does not read must not hold us up.
            sender.setblocking(False)
            sender.sendto(state.encode(), self._address)


def watchdog_period(environ: Mapping[str, str]) -> timedelta:
    """Return how often to check: three times within the patience of systemd's watchdog."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return PERIOD
    return min(PERIOD, timedelta(microseconds=int(microseconds)) / 3)


class Watchdog:
    """Runs the checks of `/healthz`, and ends a process that keeps failing them."""

    def __init__(
        self,
        alive: Mapping[str, Check],
        *,
        notifier: SystemdNotifier,
        is_stopping: Callable[[], bool],
        end: End = end_now,
    ) -> None:
        self._alive = alive
        self._notifier = notifier
        self._is_stopping = is_stopping
        self._end = end
        self._findings = 0

    def check(self) -> None:
        """Report to systemd that the process is healthy, or count failures, and finally end it."""
        if self._is_stopping():
            # It has its own deadline, and its parts may end.
            self._notifier.send("STOPPING=1\nWATCHDOG=1")
            return
        found = {name: problem for name, check in self._alive.items() if (problem := check())}
        if not found:
            self._findings = 0
            self._notifier.send(WELL)
            return
        self._findings += 1
        if self._findings >= MOST_FINDINGS:
            wrong = "; ".join(f"{name}: {problem}" for name, problem in found.items())
            self._end(CANNOT_GO_ON, partial(log.critical, CRITICAL_LINE, wrong))


@contextmanager
def watched(
    alive: Mapping[str, Check],
    *,
    is_stopping: Callable[[], bool],
    environ: Mapping[str, str] = os.environ,
    hangs_after: timedelta = HANGS_AFTER,
) -> Iterator[None]:
    """Report to systemd that the process is ready, and watch it inside the block."""
    notifier = SystemdNotifier(environ)
    watchdog = Watchdog(alive, notifier=notifier, is_stopping=is_stopping)
    over = threading.Event()
    period_s = watchdog_period(environ).total_seconds()

    dump = _open_without_waiting()

    def reset_timer() -> None:
        faulthandler.dump_traceback_later(hangs_after.total_seconds(), exit=True, file=dump)

    def watch() -> None:
        while not over.wait(period_s):
            reset_timer()
            watchdog.check()

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    notifier.send("READY=1")
    reset_timer()
    thread.start()
    try:
        yield
    finally:
        notifier.send("STOPPING=1")
        over.set()
        thread.join()
        faulthandler.cancel_dump_traceback_later()
        os.close(dump)


def _open_without_waiting() -> int:
    """Open where the timer writes what each thread was at: places in the code, no values.

    A write that would wait fails: nothing keeps the timer from ending the process.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOCTTY
    try:
        # Opened again: the flag of the old one would apply to every line of the log.
        return os.open(STANDARD_ERROR, flags | os.O_NONBLOCK)
    except OSError:
        # It is a socket, or another user's.
        return os.open(os.devnull, flags)
