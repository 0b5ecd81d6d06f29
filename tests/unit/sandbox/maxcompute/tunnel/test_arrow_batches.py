"""Arrow streams, judged by pyarrow and by PyODPS's reader of their frames."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from odps.errors import ChecksumError
from odps.tunnel.io.reader import ArrowStreamReader
from odps.tunnel.io.types import odps_type_to_arrow_type
from odps.types import validate_data_type

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import DataType, parse_type
from odps_bot.sandbox.maxcompute.tunnel.arrow_batches import encode_batches
from odps_bot.sandbox.maxcompute.tunnel.arrow_columns import has_arrow_type
from odps_bot.sandbox.maxcompute.tunnel.checksum import crc32c, extend_in_python
from odps_bot.sandbox.maxcompute.tunnel.pieces import in_pieces

SECONDS = pa.struct([("sec", pa.int64()), ("nano", pa.int32())])


def read(types, rows, *, wire_types=None, size=65_536, **form):
    """Return the batches of rows after a way through their frames."""
    columns = [Column(f"c{index}", data_type(text)) for index, text in enumerate(types)]
    stream = b"".join(in_pieces(encode_batches(columns, rows, **form), size=size))
    expected = wire_types or [odps_type_to_arrow_type(validate_data_type(text)) for text in types]
    schema = pa.schema([(f"c{index}", wire) for index, wire in enumerate(expected)])
    batches = list(pa.ipc.open_stream(ArrowStreamReader(BytesIO(stream), schema)))
    for batch in batches:
        batch.validate(full=True)
    return batches


def clock(*parts):
    """Return a time without a zone."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


def data_type(text):
    # No column of a table has it, but results have.
    return DataType(text) if text == "interval_day_time" else parse_type(text)


def rows_of(batches):
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


PLAIN = {
    "tinyint": -128,
    "smallint": -(2**15),
    "int": 2**31 - 1,
    "bigint": -(2**63),
    "float": 0.5,
    "double": 1e300,
    "boolean": False,
    "string": "中文 and\x00 'more'",
    "varchar(3)": "abc",
    "char(3)": "",
    "binary": b"\x00\xff",
    "decimal(10,2)": Decimal("-1.50"),
    "decimal(38,18)": Decimal("-12345678901234567890.123456789012345678"),
    "date": date(1969, 12, 31),
    "array<bigint>": [1, None, 3],
    "map<string,bigint>": {"a": 1, "b": None},
    "struct<a:bigint,b:array<string>>": {"a": None, "b": ["x"]},
    "array<array<int>>": [[1], [], None],
}


@pytest.mark.parametrize(("name", "value"), PLAIN.items())
def test_pyarrow_reads_every_type(name, value):
    rows = [(value,), (None,), (value,)]

    expected = list(value.items()) if name.startswith("map") else value
    assert rows_of(read([name], rows)) == [(expected,), (None,), (expected,)]
    assert rows_of(read([name], [(value,)])) == [(expected,)]
    assert rows_of(read([name], [(None,)])) == [(None,)]


def test_all_columns_are_in_one_batch():
    (batch,) = read(PLAIN, [tuple(PLAIN.values()), (None,) * len(PLAIN)])

    assert batch.num_columns == len(PLAIN)
    assert [column.null_count for column in batch.columns] == [1] * len(PLAIN)


@pytest.mark.parametrize("name", ["timestamp", "timestamp_ntz"])
def test_timestamps_are_seconds_and_nanoseconds(name):
    values = [clock(1969, 12, 31, 23, 59, 59, 999_999), None, clock(9999, 12, 31)]

    batches = read([name], [(value,) for value in values], wire_types=[SECONDS])

    assert rows_of(batches) == [
        ({"sec": -1, "nano": 999_999_000},),
        (None,),
        ({"sec": 253_402_214_400, "nano": 0},),
    ]


def test_timestamps_within_others_are_nanoseconds_in_one_number():
    types = ["array<timestamp>", "timestamp"]
    value = clock(2026, 1, 2, 3, 4, 5, 678_901)

    (row,) = rows_of(read(types, [([value], value)], has_timestamp_structs=False))

    assert [row[0][0].to_pydatetime(), row[1].to_pydatetime()] == [value, value]


def test_spans_are_seconds_and_nanoseconds():
    rows = [(timedelta(seconds=-1, microseconds=500_000),), (None,)]

    assert rows_of(read(["interval_day_time"], rows)) == [
        ({"sec": -1, "nano": 500_000_000},),
        (None,),
    ]


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")])
def test_datetimes_are_instants_of_the_clock_of_the_job(zone):
    value = clock(1989, 7, 1, 12, 0, 0, 123_000)

    ((found,),) = rows_of(read(["datetime"], [(value,)], zone=zone))

    assert found.replace(tzinfo=UTC) == value.replace(tzinfo=zone)


def test_year_0_which_python_lacks_can_be_sent():
    types = ["datetime", "date"]
    rows = [("0001-12-31 (BC) 23:59:59", "0001-12-31 (BC)")]

    batches = read(types, rows, wire_types=[pa.int64(), pa.int32()])

    assert rows_of(batches) == [(-62_135_596_801_000, -719_163)]


def test_decimals_of_the_old_edition_have_256_bits():
    rows = [(Decimal(10**35),), (Decimal("-0.000000000000000001"),)]

    assert rows_of(read(["decimal"], rows)) == rows


def test_thousands_of_rows_are_several_batches_and_pieces():
    random.seed(1)
    rows = [(n, "x" * random.randrange(100)) for n in range(10_000)]

    batches = read(["bigint", "string"], rows)

    assert len(batches) == 3
    assert rows_of(batches) == rows


def test_long_texts_end_a_batch_early():
    rows = [("x" * 3_000_000,)] * 5

    batches = read(["string"], rows)

    assert [batch.num_rows for batch in batches] == [2, 2, 1]


def test_no_rows_are_no_batch():
    assert read(["bigint"], []) == []


def test_a_stream_can_end_with_a_whole_piece():
    message = b"".join(encode_batches([Column("n", parse_type("bigint"))], [(1,)]))
    schema = pa.schema([("c0", pa.int64())])

    stream = b"".join(in_pieces([message], size=len(message)))

    assert stream[-4:] == stream[-8:-4], "the checksum of the piece, then that of the whole"
    reader = ArrowStreamReader(BytesIO(stream), schema)
    assert rows_of(pa.ipc.open_stream(reader)) == [(1,)]


def test_pyodps_notices_a_changed_byte_anywhere():
    columns = [Column("n", parse_type("bigint"))]
    stream = bytearray(b"".join(in_pieces(encode_batches(columns, [(7,)] * 20), size=100)))
    schema = pa.schema([("n", pa.int64())])
    for place in (50, 110, len(stream) - 1):
        changed = bytes(stream[:place]) + bytes([stream[place] ^ 1]) + bytes(stream[place + 1 :])

        with pytest.raises(ChecksumError):
            ArrowStreamReader(BytesIO(changed), schema).read()


def test_arrow_cannot_carry_json():
    assert not has_arrow_type(parse_type("json"))
    assert not has_arrow_type(parse_type("array<json>"))
    assert all(has_arrow_type(parse_type(text)) for text in PLAIN)


def test_both_ways_to_the_checksum_agree():
    content = random.Random(2).randbytes(1_001)

    assert crc32c(content) == extend_in_python(0, content)
    assert crc32c(content[500:], crc32c(content[:500])) == crc32c(content)
    assert extend_in_python(crc32c(content[:500]), content[500:]) == crc32c(content)
