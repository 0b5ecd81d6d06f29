"""The CSV: read back it says what MaxCompute said, and no spreadsheet runs any of it."""

import csv
import io
from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import Column, Instant, WallTime, ZoneClock
from odps_bot.maxcompute.models.data_types import STRING, parse_data_type
from odps_bot.messages.results.spreadsheet import csv_header, csv_line, has_long_numbers
from odps_bot.runs import Table

NOON = Instant(1_795_348_800)  # 22 November 2026, 12:00 UTC
UTC_CLOCK = ZoneClock(UTC)
SHANGHAI = ZoneClock(ZoneInfo("Asia/Shanghai"))


def columns(*types):
    return tuple(Column(f"c{n}", parse_data_type(name)) for n, name in enumerate(types))


def line(*values, types=None):
    return csv_line(values, columns(*(types or ["string"] * len(values))), clock=UTC_CLOCK)


def read(content):
    return next(csv.reader(io.StringIO(content.decode(), newline="")))


def test_the_file_begins_with_the_mark_that_excel_needs():
    assert csv_header(columns("string", "bigint")) == b'\xef\xbb\xbf"c0","c1"\r\n'


def test_null_is_empty_and_an_empty_text_is_quoted():
    assert line(None, "", None) == b',"",\r\n'


def test_texts_are_quoted_and_numbers_bare():
    types = ("string", "bigint", "double", "decimal", "boolean", "datetime")
    row = line('say "hi"\r\n, ok', -5, 1.5, Decimal("1.50"), False, NOON, types=types)

    assert row == b'"say ""hi""\r\n, ok",-5,1.5,1.50,false,2026-11-22 12:00:00\r\n'


def test_times_are_written_in_the_zone_of_the_job():
    row = csv_line((NOON,), columns("datetime"), clock=SHANGHAI)

    assert row == b"2026-11-22 20:00:00\r\n"


def test_times_without_a_zone_are_written_as_they_are():
    row = csv_line((WallTime(0, 500_000_000),), columns("timestamp_ntz"), clock=SHANGHAI)

    assert row == b"1970-01-01 00:00:00.5\r\n"


def test_times_in_arrays_maps_and_structs_are_in_the_zone_of_the_job_too():
    types = ("array<datetime>", "map<timestamp,date>", "struct<a:array<timestamp>>")
    row = ([NOON, None], {NOON: "x"}, {"a": [NOON]})

    assert read(csv_line(row, columns(*types), clock=SHANGHAI)) == [
        '["2026-11-22 20:00:00", null]',
        '{"2026-11-22 20:00:00": "x"}',
        '{"a": ["2026-11-22 20:00:00"]}',
    ]


def test_arrays_maps_and_json_are_json():
    row = line(["a", None], {"k": 1}, {"x": [1]}, "x", types=(
        "array<string>", "map<string,bigint>", "json", "json",
    ))  # fmt: skip

    assert read(row) == ['["a", null]', '{"k": 1}', '{"x": [1]}', '"x"']


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u200b=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A",
        "=cmd|' /C calc'!A0",
        "-",
        "+",
        "-2+3+cmd|' /C calc'!A0",
        "--1",
    ],
)
def test_formulas_become_text(formula):
    assert read(line(formula)) == [f"'{formula}"]


@pytest.mark.parametrize("number", ["-1.5", "+1", "-5", "-1.5e-10", "+8613800138000"])
def test_numbers_stay_numbers(number):
    assert read(line(number)) == [number]


@pytest.mark.parametrize("text", ["a=1", "1-1", "北京", "a\tb", "x@y.example", "'=1"])
def test_other_texts_stay_as_they_are(text):
    assert read(line(text)) == [text]


def test_names_of_columns_are_defused_too():
    header = csv_header([Column("=1+1", STRING)])

    assert header.endswith(b'"\'=1+1"\r\n')


def test_what_utf_8_cannot_carry_is_replaced():
    assert read(line("a\ud83d\x00b")) == ["a?\ufffdb"]


@given(st.lists(st.text() | st.none(), min_size=1, max_size=6))
def test_texts_are_read_as_they_were_but_for_formulas(cells):
    row = line(*cells)

    (read_back,) = csv.reader(io.StringIO(row.decode(), newline=""), strict=True)
    for cell, found in zip(cells, read_back or [""], strict=True):
        same = (cell or "").encode(errors="replace").decode().replace("\x00", "\ufffd")
        assert found in {same, f"'{same}"}
        assert found[:1] not in set("=@\t\r")


def table(*times, types=("datetime",)):
    return Table(
        columns=("t",),
        types=types,
        rows=tuple((time,) for time in times),
        column_count=1,
        row_count=len(times),
    )


@pytest.mark.parametrize(
    ("cell", "is_long"),
    [
        ("123456789012345", False),
        ("1234567890123456", True),
        ("-1234567890123456", True),
        ("1234567890123456x", False),
        ("20261122", False),
        (None, False),
    ],
)
def test_numbers_that_excel_would_not_keep_are_noticed(cell, is_long):
    assert has_long_numbers(table("1", cell)) is is_long
    assert not has_long_numbers(None)
