"""Cells: what is a number, which numbers are grouped, and what NULL and empty texts look like."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import Instant, ZoneClock
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.messages.results.cells import (
    are_days,
    column_formats,
    exact_number,
    inferred_type,
    number_text,
    quoted,
    value_text,
)
from odps_bot.runs import Table

SHANGHAI = ZoneClock(timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-5", -5),
        ("1204", 1204),
        ("1.50", 1.5),
        ("0.1", 0.1),
        ("1.0E10", 10_000_000_000),
        ("1.0E-7", 1e-07),
        ("9007199254740992", 2**53),
        ("9007199254740993", None),
        ("9007199254740994", None),
        ("-9223372036854775808", None),
        ("0.12345678901234567890", None),
        ("1e999", None),
        ("NaN", None),
        ("Infinity", None),
        ("", None),
        ("1,000", None),
        ("0x10", None),
        ("١٢", None),
        ("9" * 1_000_000, None),
    ],
)
def test_a_number_is_exact_or_none(text, number):
    assert exact_number(text) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_is_exact_up_to_where_whole_numbers_are(number):
    found = exact_number(repr(number))

    assert found == number or (found is None and abs(number) > 2**53)


@given(st.integers(-(2**70), 2**70))
def test_no_digit_of_a_whole_number_is_ever_lost(number):
    assert exact_number(str(number)) in {number, None}


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (["1", "-2", None], "bigint"),
        (["1", "2.5"], "double"),
        (["2.5", "1"], "double"),
        (["1", "x"], "string"),
        (["007"], "string"),
        (["+1"], "string"),
        (["1e5"], "string"),
        (["-0", "1"], "bigint"),
        (["9007199254740993"], "string"),
        ([None, None], "string"),
        ([], "string"),
        ([""], "string"),
    ],
)
def test_a_type_that_nobody_tells_is_a_number_only_if_all_cells_are(cells, name):
    assert inferred_type(cells) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("999", "999"),
        ("1204", "1,204"),
        ("-1234567.891", "-1,234,567.891"),
        ("1.0E10", "1.0E10"),
        ("NaN", "NaN"),
        ("0.00001", "0.00001"),
    ],
)
def test_thousands_are_separated(text, shown):
    assert number_text(text, is_grouped=True) == shown
    assert number_text(text, is_grouped=False) == text


@pytest.mark.parametrize(
    ("name", "is_grouped"),
    [
        ("amount", True),
        ("orders", True),
        ("seconds", True),
        ("width", True),
        ("amount_paid", True),
        ("orders_per_day", True),
        ("id", False),
        ("user_id", False),
        ("userId", False),
        ("orderID", False),
        ("userid", False),
        ("zip_code", False),
        ("PHONE", False),
        ("ds", False),
        ("dt", False),
        ("order_year", False),
        ("month", False),
        ("", True),
        ("金额", True),
    ],
)
def test_ids_and_parts_of_dates_are_never_grouped(name, is_grouped):
    table = Table(
        columns=(name,), types=("bigint",), rows=(("1234567",),), column_count=1, row_count=1
    )

    (form,) = column_formats(table)
    assert form.is_number
    assert form.is_grouped is is_grouped


def test_days_are_never_grouped():
    rows = (("20261122", "20261122"), ("20261231", "20261301"))
    table = Table(
        columns=("a", "b"), types=("bigint", "bigint"), rows=rows, column_count=2, row_count=2
    )

    assert [form.is_grouped for form in column_formats(table)] == [False, True]
    assert not are_days([])
    assert not are_days([None])


def test_without_types_all_is_text():
    table = Table(columns=("a",), rows=(("1",),), column_count=1, row_count=1)

    assert not column_formats(table)[0].is_number


def test_null_and_texts_that_look_like_it_differ():
    shown = [quoted(cell) for cell in (None, "NULL", "", " ", '""', "x")]

    assert shown == ["NULL", '"NULL"', '""', '" "', '""""', "x"]


@pytest.mark.parametrize(
    ("value", "type_name", "text"),
    [
        (True, "boolean", "true"),
        (5, "bigint", "5"),
        (1.5, "double", "1.5"),
        (Decimal("1E+3"), "decimal", "1000"),
        (Decimal("1.50"), "decimal", "1.50"),
        (date(2026, 11, 22), "date", "2026-11-22"),
        (Instant(1_795_348_800), "datetime", "2026-11-22 20:00:00"),
        (datetime(2026, 11, 22, 12), "timestamp_ntz", "2026-11-22 12:00:00"),  # noqa: DTZ001  -- it is
        (timedelta(days=1, hours=2), "interval_day_time", "1 02:00:00.000000000"),
        (-timedelta(milliseconds=5), "interval_day_time", "-0 00:00:00.005000000"),
        (b"abc", "binary", "abc"),
        (b"\xff\x00", "binary", "0xff00"),
        (b"\x00", "binary", "0x00"),
        (["a", None], "array<string>", '["a", null]'),
        ({1: Decimal("1.5")}, "map<bigint,decimal>", '{"1": "1.5"}'),
        ("x", "json", '"x"'),
        ({"城": b"\xff"}, "json", '{"城": "0xff"}'),
    ],
)
def test_values_become_text(value, type_name, text):
    assert value_text(value, parse_data_type(type_name), clock=SHANGHAI) == text
