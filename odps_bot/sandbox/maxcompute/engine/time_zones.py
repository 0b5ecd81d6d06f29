"""The time zone of a job: in it times are written and shown; tables hold instants.

Vendor page:
https://www.alibabacloud.com/help/en/maxcompute/user-guide/time-zone-configuration-operations
In DuckDB, times are those of a clock in the job's zone, and in tables of a clock in `DEFAULT`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odps_bot.sandbox.maxcompute.engine.catalog import Column, literal, quoted
from odps_bot.sandbox.maxcompute.engine.types import DataType

SETTING = "odps.sql.timezone"

#: That of a project without the property; tables are kept in it.
DEFAULT = "Asia/Shanghai"

#: An offset in whole hours, which Java reads although the documentation advises against it.
_OFFSET = re.compile(r"GMT([+-])(\d{1,2})(?::00)?")

#: Types whose values are points in time, by the expression that reads them off a clock.
ZONED = {"datetime": "TIMESTAMP_MS", "timestamp": "TIMESTAMP"}


def job_zone(settings: Mapping[str, str], project_zone: str | None) -> str:
    """Return the zone of a job; like Java, GMT for what is no zone."""
    given = {name.lower(): value.strip() for name, value in settings.items()}
    name = given.get(SETTING) or project_zone or DEFAULT
    if found := _OFFSET.fullmatch(name):
        sign = "-" if found[1] == "+" else "+"  # the names of Etc say it the other way around
        name = f"Etc/GMT{sign}{int(found[2])}"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "GMT"
    return name


def zone_info(name: str) -> tzinfo:
    """Return a zone that `job_zone` has named."""
    return ZoneInfo(name)


def clock_time(instant: datetime, zone: str) -> datetime:
    """Return what a clock of the zone shows at an instant, without its zone."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def instant_of(clock: datetime, zone: tzinfo) -> datetime:
    """Return the instant at which a clock of the zone shows a time, the first one of two."""
    return clock.replace(tzinfo=zone).astimezone(UTC)


def moved(expression: str, data_type: DataType, *, source: str, target: str) -> str:
    """Return SQL for a time of a clock in `source` as a clock in `target` shows it."""
    clock = f"timezone({literal(source)}, CAST({expression} AS TIMESTAMP))"
    return f"CAST(timezone({literal(target)}, {clock}) AS {ZONED[data_type.name]})"


def replacements(columns: Iterable[Column], *, source: str, target: str) -> str:
    """Return the list of a `* REPLACE` that moves all points in time; empty for none."""
    if source == target:
        return ""
    return ", ".join(
        f"{moved(quoted(c.name), c.type, source=source, target=target)} AS {quoted(c.name)}"
        for c in columns
        if c.type.name in ZONED
    )
