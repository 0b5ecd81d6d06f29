import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute.tunnel.csv_lines import csv_line


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", '""'),
        ('a"b,c\r\nd', '"a""b,c\r\nd"'),
        (b"caf\xc3\xa9", '"café"'),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
        (True, "True"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        ([1, None, "中"], '"[1, null, ""中""]"'),
        ({date(2026, 1, 2): Decimal("1.5")}, '"{""2026-01-02"": ""1.5""}"'),
    ],
)
def test_every_kind_of_value_has_its_form(value, cell):
    assert csv_line([value, 1]) == f"{cell},1\r\n"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_any_texts_are_read_back_by_others(texts):
    assert next(csv.reader(io.StringIO(csv_line(texts), newline=""))) == texts


@given(st.dictionaries(st.text(), st.lists(st.none() | st.integers() | st.text())))
def test_composite_values_are_json(value):
    (cell,) = next(csv.reader(io.StringIO(csv_line([value]).replace("\0", ""), newline="")))

    assert json.loads(cell) == value
