"""How a process is told to end: kindly once, at once the second time, and never too late.

Everything is kept so that a process may be killed at any moment; ending kindly spares others the
wait for its leases.
"""

import logging
import os
import threading
from collections.abc import Callable
from datetime import timedelta

log = logging.getLogger(__name__)

#: The exit status of a process that did not end what it was at: 128 + SIGTERM, as for a shell.
STOPPED_AT_ONCE = 143


def end_now(status: int) -> None:
    """End the process without ending anything else."""
    logging.shutdown()
    os._exit(status)


class Stopping:
    """The end of one process: `ask` for it from a signal's handler, once or more often."""

    def __init__(
        self, *, within: timedelta, end: Callable[[int], None] = end_now, name: str = "the process"
    ) -> None:
        self.asked = threading.Event()  #: set with the first asking
        self._within = within
        self._end = end
        self._name = name

    def ask(self) -> None:
        """Ask the process to end within a while; asked a second time, it ends at once."""
        if self.asked.is_set():
            log.warning("%s was told twice to stop: it ends at once", self._name)
            self._end(STOPPED_AT_ONCE)
            return
        self.asked.set()
        timer = threading.Timer(self._within.total_seconds(), self._give_up)
        timer.daemon = True
        timer.start()

    def _give_up(self) -> None:
        log.warning(
            "%s has not ended within %d s: it ends at once, and others take over what it was at",
            self._name,
            self._within.total_seconds(),
        )
        self._end(STOPPED_AT_ONCE)
