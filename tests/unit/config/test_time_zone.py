"""Whose midnight ends the day of a budget."""

from datetime import UTC, date, datetime, timedelta

import pytest

from odps_bot.config.rules import Rules, parse_rules
from odps_bot.errors import SettingsError


def in_zone(name):
    return parse_rules(f'time_zone = "{name}"\n', file_name="odps-bot.toml")


def at(text):
    return datetime.fromisoformat(f"{text}Z")


def test_without_a_time_zone_days_are_those_of_utc():
    rules = Rules()

    assert rules.today(at("2026-11-30T23:59:59")) == date(2026, 11, 30)
    assert rules.today(at("2026-12-01T00:00:00")) == date(2026, 12, 1)


def test_the_day_of_maxcomputes_bills_begins_at_16_utc():
    rules = in_zone("Asia/Shanghai")

    assert rules.today(at("2026-11-30T15:59:59")) == date(2026, 11, 30)
    assert rules.today(at("2026-11-30T16:00:00")) == date(2026, 12, 1)
    assert rules.beginning_of_today(at("2026-11-30T16:00:00")) == at("2026-11-30T16:00:00")


@pytest.mark.parametrize(
    ("zone", "noon", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T10:00:00", 23),
        ("Europe/Berlin", "2026-10-25T11:00:00", 25),
        ("Australia/Lord_Howe", "2026-04-05T01:00:00", 24.5),
        ("Asia/Kathmandu", "2026-05-05T05:00:00", 24),
    ],
)
def test_a_day_is_as_long_as_it_is_there(zone, noon, hours):
    rules = in_zone(zone)
    begins = rules.beginning_of_today(at(noon))
    ends = begins + timedelta(hours=hours)

    assert rules.today(begins) == rules.today(at(noon)) == rules.today(ends - timedelta(seconds=1))
    assert rules.today(begins - timedelta(seconds=1)) == rules.today(begins) - timedelta(days=1)
    assert rules.today(ends) == rules.today(begins) + timedelta(days=1)


def test_where_clocks_skip_midnight_the_day_begins_when_they_do():
    # Cairo, 24 April 2026: 00:00 becomes 01:00.
    rules = in_zone("Africa/Cairo")
    begins = rules.beginning_of_today(at("2026-04-24T10:00:00"))

    assert begins == at("2026-04-23T22:00:00")
    assert rules.today(begins) == date(2026, 4, 24)
    assert rules.today(begins - timedelta(seconds=1)) == date(2026, 4, 23)
    assert begins.tzinfo is UTC


@pytest.mark.parametrize("name", ["+08:00", "UTC+8", "GMT+8", "Etc/GMT-8", "8", "GMT0"])
def test_an_offset_is_no_time_zone(name):
    with pytest.raises(
        SettingsError, match=r"line 1 \(time_zone\): .* is an offset.*Asia/Shanghai"
    ):
        in_zone(name)


def test_a_misspelt_name_is_told_with_its_line_and_the_right_one():
    with pytest.raises(SettingsError, match=r'line 1 .*did you mean "Asia/Shanghai"\?'):
        in_zone("Asia/Shanghia")


@pytest.mark.parametrize("name", ["", "Peking time", "localtime", "right/UTC", "Asia", "../UTC"])
def test_what_is_no_zone_is_refused_with_the_remedy(name):
    with pytest.raises(SettingsError, match="is not a time zone"):
        in_zone(name)


def test_a_number_is_no_time_zone():
    with pytest.raises(SettingsError, match=r"line 1 \(time_zone\)"):
        parse_rules("time_zone = 8\n", file_name="odps-bot.toml")
