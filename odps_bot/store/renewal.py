"""Leases that are renewed by time, for as long as the work goes on that they cover."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from redis.exceptions import RedisError

log = logging.getLogger(__name__)


@contextlib.contextmanager
def renewed(renew: Callable[[], object], *, every: timedelta, at_most: timedelta) -> Iterator[None]:
    """Call `renew` every so often, in a thread, while the block runs.

    After `at_most` no more: who hangs loses the lease at last. A Redis that does not respond is
    asked again at the next time.
    """
    is_over = threading.Event()
    thread = threading.Thread(
        target=_renew_until, args=(is_over, renew, every, at_most), name="lease", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _renew_until(
    is_over: threading.Event, renew: Callable[[], object], every: timedelta, at_most: timedelta
) -> None:
    end_s = time.monotonic() + at_most.total_seconds()
    while not is_over.wait(every.total_seconds()) and time.monotonic() < end_s:
        try:
            renew()
        except RedisError as error:
            log.warning("cannot renew a lease: %s", error)
