"""The time zone by whose days budgets are counted. Pure but for the time-zone database."""

import difflib
import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")

#: Files of a database that are no zone of this name everywhere, or count leap seconds.
_NO_ZONES = ("localtime", "posixrules", "Factory", "right/", "posix/")

#: `UTC+8`, `Etc/GMT-8`: the sign of the latter says the opposite of what people read.
_OFFSET = re.compile(r"(?:Etc/)?(?:GMT|UTC|UT)?[+-]?\d.*", re.IGNORECASE)


def why_no_zone(name: str) -> str:
    """Return what is wrong with the name of a time zone, and what helps; empty for a good one."""
    expected = 'expected a name of the IANA time zone database, such as "Asia/Shanghai"'
    if _OFFSET.fullmatch(name):
        return f"{name!r} is an offset, which knows no daylight-saving time; {expected}"
    if not _is_zone(name):
        close = difflib.get_close_matches(name, available_timezones(), n=1)
        hint = f'; did you mean "{close[0]}"?' if close else f"; {expected}"
        return f"{name!r} is not a time zone{hint}"
    return ""


def day_in(zone: str, now: datetime) -> date:
    """Return the day that it is in a time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def beginning_of(day: date, zone: str) -> datetime:
    """Return when a day begins in a time zone; where clocks skip midnight, when they skip it."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _is_zone(name: str) -> bool:
    if not _NAME.fullmatch(name) or name.startswith(_NO_ZONES):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder is an OSError
        return False
    return True
