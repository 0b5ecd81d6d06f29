"""Arrow that pyarrow has written is read alike, and whatever else comes is malformed."""

import struct
import tracemalloc
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import Column, Instant, MalformedResponseError, WallTime
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.maxcompute.tunnel.arrow.columns import decode_batches, is_readable
from tests.unit.maxcompute.tunnel.arrow_wire import chunks, messages, pieces, record_batch

LONG = "12345678901234567890"

CASES = {
    "tinyint": [(-128, -128), (127, 127)],
    "smallint": [(-(2**15), -(2**15))],
    "int": [(2**31 - 1, 2**31 - 1)],
    "bigint": [(-(2**63), -(2**63)), (2**63 - 1, 2**63 - 1)],
    "float": [(0.5, 0.5), (float("inf"), float("inf"))],
    "double": [(0.1, 0.1), (float("-inf"), float("-inf"))],
    "boolean": [(True, True), (False, False)],
    "string": [("", ""), ("a", "a"), ("北京", "北京"), ("a\x00b", "a\x00b")],
    "char(5)": [("ab", "ab")],
    "varchar(5)": [("ab", "ab")],
    "binary": [(b"\xff\x00", b"\xff\x00"), (b"", b"")],
    "decimal(10,3)": [("-0.001", Decimal("-0.001")), ("1.5", Decimal("1.500"))],
    "decimal(38,18)": [
        (f"{LONG}.{'9' * 18}", Decimal(f"{LONG}.{'9' * 18}")),
        ("-0.5", Decimal("-0.500000000000000000")),
    ],
    "decimal(5,0)": [("-12", Decimal(-12))],
    "decimal(54,18)": [("-1.5", Decimal("-1.500000000000000000")), ("1" * 36, Decimal("1" * 36))],
    "date": [(-719_162, date(1, 1, 1)), (0, date(1970, 1, 1)), (-719_528, "0000-01-01")],
    "datetime": [
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC)),
        (-62_200_000_000_000, Instant(-62_200_000_000)),
    ],
    "timestamp": [
        ((-1, 999_999_999), datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)),
        ((253_402_300_800, 1), Instant(253_402_300_800, 1)),
    ],
    "timestamp_ntz": [
        ((1, 5), datetime(1970, 1, 1, 0, 0, 1)),  # noqa: DTZ001  -- on a clock
        ((-62_200_000_000, 5), WallTime(-62_200_000_000, 5)),
    ],
    "interval_day_time": [((-90_061, 5_000), timedelta(seconds=-90_061, microseconds=5))],
}  # fmt: skip


def columns(*types):
    return tuple(Column(f"c{n}", parse_data_type(name)) for n, name in enumerate(types))


def read(stream, types, count, *, has_exact_times=False, size=1000):
    found = decode_batches(
        chunks(stream, size), columns(*types), count, has_exact_times=has_exact_times
    )
    return [row for batch in found for row in batch.rows()]


@pytest.mark.parametrize("name", CASES)
def test_values_of_every_type_and_null_are_read(name):
    given, expected = zip(*CASES[name], (None, None), strict=True)
    stream = pieces(messages(record_batch([name], [(value,) for value in given])))

    assert read(stream, [name], len(given)) == [(value,) for value in expected]


@pytest.mark.parametrize("name", CASES)
def test_a_column_of_nulls_alone_is_read(name):
    stream = pieces(messages(record_batch([name], [(None,)] * 9)))

    assert read(stream, [name], 9) == [(None,)] * 9


def test_exact_times_have_nanoseconds():
    types = ("datetime", "timestamp", "timestamp_ntz")
    stream = pieces(messages(record_batch(types, [(-1, (5, 7), (-6, 8))])))

    assert read(stream, types, 1, has_exact_times=True) == [
        (Instant(-1, 999_000_000), Instant(5, 7), WallTime(-6, 8))
    ]


@pytest.mark.parametrize("name", ["array<int>", "map<int,int>", "struct<a:int>", "json", "decimal",
                                  "decimal(77,2)", "interval_year_month", "new_type"])  # fmt: skip
def test_other_types_come_by_rows(name):
    assert not is_readable(columns("bigint", name))


def test_no_columns_come_by_rows():
    assert not is_readable(())


def numbers(count, *, batch_rows=1000):
    rows = [(n, None if n % 7 == 0 else f"text {n}") for n in range(count)]
    types = ("bigint", "string")
    batches = [
        record_batch(types, rows[start : start + batch_rows])
        for start in range(0, count, batch_rows)
    ]
    return rows, types, batches


@pytest.mark.parametrize("size", [1, 7, 1000, 10**9])
@pytest.mark.parametrize("piece_bytes", [1, 8, 1000, 64 * 1024])
@pytest.mark.parametrize("has_end", [True, False])
def test_pieces_and_chunks_of_any_size_are_read(size, piece_bytes, has_end):
    rows, types, batches = numbers(50, batch_rows=20)
    stream = pieces(messages(*batches, has_end=has_end), piece_bytes)

    assert read(stream, types, 50, size=size) == rows


def test_a_batch_of_many_rows_is_read_in_parts():
    rows, types, batches = numbers(10_000, batch_rows=10_000)
    stream = pieces(messages(*batches))

    found = list(decode_batches(chunks(stream), columns(*types), 10_000, has_exact_times=True))

    assert max(batch.row_count for batch in found) < 5_000
    assert [row for batch in found for row in batch.rows()] == rows


