"""Spans of time as people type them: `45m`, `2h`, `1d`. Pure."""

import re
from datetime import timedelta

_SPAN = re.compile(
    r"(?P<count>\d{1,5})(?P<unit>s|m|mins?|minutes?|h|hours?|d|days?)?", re.IGNORECASE
)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def read_span(word: str) -> timedelta | None:
    """Return the span that a word is, or None if it is none; a bare number is minutes."""
    found = _SPAN.fullmatch(word)
    if found is None:
        return None
    return int(found["count"]) * _UNITS[(found["unit"] or "m").lower()[0]]
