"""What clocks show: daylight-saving and former times, nanoseconds, and years that Python lacks."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odps_bot.maxcompute import Instant, WallTime, ZoneClock
from odps_bot.maxcompute.models import times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHANGHAI = ZoneClock(ZoneInfo("Asia/Shanghai"))
NAMES = ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
CLOCKS = {name: ZoneClock(ZoneInfo(name)) for name in NAMES}


def at(text):
    """The instant of an ISO time in UTC."""
    return Instant(int((datetime.fromisoformat(text + "+00:00") - EPOCH).total_seconds()))


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        ("2026-01-01 00:00:00", "2026-01-01 08:00:00"),
        ("1986-05-03 17:59:59", "1986-05-04 01:59:59"),
        ("1986-05-03 18:00:00", "1986-05-04 03:00:00"),
        ("1991-07-01 00:00:00", "1991-07-01 09:00:00"),
        ("1991-09-14 17:00:00", "1991-09-15 01:00:00"),
        ("1992-07-01 00:00:00", "1992-07-01 08:00:00"),
        ("1900-12-31 15:54:16", "1900-12-31 23:59:59"),
        ("1900-12-31 15:54:17", "1900-12-31 23:54:17"),
        ("1899-12-31 15:54:17", "1900-01-01 00:00:00"),
    ],
)
def test_shanghai_had_daylight_saving_and_before_1901_its_own_time(utc, shown):
    assert SHANGHAI.text(at(utc)) == shown


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        ("2026-11-01 05:59:59", "2026-11-01 01:59:59"),
        ("2026-11-01 06:00:00", "2026-11-01 01:00:00"),
        ("2026-03-08 06:59:59", "2026-03-08 01:59:59"),
        ("2026-03-08 07:00:00", "2026-03-08 03:00:00"),
        ("2099-07-01 12:00:00", "2099-07-01 08:00:00"),
    ],
)
def test_the_hour_of_a_change_is_shown_as_its_clocks_showed_it(utc, shown):
    assert CLOCKS["America/New_York"].text(at(utc)) == shown


@pytest.mark.parametrize(
    ("nanoseconds", "shown"),
    [(0, ""), (500_000_000, ".5"), (967_000_000, ".967"), (1, ".000000001"), (120_000, ".00012")],
)
def test_a_fraction_has_the_digits_that_it_needs(nanoseconds, shown):
    assert SHANGHAI.text(Instant(0, nanoseconds)) == f"1970-01-01 08:00:00{shown}"
    assert str(WallTime(0, nanoseconds)) == f"1970-01-01 00:00:00{shown}"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-62_167_219_200 - 29_143, "0000-01-01 00:00:00"),
        (-62_135_596_800 - 29_143, "0001-01-01 00:00:00"),
        (253_402_300_799 - 28_800, "9999-12-31 23:59:59"),
        (253_402_300_799, "10000-01-01 07:59:59"),
    ],
)
def test_years_that_python_lacks_are_shown(seconds, shown):
    assert SHANGHAI.text(Instant(seconds)) == shown


def test_daylight_saving_goes_on_in_years_that_python_lacks():
    summer = at("9998-07-01 12:00:00").seconds + 2 * 365 * times.DAY_S

    assert CLOCKS["America/New_York"].text(Instant(summer)) == "10000-06-30 08:00:00"


@given(st.integers(-(10**18), 10**18), st.sampled_from(NAMES))
def test_any_number_of_seconds_is_shown(seconds, name):
    assert CLOCKS[name].text(Instant(seconds))


@example(instant=datetime(1900, 12, 31, 15, 54, 16), name="Asia/Shanghai")  # noqa: DTZ001  -- made UTC
@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001  -- made UTC
    st.sampled_from(NAMES),
)
def test_clocks_agree_with_those_of_python(instant, name):
    whole = instant.replace(microsecond=0, tzinfo=UTC)
    shown = CLOCKS[name].text(Instant((whole - EPOCH) // timedelta(seconds=1)))

    assert shown == whole.astimezone(ZoneInfo(name)).replace(tzinfo=None).isoformat(sep=" ")


def test_what_is_remembered_has_an_end(monkeypatch):
    monkeypatch.setattr(times, "_MOST_SPANS", 3)
    clock = ZoneClock(timezone(timedelta(hours=5, minutes=30)))
    shown = [clock.text(Instant(day * times.DAY_S)) for day in range(10)]

    assert shown[9] == "1970-01-10 05:30:00"
    assert len(clock._offsets) <= 3
