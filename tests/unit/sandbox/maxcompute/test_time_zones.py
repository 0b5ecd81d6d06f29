"""Times in the sandbox's SQL are those of a clock in the job's zone; tables hold instants."""

from datetime import UTC, datetime

import pytest

from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.time_zones import instant_of, job_zone, zone_info
from tests.unit.sandbox.maxcompute.conftest import Session


def clock(text):
    return datetime.fromisoformat(text)


def in_zone(zone):
    return {"odps__sql__timezone": zone}


@pytest.mark.parametrize(
    ("settings", "project_zone", "zone"),
    [
        ({}, None, "Asia/Shanghai"),
        ({}, "Asia/Tokyo", "Asia/Tokyo"),
        ({"odps.sql.timezone": "America/New_York"}, "Asia/Tokyo", "America/New_York"),
        ({"ODPS.SQL.TimeZone": " UTC "}, None, "UTC"),
        ({"odps.sql.timezone": "GMT+8"}, None, "Etc/GMT-8"),
        ({"odps.sql.timezone": "Mars/Olympus"}, None, "GMT"),
        ({"odps.sql.timezone": "Asia"}, None, "GMT"),
        ({"odps.sql.timezone": "../../etc"}, None, "GMT"),
    ],
)
def test_the_zone_is_the_job_s_else_the_project_s_else_china_s(settings, project_zone, zone):
    assert job_zone(settings, project_zone) == zone


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Shanghai", "1970-01-01 08:00:00"),
        ("America/New_York", "1969-12-31 19:00:00"),
        ("UTC", "1970-01-01 00:00:00"),
    ],
)
def test_an_instant_is_shown_by_the_clock_of_the_job(session, zone, shown):
    sql = f"select from_unixtime(0), unix_timestamp(datetime '{shown}'), current_timezone()"

    assert session.rows(sql, **in_zone(zone)) == [(clock(shown), 0, zone)]


def test_what_one_job_has_written_another_sees_by_its_own_clock(session):
    # https://www.alibabacloud.com/help/en/maxcompute/user-guide/maxcompute-timestamp-ntz-data-type-introduction
    session.outcome("create table zoned (t timestamp, n timestamp_ntz, d datetime)")
    row = "timestamp '1970-01-01 00:00:00', timestamp_ntz '1970-01-01 00:00:00'"
    session.outcome(f"insert into zoned select {row}, datetime '1900-01-01 00:00:00'")
    seen = [
        session.rows("select t, n, d from zoned z where z.t is not null", **in_zone(zone))[0]
        for zone in ("Asia/Shanghai", "UTC")
    ]

    no_date = clock("1900-01-01 00:00:00")
    assert seen[0] == (clock("1970-01-01 00:00:00"), clock("1970-01-01 00:00:00"), no_date)
    assert seen[1] == (
        clock("1969-12-31 16:00:00"),
        clock("1970-01-01 00:00:00"),
        clock("1899-12-31 15:54:17"),
    )


@pytest.mark.parametrize("statement", ["create table {} as", "insert into {} "])
def test_what_is_written_in_another_zone_is_the_same_instant(session, statement):
    name = "made" if statement.startswith("create") else "filled"
    if name == "filled":
        session.outcome("create table filled (t datetime)")
    select = "select datetime '2026-07-01 00:00:00' as t"
    session.outcome(f"{statement.format(name)} {select}", **in_zone("America/New_York"))

    assert session.rows(f"select t from {name}", **in_zone("America/New_York")) == [
        (clock("2026-07-01 00:00:00"),)
    ]
    assert session.rows(f"select t from {name}") == [(clock("2026-07-01 12:00:00"),)]


def test_a_project_can_have_a_zone_of_its_own():
    engine = Engine(("sandbox",), orders_rows=1, time_zones={"sandbox": "Asia/Tokyo"})
    try:
        assert Session(engine).rows("select from_unixtime(0)") == [(clock("1970-01-01 09:00:00"),)]
    finally:
        engine.close()


def test_rows_are_changed_in_any_zone(session):
    session.outcome(
        "create table changed (id bigint, t datetime) tblproperties ('transactional'='true')"
    )
    session.outcome("insert into changed values (1, datetime '2026-01-01 00:00:00')")
    session.outcome("update changed set id = 2 where id = 1", **in_zone("UTC"))

    assert session.rows("select id, t from changed") == [(2, clock("2026-01-01 00:00:00"))]


def test_an_hour_that_clocks_show_twice_is_the_first_one():
    instant = instant_of(clock("2026-11-01 01:30:00"), zone_info("America/New_York"))

    assert instant == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
