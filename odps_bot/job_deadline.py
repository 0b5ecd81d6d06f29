"""How long the job in hand may still take.

RQ ends a job that takes too long wherever it is, and nothing of it is recorded. So what a job asks
of others is asked only while enough of its time is left.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

#: By the monotonic clock; None: no job, or one without a limit.
_ENDS_AT_S: ContextVar[float | None] = ContextVar("job_ends_at_s", default=None)


@contextmanager
def job_deadline(
    within: timedelta, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Let what is done in this block, and in this thread, be over `within` this time."""
    before = _ENDS_AT_S.set(clock() + within.total_seconds())
    try:
        yield
    finally:
        _ENDS_AT_S.reset(before)


def time_left(*, clock: Callable[[], float] = time.monotonic) -> timedelta | None:
    """Return how much time is left for the job of this thread; None: as much as it likes."""
    ends_at_s = _ENDS_AT_S.get()
    return None if ends_at_s is None else timedelta(seconds=ends_at_s - clock())
