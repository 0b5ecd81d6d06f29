"""The time zone of a result: which it is, and whether MaxCompute's own text agrees. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from enum import Enum, auto

from odps_bot.maxcompute import Column, DataType, Instant, Value, ZoneClock
from odps_bot.maxcompute.time_zones import DEFAULT_NAME, find_zone, has_fixed_offset
from odps_bot.messages import text as t
from odps_bot.runs.run import Table

#: These are points in time; DATE and TIMESTAMP_NTZ have no zone.
ZONED_TYPES = frozenset({"datetime", "timestamp"})

_UTC_CLOCK = ZoneClock(UTC)
_TO_SECONDS = len("2026-01-01 08:00:00")


class Doubt(Enum):
    """Why a zone may not be the one in which MaxCompute shows the result."""

    UNKNOWN_NAME = auto()  #: it is UTC, as nothing is known by the name `ShownZone.unknown`
    NOT_READ = auto()  #: it is UTC, as MaxCompute did not say which it is
    ASSUMED = auto()  #: it is MaxCompute's default, for the same reason
    DIFFERS = auto()  #: MaxCompute shows `ShownZone.example` differently


@dataclass(frozen=True, kw_only=True)
class ZoneNames:
    """What MaxCompute says of a result's zone."""

    job: str | None = None  #: the job's own setting
    project: str | None = None  #: the project's property
    is_known: bool = True  #: whether both could be read, as far as they matter


@dataclass(frozen=True, kw_only=True)
class ShownZone:
    """The zone of the times in a file or a chart."""

    name: str
    clock: ZoneClock = field(default=_UTC_CLOCK, compare=False)
    doubt: Doubt | None = None
    unknown: str = ""
    example: tuple[str, str] = ("", "")  #: what MaxCompute shows, and what this zone's clock shows


def has_instants(columns: Iterable[Column]) -> bool:
    """Return whether what the columns show depends on a time zone."""
    return any(_is_zoned(column.type) for column in columns)


def zone_of(names: ZoneNames) -> ShownZone:
    """Return the zone that the job has set, else its project, else the one MaxCompute has."""
    name = names.job or names.project or DEFAULT_NAME
    zone = find_zone(name)
    if zone is None:
        return ShownZone(name="UTC", doubt=Doubt.UNKNOWN_NAME, unknown=name)
    doubt = None if names.is_known else Doubt.ASSUMED
    return ShownZone(name=name, clock=ZoneClock(zone), doubt=doubt)


def zone_as_written(names: ZoneNames) -> ShownZone | None:
    """Return the zone of times that MaxCompute has written itself; None if it is not known."""
    if names.job is None and not names.is_known:
        return None
    return ShownZone(name=names.job or names.project or DEFAULT_NAME)


def checked(
    zone: ShownZone, table: Table | None, columns: Sequence[Column], rows: Iterable[Sequence[Value]]
) -> ShownZone:
    """Return the zone after a look at how MaxCompute shows the same first rows in `table`.

    A zone that was only assumed is believed once they agree, and given up once they don't.
    """
    pairs = list(_pairs(zone, table, columns, rows))
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    if not pairs or zone.doubt is Doubt.UNKNOWN_NAME:
        return zone
    if not differing:
        return replace(zone, doubt=None)
    if zone.doubt is Doubt.ASSUMED:
        return ShownZone(name="UTC", doubt=Doubt.NOT_READ)
    if has_fixed_offset(zone.name):
        return ShownZone(name="UTC", doubt=Doubt.UNKNOWN_NAME, unknown=zone.name)
    return replace(zone, doubt=Doubt.DIFFERS, example=differing[0])


def zone_in_words(zone: ShownZone) -> str:
    """Return which zone the times are in, and why it may be another than MaxCompute's; mrkdwn."""
    name = t.code(zone.name, limit=60)
    match zone.doubt:
        case Doubt.UNKNOWN_NAME:
            unknown = t.code(zone.unknown, limit=60)
            return f"Times are in {name}: I don't know the job's time zone {unknown}."
        case Doubt.NOT_READ:
            return f"Times are in {name}: I couldn't read the job's time zone."
        case Doubt.ASSUMED:
            return (
                f"Times are in {name}, MaxCompute's default: I couldn't read the job's time zone."
            )
        case Doubt.DIFFERS:
            theirs, ours = (t.code(shown, limit=40) for shown in zone.example)
            return (
                f"Times are in {name}; MaxCompute has other rules for it, and shows {theirs} for"
                f" {ours}."
            )
        case _:
            return f"Times are in {name}."


def _is_zoned(data_type: DataType) -> bool:
    return data_type.name in ZONED_TYPES or any(map(_is_zoned, data_type.arguments))


def _pairs(
    zone: ShownZone, table: Table | None, columns: Sequence[Column], rows: Iterable[Sequence[Value]]
) -> Iterable[tuple[str, str]]:
    """Yield what MaxCompute shows, and what the zone's clock shows, in whole seconds."""
    if table is None:
        return
    known = columns[: len(table.columns)]
    places = [place for place, column in enumerate(known) if column.type.name in ZONED_TYPES]
    for cells, row in zip(table.rows, rows, strict=False):
        for place in places:
            shown, instant = cells[place], row[place]
            if shown is not None and isinstance(instant, Instant):
                yield shown[:_TO_SECONDS], zone.clock.text(instant)[:_TO_SECONDS]
