"""The zone of a result: the job's, else the project's; MaxCompute's own text has the last word."""

import pytest

from odps_bot.maxcompute import Column, Instant
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.messages.results.zones import (
    Doubt,
    ShownZone,
    ZoneNames,
    checked,
    has_instants,
    zone_as_written,
    zone_in_words,
    zone_of,
)
from odps_bot.runs import Table

NOON = Instant(1_795_348_800)  # 22 November 2026, 12:00 UTC
NO_DATE = Instant(-2_209_017_943)  # 1 January 1900, 00:00:00 in Shanghai's own time of then
DATETIME = (Column("t", parse_data_type("datetime")),)


def table(*times):
    return Table(
        columns=("t",),
        types=("datetime",),
        rows=tuple((time,) for time in times),
        column_count=1,
        row_count=len(times),
    )


def shown(zone, *pairs):
    """The zone after a look at pairs of an instant and what MaxCompute shows for it."""
    rows = [(instant,) for instant, _ in pairs]
    return checked(zone, table(*(text for _, text in pairs)), DATETIME, rows)


@pytest.mark.parametrize(
    ("types", "has"),
    [
        (["datetime"], True),
        (["timestamp"], True),
        (["array<datetime>"], True),
        (["map<string,struct<a:timestamp>>"], True),
        (["timestamp_ntz", "date", "string"], False),
        ([], False),
    ],
)
def test_only_points_in_time_depend_on_a_zone(types, has):
    assert has_instants([Column("c", parse_data_type(name)) for name in types]) is has


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (ZoneNames(job="Asia/Tokyo", project="America/New_York"), "Asia/Tokyo"),
        (ZoneNames(project="America/New_York"), "America/New_York"),
        (ZoneNames(), "Asia/Shanghai"),
    ],
)
def test_the_job_comes_before_its_project_and_that_before_the_default(names, name):
    assert zone_of(names) == ShownZone(name=name)


def test_one_no_date_among_the_rows_moves_nothing():
    zone = shown(
        zone_of(ZoneNames()), (NO_DATE, "1900-01-01 00:00:00"), (NOON, "2026-11-22 20:00:00")
    )

    assert zone == ShownZone(name="Asia/Shanghai")
    assert zone.clock.text(NOON) == "2026-11-22 20:00:00"


def test_an_unknown_name_is_utc_and_said_so():
    zone = shown(zone_of(ZoneNames(job="Mars/Olympus")), (NOON, "2026-11-22 20:00:00"))

    assert zone == ShownZone(name="UTC", doubt=Doubt.UNKNOWN_NAME, unknown="Mars/Olympus")
    assert zone.clock.text(NOON) == "2026-11-22 12:00:00"


NOT_READ = ZoneNames(is_known=False)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-11-22 20:00:00", ShownZone(name="Asia/Shanghai")),
        ("2026-11-22 20:00:00.000", ShownZone(name="Asia/Shanghai")),
        ("2026-11-22 04:00:00", ShownZone(name="UTC", doubt=Doubt.NOT_READ)),
        (None, ShownZone(name="Asia/Shanghai", doubt=Doubt.ASSUMED)),
    ],
)
def test_a_zone_that_was_only_assumed_is_believed_once_the_rows_agree(text, zone):
    assert shown(zone_of(NOT_READ), (NOON, text)) == zone


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-11-22 20:00:00", ShownZone(name="GMT+8")),
        (
            "2026-11-22 12:00:00",
            ShownZone(name="UTC", doubt=Doubt.UNKNOWN_NAME, unknown="GMT+8"),
        ),
    ],
)
def test_an_offset_is_believed_unless_maxcompute_shows_other_times(text, zone):
    assert shown(zone_of(ZoneNames(job="GMT+8")), (NOON, text)) == zone


def test_other_rules_of_maxcompute_are_said_with_an_example():
    zone = shown(
        zone_of(ZoneNames()), (NOON, "2026-11-22 20:00:00"), (NO_DATE, "1899-12-31 23:54:17")
    )

    assert (zone.name, zone.doubt) == ("Asia/Shanghai", Doubt.DIFFERS)
    assert zone.example == ("1899-12-31 23:54:17", "1900-01-01 00:00:00")


def test_without_a_table_there_is_nothing_to_compare():
    assert checked(zone_of(ZoneNames()), None, DATETIME, [(NOON,)]).doubt is None


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (ZoneNames(job="Mars/Olympus"), "Mars/Olympus"),
        (ZoneNames(project="Asia/Tokyo"), "Asia/Tokyo"),
        (ZoneNames(), "Asia/Shanghai"),
    ],
)
def test_times_that_maxcompute_wrote_are_in_the_zone_that_it_was_told(names, name):
    assert zone_as_written(names) == ShownZone(name=name)


def test_times_that_maxcompute_wrote_are_in_a_zone_that_is_not_guessed():
    assert zone_as_written(NOT_READ) is None


def test_a_foreign_name_pings_nobody():
    words = zone_in_words(zone_of(ZoneNames(job="<!channel>`" * 20)))

    assert "<!" not in words
    assert len(words) < 300
