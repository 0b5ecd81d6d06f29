"""Time zones by the names that `odps.sql.timezone` can have. Pure but for the time-zone database.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/time-zone-configuration-operations
"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SETTING = "odps.sql.timezone"

#: What a project has that sets none.
DEFAULT_NAME = "Asia/Shanghai"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")

#: `GMT+8` and `+08:00`. MaxCompute's documentation advises against them; jobs have them anyway.
_OFFSET = re.compile(r"(?:GMT|UTC|UT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE | re.ASCII)
_FURTHEST = timedelta(hours=18)

#: Files of a database that are no zone of this name everywhere, or count leap seconds.
_NO_ZONES = ("localtime", "posixrules", "Factory", "right/", "posix/")


def find_zone(name: str) -> tzinfo | None:
    """Return the time zone with this name, or with this offset; None for an unknown one."""
    if name.upper() in {"Z", "UTC"}:
        return UTC
    return _named(name) or _with_offset(name)


def has_fixed_offset(name: str) -> bool:
    """Return whether this is no name of a zone, but its offset."""
    return _OFFSET.fullmatch(name) is not None


def _named(name: str) -> tzinfo | None:
    if not _NAME.fullmatch(name) or name.startswith(_NO_ZONES):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder is an OSError
        return None


def _with_offset(name: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(name)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset > _FURTHEST:
        return None
    return timezone(-offset if found[1] == "-" else offset)
