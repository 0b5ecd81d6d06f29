"""Points in time as MaxCompute keeps them, and what the clocks of a time zone show. Pure.

MaxCompute has the years 0 to 9999 and nanoseconds; `datetime` has neither all of them nor these.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple

DAY_S = 86_400
_DAY_MINUTES = 24 * 60

#: The Gregorian calendar, its weekdays and the rules of time zones repeat after 400 years.
_CYCLE_DAYS = 146_097
_CYCLE_S = _CYCLE_DAYS * DAY_S

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

#: Where `datetime` has the instant and every zone's clock: a day from both of its ends.
_FIRST_S = int((datetime(1, 1, 3, tzinfo=UTC) - _EPOCH).total_seconds())
_LAST_S = int((datetime(9999, 12, 30, tzinfo=UTC) - _EPOCH).total_seconds())

#: Offsets are remembered for spans in which no clock is changed.
_SPAN_S = 6 * 3_600
_MOST_SPANS = 20_000


class Instant(NamedTuple):
    """A DATETIME or TIMESTAMP: a point in time."""

    seconds: int  #: since 1970-01-01 00:00:00 UTC
    nanoseconds: int = 0

    def __str__(self) -> str:
        return f"{wall_text(*self)}+00:00"


class WallTime(NamedTuple):
    """A TIMESTAMP_NTZ: what a clock shows, in no time zone."""

    seconds: int  #: since 1970-01-01 00:00:00 on that clock
    nanoseconds: int = 0

    def __str__(self) -> str:
        return wall_text(*self)


class ZoneClock:
    """The clock of a time zone, with its daylight-saving and former times.

    Made for a million rows: the offset is looked up once for all instants of some hours.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._offsets: dict[int, int] = {}

    def text(self, instant: Instant) -> str:
        """Return what the clock shows, as MaxCompute writes it: `2026-01-01 08:00:00.5`."""
        seconds, nanoseconds = instant
        offset = self._offsets.get(seconds // _SPAN_S)
        if offset is None:
            offset = self._offset_s(seconds)
        return wall_text(seconds + offset, nanoseconds)

    def texts(self, seconds: Sequence[int | None], nanoseconds: Sequence[int]) -> list[str | None]:
        """Return what `text` returns of many instants, in a quarter of the time; NULL is None."""
        offsets = self._offsets
        shifted: list[int | None] = []
        for one in seconds:
            if one is None:
                shifted.append(None)
                continue
            offset = offsets.get(one // _SPAN_S)
            shifted.append(one + (self._offset_s(one) if offset is None else offset))
        return wall_texts(shifted, nanoseconds)

    def _offset_s(self, seconds: int) -> int:
        """Return the offset from UTC, and remember it if the clock is not changed around then."""
        span = seconds // _SPAN_S
        first = self._looked_up(span * _SPAN_S)
        if first != self._looked_up((span + 1) * _SPAN_S - 1):
            return self._looked_up(seconds)
        if len(self._offsets) >= _MOST_SPANS:
            self._offsets.clear()
        self._offsets[span] = first
        return first

    def _looked_up(self, seconds: int) -> int:
        if seconds < _FIRST_S:
            seconds = _FIRST_S + (seconds - _FIRST_S) % _CYCLE_S
        elif seconds >= _LAST_S:
            seconds = _LAST_S - _CYCLE_S + (seconds - _LAST_S) % _CYCLE_S
        local = (_EPOCH + timedelta(seconds=seconds)).astimezone(self._zone)
        offset = local.utcoffset()
        return 0 if offset is None else round(offset.total_seconds())


def wall_text(seconds: int, nanoseconds: int = 0) -> str:
    """Return the time of a clock in any year; a fraction only where there is one."""
    day, second = divmod(seconds, DAY_S)
    text = f"{day_text(day)} {_second_text(second)}"
    return f"{text}.{nanoseconds:09}".rstrip("0") if nanoseconds else text


def wall_texts(seconds: Sequence[int | None], nanoseconds: Sequence[int]) -> list[str | None]:
    """Return what `wall_text` returns of many times; NULL is None."""
    minutes, twos = _minutes_of_a_day(), _twos()
    texts: list[str | None] = []
    for one, fraction in zip(seconds, nanoseconds, strict=True):
        if one is None:
            texts.append(None)
            continue
        minute, second = divmod(one, 60)
        day, minute = divmod(minute, _DAY_MINUTES)
        text = f"{day_text(day)} {minutes[minute]}:{twos[second]}"
        texts.append(f"{text}.{fraction:09}".rstrip("0") if fraction else text)
    return texts


@cache
def _minutes_of_a_day() -> tuple[str, ...]:
    return tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(_DAY_MINUTES))


@cache
def _twos() -> tuple[str, ...]:
    return tuple(f"{second:02}" for second in range(60))


@lru_cache(maxsize=5_000)
def day_text(days: int) -> str:
    """Return the day so many days after 1970-01-01 as `2026-01-01`, in any year."""
    cycles, rest = divmod(days + _EPOCH_ORDINAL - 1, _CYCLE_DAYS)
    day = date.fromordinal(rest + 1)
    return f"{day.year + 400 * cycles:04}-{day:%m-%d}"


@lru_cache(maxsize=DAY_S)
def _second_text(second: int) -> str:
    minutes, seconds = divmod(second, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