def test_empty_batches_and_a_schema_are_passed_over():
    rows, types, batches = numbers(5)
    empty = record_batch(types, [])
    content = messages(empty, *batches, empty)
    sink = pa.BufferOutputStream()
    pa.ipc.new_stream(sink, empty.schema).close()
    schema = sink.getvalue().to_pybytes()[:-8]

    assert read(pieces(schema + content), types, 5) == rows


def test_messages_of_older_writers_are_read():
    rows, types, batches = numbers(5)
    options = pa.ipc.IpcWriteOptions(use_legacy_format=True)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema, options=options) as writer:
        schema_bytes = sink.tell()
        writer.write_batch(batches[0])

    assert read(pieces(sink.getvalue().to_pybytes()[schema_bytes:]), types, 5) == rows


def test_a_stream_whose_last_piece_is_full_needs_no_checksum_of_all():
    rows, types, batches = numbers(5)
    content = messages(*batches)

    assert read(pieces(content, len(content))[:-4], types, 5) == rows


@pytest.mark.parametrize("count", [4, 6])
def test_fewer_or_more_rows_than_announced_are_malformed(count):
    _, types, batches = numbers(5)

    with pytest.raises(MalformedResponseError, match="Expected"):
        read(pieces(messages(*batches)), types, count)


def test_compressed_batches_are_malformed():
    _, types, batches = numbers(5)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema, options=options) as writer:
        schema_bytes = sink.tell()
        writer.write_batch(batches[0])

    with pytest.raises(MalformedResponseError, match="compressed"):
        read(pieces(sink.getvalue().to_pybytes()[schema_bytes:]), types, 5)


def test_rows_behind_the_last_are_malformed_before_the_last_is_read():
    _, types, batches = numbers(5)
    stream = pieces(messages(*batches, *batches))
    found = decode_batches(chunks(stream), columns(*types), 5, has_exact_times=True)

    with pytest.raises(MalformedResponseError):
        next(found)


@given(place=st.integers(0, 10**9), change=st.integers(1, 255))
def test_a_changed_byte_never_goes_unnoticed(place, change):
    rows, types, batches = numbers(30, batch_rows=10)
    stream = bytearray(pieces(messages(*batches), 500))
    stream[place % len(stream)] ^= change

    found = []
    with pytest.raises(MalformedResponseError):
        found.extend(read_one_by_one(bytes(stream), types, 30))

    assert found == rows[: len(found)]


@given(length=st.integers(0, 10**9))
def test_a_stream_that_ends_early_is_noticed(length):
    rows, types, batches = numbers(30, batch_rows=10)
    stream = pieces(messages(*batches), 500)

    found = []
    with pytest.raises(MalformedResponseError):
        found.extend(read_one_by_one(stream[: length % len(stream)], types, 30))

    assert found == rows[: len(found)]


def read_one_by_one(stream, types, count):
    for batch in decode_batches(chunks(stream), columns(*types), count, has_exact_times=True):
        yield from batch.rows()


@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6))
def test_hostile_metadata_with_right_checksums_are_read_or_malformed(changes):
    types = ("bigint", "string", "decimal(20,2)", "timestamp", "boolean")
    rows = [(n, "abc" * n, f"{n}.25", (n, n), n % 2 == 0) for n in range(9)]
    content = bytearray(messages(record_batch(types, [*rows, (None,) * 5])))
    for place, byte in changes:
        content[place % len(content)] = byte

    with suppress(MalformedResponseError):
        read(pieces(bytes(content)), types, 14)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_any_stream_is_read_or_malformed(parts):
    with pytest.raises(MalformedResponseError):
        list(decode_batches(iter(parts), columns("bigint", "string"), 1, has_exact_times=True))


@pytest.mark.parametrize(
    "prefix", [struct.pack("<iI", -1, 2**31), struct.pack(">I", 2**31), b"\0" * 4]
)
def test_lengths_that_would_fill_the_memory_are_refused_before(prefix):
    endless = (bytes(64 * 1024) for _ in range(10_000))
    stream = (part for part in (prefix, *[next(endless)] * 4_000))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedResponseError):
            list(decode_batches(stream, columns("bigint"), 1, has_exact_times=True))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10 * 2**20


def test_a_stream_that_goes_on_without_rows_is_given_up():
    empty = messages(record_batch(["bigint"], []), has_end=False)
    row = messages(record_batch(["bigint"], [(1,)]), has_end=False)

    def endless():
        whole = 0
        content = row + empty * 2_000
        yield pieces(content)
        while True:
            whole += 1
            assert whole < 2, "read on for ever"
            yield b""

    with pytest.raises(MalformedResponseError, match="goes on"):
        list(decode_batches(endless(), columns("bigint"), 1, has_exact_times=True))


def test_wide_rows_become_cells_fewer_at_a_time():
    types = ["bigint"] * 300
    long = [("x" * 4096,)] * 2000
    wide = [(1,) * 300] * 4000

    for names, rows in ((["string"], long), (types, wide)):
        stream = pieces(messages(record_batch(names, rows)))
        batches = list(
            decode_batches(chunks(stream), columns(*names), len(rows), has_exact_times=True)
        )
        assert max(batch.row_count for batch in batches) <= 256
        assert sum(batch.row_count for batch in batches) == len(rows)
