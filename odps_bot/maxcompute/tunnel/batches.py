"""Rows side by side: their cells column by column, and as rows where somebody wants them. Pure.

A cell costs little when all of a column are taken in one go. Cells whose Python values are dear
are kept as they came, so that a file can be written without ever making the values.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import repeat

from odps_bot.maxcompute.models.times import Instant, WallTime, day_text
from odps_bot.maxcompute.models.values import Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WALL = _EPOCH.replace(tzinfo=None)
_EPOCH_DAY = date(1970, 1, 1)


class Cells:
    """The cells of a column in some rows. NULL is None."""

    __slots__ = ("_values", "kind")

    def __init__(self, values: Sequence[Value], kind: type | None = None) -> None:
        self._values = values
        self.kind = kind  #: of all values, none of which is NULL; None: not known

    def values(self, *, has_exact_times: bool = True) -> Sequence[Value]:  # noqa: ARG002  -- of times
        """Return the values; `has_exact_times` is explained at `ResultDownload.rows`."""
        return self._values


class TimeCells(Cells):
    """DATETIME, TIMESTAMP or TIMESTAMP_NTZ: seconds since 1970, and nanoseconds beyond."""

    __slots__ = ("is_wall_time", "nanoseconds", "seconds")

    def __init__(
        self, seconds: Sequence[int | None], nanoseconds: Sequence[int], *, is_wall_time: bool
    ) -> None:
        super().__init__(())
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.is_wall_time = is_wall_time  #: of a clock in no time zone

    def values(self, *, has_exact_times: bool = True) -> Sequence[Value]:
        """Return an Instant, WallTime or datetime each."""
        if not has_exact_times:
            convert = wall_time_value if self.is_wall_time else instant_value
        else:
            convert = WallTime if self.is_wall_time else Instant
        return [
            None if seconds is None else convert(seconds, nanoseconds)
            for seconds, nanoseconds in zip(self.seconds, self.nanoseconds, strict=True)
        ]


class DayCells(Cells):
    """DATE: days since 1970-01-01."""

    __slots__ = ("days",)

    def __init__(self, days: Sequence[int | None]) -> None:
        super().__init__(())
        self.days = days

    def values(self, *, has_exact_times: bool = True) -> Sequence[Value]:  # noqa: ARG002  -- of times
        """Return a date each; text in years that Python lacks."""
        return [None if days is None else day_value(days) for days in self.days]


class DecimalCells(Cells):
    """DECIMAL: texts with as many digits after the point as the column has."""

    __slots__ = ("texts",)

    def __init__(self, texts: Sequence[str | None]) -> None:
        super().__init__(())
        self.texts = texts

    def values(self, *, has_exact_times: bool = True) -> Sequence[Value]:  # noqa: ARG002  -- of times
        """Return a Decimal each."""
        return [None if text is None else Decimal(text) for text in self.texts]


class Batch:
    """Some rows, in order."""

    __slots__ = ("_has_exact_times", "columns", "row_count")

    def __init__(
        self, columns: Sequence[Cells], row_count: int, *, has_exact_times: bool = True
    ) -> None:
        self.columns = columns
        self.row_count = row_count
        self._has_exact_times = has_exact_times

    @classmethod
    def of_rows(cls, rows: Sequence[Sequence[Value]]) -> "Batch":
        """Return the batch of rows whose values exist already."""
        return cls([Cells(values) for values in zip(*rows, strict=True)], len(rows))

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """Yield the rows."""
        if not self.columns:
            return repeat((), self.row_count)
        exact = self._has_exact_times
        return zip(*(cells.values(has_exact_times=exact) for cells in self.columns), strict=True)


def instant_value(seconds: int, nanoseconds: int) -> datetime | Instant:
    """Return aware UTC, in whole microseconds; an Instant in years that Python lacks."""
    try:
        return _EPOCH + span_value(seconds, nanoseconds)
    except OverflowError:
        return Instant(seconds, nanoseconds)


def wall_time_value(seconds: int, nanoseconds: int) -> datetime | WallTime:
    """Return a naive time, in whole microseconds; a WallTime in years that Python lacks."""
    try:
        return _EPOCH_WALL + span_value(seconds, nanoseconds)
    except OverflowError:
        return WallTime(seconds, nanoseconds)


def span_value(seconds: int, nanoseconds: int) -> timedelta:
    """Return an INTERVAL_DAY_TIME, in whole microseconds."""
    return timedelta(seconds=seconds, microseconds=nanoseconds // 1000)


@lru_cache(maxsize=5_000)
def day_value(days: int) -> date | str:
    """Return the day so many days after 1970-01-01; its text in years that Python lacks."""
    try:
        return _EPOCH_DAY + timedelta(days=days)
    except OverflowError:
        return day_text(days)
