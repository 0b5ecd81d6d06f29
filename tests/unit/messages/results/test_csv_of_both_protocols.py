"""A file has the same bytes whether its rows came as Arrow or one by one."""

import hashlib
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odps_bot.maxcompute import Column, ZoneClock
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.maxcompute.tunnel import rows as by_rows
from odps_bot.maxcompute.tunnel.arrow import columns as by_arrow
from odps_bot.messages.results.spreadsheet import csv_line, csv_lines
from tests.unit.maxcompute.tunnel.arrow_wire import chunks, messages, pieces, record_batch
from tests.unit.maxcompute.tunnel.row_wire import rows_stream

NEW_YORK = ZoneInfo("America/New_York")
NAN, INFINITY = float("nan"), float("inf")

#: Of every type that Arrow has, on the wire: (seconds, nanoseconds), milliseconds, days.
VALUES = {
    "tinyint": [-128, 0, 127],
    "smallint": [-(2**15), 7],
    "int": [-(2**31), 2**31 - 1],
    "bigint": [-(2**63), 2**63 - 1, 1_234_567_890_123_456_789],
    "float": [0.1, -1.5, NAN, INFINITY, -INFINITY, 3e38],
    "double": [0.1, -0.0, 1e22, 5e-324, NAN, INFINITY, -INFINITY],
    "boolean": [True, False],
    "string": [
        "", "plain", "北京, 上海", 'say "hi"', "=1+1", " =1", "-1+1", "-1.5", "+8613800138000",
        "@x", "\uff1d1", "\u200b=1", "\ufeff=1", "\u3000=1", "\t=1", "line\r\nline",
        "nul\x00", "\n", "é", "😀",
    ],
    "char(5)": ["ab", "=a"],
    "varchar(5)": ["x@y", "-"],
    "binary": [b"text", b"\xff\x00", b"=1", b"", "北".encode()],
    "decimal(10,3)": ["-0.001", "0.000", "1234567.890"],
    "decimal(38,18)": ["-99999999999999999999.999999999999999999", "0.500000000000000000"],
    "decimal(60,2)": ["-1.50", "9" * 58 + ".99"],
    "decimal(5,0)": ["-12", "0"],
    "date": [-25_568, -25_567, 0, 20_000, -719_528, -719_900, -800_000, 2_932_896, 2_932_897],
    "datetime": [-2_208_988_800_001, -1, 0, 1_772_953_200_000, 1_772_953_199_999, 1_793_512_800_123,
                 -62_167_219_200_000, 253_402_300_799_999],
    "timestamp": [(-1, 1), (0, 0), (1_793_512_800, 123_456_789), (-2_208_988_801, 500_000_000),
                  (-62_167_219_200, 9), (253_402_300_799, 999_999_999)],
    "timestamp_ntz": [(-1, 1), (0, 0), (86_399, 100), (-62_167_219_200, 9), (253_402_300_799, 1)],
    "interval_day_time": [(0, 0), (-90_061, 5_000), (93_784, 5_000_000), (-1, 0)],
}  # fmt: skip


def both_files(types, rows):
    """Return the file's bytes of rows that come as Arrow, one by one, and written row by row."""
    columns = tuple(Column(f"c{n}", parse_data_type(name)) for n, name in enumerate(types))
    assert by_arrow.is_readable(columns)
    half = len(rows) // 2 or 1
    batches = [record_batch(types, part) for part in (rows[:half], rows[half:])]
    arrow = by_arrow.decode_batches(
        chunks(pieces(messages(*batches))), columns, len(rows), has_exact_times=True
    )
    plain = list(
        by_rows.decode_batches(chunks(rows_stream(types, rows)), columns, has_exact_times=True)
    )
    clock = ZoneClock(NEW_YORK)
    return (
        b"".join(csv_lines(batch, columns, clock=clock) for batch in arrow),
        b"".join(csv_lines(batch, columns, clock=clock) for batch in plain),
        b"".join(
            csv_line(row, columns, clock=ZoneClock(NEW_YORK))
            for batch in plain
            for row in batch.rows()
        ),
    )


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("nulls", [[], [None], [None] * 20])
def test_a_column_of_every_type_is_written_alike(name, nulls):
    arrow, plain, line_by_line = both_files([name], [(v,) for v in [*VALUES[name], *nulls]])

    assert arrow == plain == line_by_line


@pytest.mark.parametrize("value", VALUES["string"])
def test_a_text_alone_is_written_alike(value):
    arrow, plain, line_by_line = both_files(["string"], [(value,), ("x",)])

    assert arrow == plain == line_by_line


def test_a_table_of_all_types_has_one_checksum():
    rows = [
        tuple(None if (n + place) % 5 == 0 else values[n % len(values)]
              for place, values in enumerate(VALUES.values()))
        for n in range(300)
    ]  # fmt: skip
    sums = {hashlib.md5(file).hexdigest() for file in both_files(list(VALUES), rows)}

    assert len(sums) == 1


@pytest.mark.parametrize("name", [name for name in VALUES if name.startswith("decimal")])
def test_decimals_whose_zeros_are_left_out_are_written_alike(name):
    scale = int(name[:-1].split(",")[1])
    full = [(f"{text}.{'0' * scale}" if scale else text,) for text in ("0", "-7", "10")]
    arrow, _, _ = both_files([name], full)

    _, plain, line_by_line = both_files([name], [("0",), ("-7",), ("10",)])

    assert arrow == plain == line_by_line


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(max_size=6),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(),
            st.none() | st.integers(-62_167_219_200_000, 253_402_300_799_999),
        ),
        min_size=1,
    )
)
def test_any_rows_are_written_alike(rows):
    arrow, plain, line_by_line = both_files(["string", "bigint", "double", "datetime"], rows)

    assert arrow == plain == line_by_line
