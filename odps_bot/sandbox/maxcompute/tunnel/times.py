"""Times of a clock as distances from the epoch."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ON_A_CLOCK = _EPOCH.replace(tzinfo=None)
_SECOND = timedelta(seconds=1)

#: Zones and leap years repeat after it: Python has no year 0, and a service's tables do.
_CENTURIES = timedelta(days=146_097)
_YEAR_0 = re.compile(r"0001-(\d\d-\d\d) \(BC\)(.*)")


def since_epoch(value: datetime | str, zone: tzinfo) -> timedelta:
    """Return the instant at which a clock shows a time, of which DuckDB writes year 0 as text."""
    if isinstance(value, str):
        return _centuries_later(value).replace(tzinfo=zone) - _EPOCH - _CENTURIES
    return value.replace(tzinfo=zone) - _EPOCH


def since_epoch_on_a_clock(value: datetime | str) -> timedelta:
    """Return how far a clock without a zone is from its own epoch."""
    if isinstance(value, str):
        return _centuries_later(value) - _EPOCH_ON_A_CLOCK - _CENTURIES
    return value - _EPOCH_ON_A_CLOCK


def days_since_epoch(value: date | str) -> int:
    """Return the number of a day, 0 for 1 January 1970."""
    if isinstance(value, str):
        return (_centuries_later(value) - _EPOCH_ON_A_CLOCK - _CENTURIES).days
    return value.toordinal() - _EPOCH.toordinal()


def milliseconds(since: timedelta) -> int:
    """Return a distance in whole milliseconds, rounded down."""
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def seconds_and_nanoseconds(since: timedelta) -> tuple[int, int]:
    """Return a distance in whole seconds, rounded down, and the rest, which is never negative."""
    seconds, rest = divmod(since, _SECOND)
    return seconds, rest.microseconds * 1_000


def clock_of(since: timedelta, zone: tzinfo) -> datetime:
    """Return what a clock shows at an instant; raises OverflowError in years that Python lacks."""
    return (_EPOCH + since).astimezone(zone).replace(tzinfo=None)


def clock_without_zone(since: timedelta) -> datetime:
    """Return what a clock without a zone shows; raises OverflowError likewise."""
    return _EPOCH_ON_A_CLOCK + since


def day(number: int) -> date:
    """Return a day by its number; raises OverflowError likewise."""
    return _EPOCH_ON_A_CLOCK.date() + timedelta(days=number)


def _centuries_later(text: str) -> datetime:
    return datetime.fromisoformat(_YEAR_0.sub(r"0400-\1\2", text))
