"""The few shapes of numbers that findings use: rounded, for nobody needs more. Pure."""

#: Up to so many of a smaller unit are told in it.
_MOST = 90

MINUTE = 60

#: What is less is told with one decimal.
_ROUND = 9.95

_UNITS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def amount(count: float) -> str:
    """Return a count for people: ``9,400``, ``60 million``, ``2.8 billion``."""
    for size, word in _UNITS:
        if count >= size * 0.9995:
            return f"{_short(count / size)} {word}"
    return f"{count:,.0f}"


def ratio(times: float) -> str:
    """Return a factor: ``2.4x``, ``30x``."""
    return f"{_short(times)}x"


def rough_duration(seconds: float) -> str:
    """Return a duration in one unit: ``40 s``, ``18 min``, ``2.5 h``."""
    if seconds < _MOST and round(seconds) != MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < _MOST * MINUTE:
        return f"{round(seconds / MINUTE)} min"
    return f"{_short(seconds / 3600)} h"


def _short(number: float) -> str:
    if number >= _ROUND:
        return f"{number:,.0f}"
    return f"{number:.1f}".removesuffix(".0")
