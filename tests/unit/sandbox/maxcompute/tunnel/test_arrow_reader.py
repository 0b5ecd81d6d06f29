"""Uploaded streams: what the writers encode comes back, and nothing else ends in a crash."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import DataType, parse_type
from odps_bot.sandbox.maxcompute.tunnel.arrow_batches import encode_batches
from odps_bot.sandbox.maxcompute.tunnel.arrow_reader import decode_batches, without_pieces
from odps_bot.sandbox.maxcompute.tunnel.pieces import in_pieces
from odps_bot.sandbox.maxcompute.tunnel.row_reader import decode_rows
from odps_bot.sandbox.maxcompute.tunnel.rows import encode_rows

ZONE = ZoneInfo("Asia/Shanghai")


def clock(*parts):
    """Return a time without a zone."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


TYPES = {
    "tinyint": -1,
    "smallint": 2**15 - 1,
    "int": 2**31 - 1,
    "bigint": -(2**63),
    "float": 0.5,
    "double": 1e300,
    "boolean": False,
    "string": "中文 and\0 'more'",
    "char(3)": "abc",
    "varchar(3)": "",
    "binary": b"\x00\xff",
    "decimal(10,2)": Decimal("-1.50"),
    "decimal(38,0)": Decimal(10**37),
    "date": date(1969, 12, 31),
    "datetime": clock(1989, 7, 1, 12, 0, 0, 123_000),
    "timestamp": clock(1940, 7, 1, 12, 0, 0, 123_456),
    "timestamp_ntz": clock(1969, 12, 31, 23, 59, 59, 999_999),
    "array<bigint>": [1, None, 3],
    "map<string,array<int>>": {"a": [1], "b": None},
    "struct<a:bigint,b:map<string,date>>": {"a": None, "b": {"x": date(2026, 1, 2)}},
}
COLUMNS = [Column(f"c{place}", parse_type(text)) for place, text in enumerate(TYPES)]
COLUMNS.append(Column("span", DataType("interval_day_time")))
ROW = (*TYPES.values(), timedelta(days=-2, microseconds=5))
ROWS = [ROW, (None,) * len(ROW), ROW]


def rows_stream():
    return b"".join(encode_rows(COLUMNS, ROWS, zone=ZONE))


def arrow_stream(size=65_536):
    batches = encode_batches(COLUMNS, ROWS, zone=ZONE, has_timestamp_structs=False)
    return b"".join(in_pieces(batches, size=size))


def test_rows_come_back():
    assert list(decode_rows(rows_stream(), COLUMNS, zone=ZONE)) == ROWS


@pytest.mark.parametrize("size", [8, 100, 65_536])
def test_batches_come_back(size):
    assert list(decode_batches(arrow_stream(size), COLUMNS, zone=ZONE)) == ROWS


def test_several_batches_come_back():
    columns = [Column("a", parse_type("bigint")), Column("b", parse_type("string"))]
    rows = [(number, f"n{number}") for number in range(10_000)]
    stream = b"".join(in_pieces(encode_batches(columns, rows)))

    assert list(decode_batches(stream, columns, zone=UTC)) == rows


def test_batches_of_pyarrow_are_read_whatever_their_nulls_hide():
    null_days = pa.Array.from_buffers(
        pa.date32(), 2, [pa.py_buffer(b"\x02"), pa.py_buffer(b"\xff\xff\xff\x7f\x01\0\0\0")]
    )
    batch = pa.RecordBatch.from_arrays([null_days, pa.array(["", "x"])], names=["a", "b"])
    columns = [Column("a", parse_type("date")), Column("b", parse_type("string"))]
    stream = b"".join(in_pieces([batch.serialize().to_pybytes()]))

    assert list(decode_batches(stream, columns, zone=UTC)) == [(None, ""), (date(1970, 1, 2), "x")]


def test_compressed_batches_are_refused():
    batch = pa.RecordBatch.from_pydict({"a": [1] * 1_000})
    stream = b"".join(in_pieces([_compressed(batch)]))

    with pytest.raises(ValueError, match="compressed"):
        list(decode_batches(stream, [Column("a", parse_type("bigint"))], zone=UTC))


def _compressed(batch):
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    content = sink.getvalue().to_pybytes()
    return content[8 + int.from_bytes(content[4:8], "little") :]


def test_a_stream_that_ends_early_is_refused():
    for whole, decode in ((rows_stream(), decode_rows), (arrow_stream(100), decode_batches)):
        for end in range(len(whole)):
            with pytest.raises(ValueError, match=r"early|wrong|no message"):
                list(decode(whole[:end], COLUMNS, zone=ZONE))


def test_what_follows_the_last_row_is_refused():
    with pytest.raises(ValueError, match="follows"):
        list(decode_rows(rows_stream() + b"\0", COLUMNS, zone=ZONE))


@given(st.data())
def test_hostile_batches_are_values_or_refused(data):
    content = bytearray(without_pieces(arrow_stream()))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    stream = b"".join(in_pieces([bytes(content)]))

    try:
        rows = list(decode_batches(stream, COLUMNS, zone=ZONE))
    except ValueError:
        return
    assert len(rows) <= len(ROWS)


@given(st.binary(max_size=200))
def test_hostile_rows_are_values_or_refused(content):
    try:
        list(decode_rows(content, COLUMNS, zone=ZONE))
    except ValueError:
        return


@given(st.binary(max_size=200))
def test_hostile_frames_are_streams_or_refused(content):
    try:
        without_pieces(content)
    except ValueError:
        return
