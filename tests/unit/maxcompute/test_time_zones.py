"""Names that `odps.sql.timezone` can have, in whatever spelling; what is none is not guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute.time_zones import DEFAULT_NAME, find_zone, has_fixed_offset

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        (DEFAULT_NAME, 8),
        ("PRC", 8),
        ("America/New_York", -4),
        ("America/Argentina/Buenos_Aires", -3),
        ("UTC", 0),
        ("utc", 0),
        ("Z", 0),
        ("GMT", 0),
        ("Etc/GMT", 0),
        ("Etc/GMT-8", 8),
        ("GMT+8", 8),
        ("GMT+08:00", 8),
        ("GMT-3", -3),
        ("UTC+8", 8),
        ("+08:00", 8),
        ("+0530", 5.5),
        ("-11", -11),
    ],
)
def test_zones_are_found_by_name_and_by_offset(name, hours):
    assert NOON.astimezone(find_zone(name)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "Asia",
        "Asia/",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "right/Asia/Shanghai",
        "tzdata.zi",
        "Africa / Accra",
        "GMT+19",
        "+25:00",
        "+08:75",
        "8",
        "北京",
        "Asia/Shanghai\x00",
        "A" * 10_000,
    ],
)
def test_what_is_no_zone_is_none(name):
    assert find_zone(name) is None


@given(st.text(max_size=20))
def test_any_name_is_a_zone_or_none(name):
    zone = find_zone(name)

    assert zone is None or NOON.astimezone(zone).utcoffset() is not None


def test_names_with_rules_are_told_from_offsets():
    assert [has_fixed_offset(name) for name in ("GMT+8", "+08:00", "Asia/Shanghai", "UTC")] == [
        True, True, False, False,
    ]  # fmt: skip
