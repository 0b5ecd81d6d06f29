"""Slack's message timestamps."""

import re

from odps_bot.sandbox.clock import Clock

_TS = re.compile(r"\d{1,12}\.\d{6}")
_MICROSECONDS = 1_000_000


def is_ts(text: str) -> bool:
    """Return whether `text` has the form of a message timestamp."""
    return _TS.fullmatch(text) is not None


class TimestampSource:
    """Generates timestamps like `1763800000.000100`: unique, increasing, close to the clock."""

    def __init__(self, *, clock: Clock) -> None:
        """Read the time from `clock`."""
        self._clock = clock
        self._last = 0

    def next_ts(self) -> str:
        """Return a timestamp later than every one returned before."""
        now = round(self._clock().timestamp() * _MICROSECONDS)
        self._last = max(now, self._last + 1)
        seconds, fraction = divmod(self._last, _MICROSECONDS)
        return f"{seconds}.{fraction:06d}"
