import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sandbox.maxcompute.csv_text import csv_text, value_text
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import DataType, parse_type

#: Without a zone, as the engine hands it over.
NOON = datetime(2026, 1, 2, 12, 0, 5, tzinfo=UTC).replace(tzinfo=None)


def columns(*types):
    return [Column(f"c{index}", parse_type(text)) for index, text in enumerate(types)]


def cell(value, data_type):
    return csv_text(columns(data_type), [(value,)]).split("\n", 1)[1].removesuffix("\n")


def test_names_and_texts_are_quoted_and_numbers_are_not():
    text = csv_text(columns("bigint", "string"), [(1, "a"), (2, None)])

    assert text == '"c0","c1"\n1,"a"\n2,\\N\n'


def test_quotes_are_doubled_and_line_breaks_are_kept():
    assert cell('say "hi"\nthere, you', "string") == '"say ""hi""\nthere, you"'


def test_values_are_formatted_as_by_the_service():
    assert cell(5.1, "double") == "5.1"
    assert cell(Decimal("1.50"), "decimal(10,2)") == "1.50"
    assert cell(Decimal("1E+3"), "decimal(10,2)") == "1000"
    assert cell(True, "boolean") == "true"
    assert cell(date(2026, 1, 2), "date") == "2026-01-02"
    assert cell(NOON, "datetime") == "2026-01-02 12:00:05"
    assert cell(NOON.replace(microsecond=678000), "datetime") == "2026-01-02 12:00:05.678"
    assert cell(NOON.replace(microsecond=678000), "timestamp") == "2026-01-02 12:00:05.678"
    assert cell([1, None], "array<bigint>") == '"[1,null]"'
    assert cell({"é": 1}, "map<string,bigint>") == '"{""é"":1}"'


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=1, hours=2), "1 02:00:00.000000000"),
        (-timedelta(hours=2, milliseconds=5), "-0 02:00:00.005000000"),
    ],
)
def test_intervals_are_formatted_as_by_the_service(span, text):
    assert value_text(span, DataType("interval_day_time")) == text


@given(st.lists(st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]))))
def test_any_text_survives_a_round_trip_through_csv(texts):
    document = csv_text(columns("string"), [(text,) for text in texts])

    rows = list(csv.reader(io.StringIO(document, newline="")))
    assert rows == [["c0"], *([text] for text in texts)]
