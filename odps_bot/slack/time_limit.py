"""How long one message may take to be sent, whatever calls that takes.

Each call has a time-out of its own; the places and renderings of a message may need a dozen.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from odps_bot.slack.errors import NO_RESPONSE, UnreachableError

_until_s: ContextVar[float | None] = ContextVar("until_s", default=None)


@contextmanager
def time_limit(limit: timedelta) -> Iterator[None]:
    """Let no call to Slack begin in this thread later than this; those under way go on."""
    token = _until_s.set(time.monotonic() + limit.total_seconds())
    try:
        yield
    finally:
        _until_s.reset(token)


def check_time(method: str) -> None:
    """Raise UnreachableError when it is too late for another call."""
    until_s = _until_s.get()
    if until_s is not None and time.monotonic() >= until_s:
        raise UnreachableError(method, NO_RESPONSE, reason="too late for another call")
