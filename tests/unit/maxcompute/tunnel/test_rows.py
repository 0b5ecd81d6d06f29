from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import Column, Instant, MalformedResponseError, WallTime
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.maxcompute.tunnel.checksum import crc32c
from odps_bot.maxcompute.tunnel.rows import decode_batches, decode_rows
from tests.unit.maxcompute.tunnel.row_wire import metrics, rows_stream, tag, varint

#: Recorded from PyODPS 0.13.2's writer.
RECORDED = bytes.fromhex(
    "080212016119000000000000e03f200180c0ff7f8ebee6d5fdffffffff0108041204622c2063190000000000"
    "00f8bf200080c0ff7f86cab78ff8ffffffff0180c0ff7f00f0ffff7f06f8ffff7ffaefe9eeffffffffff01"
)
ROWS = [(1, "a", 0.5, True), (2, "b, c", -1.5, False), (None, None, None, None)]


def columns(*types):
    return tuple(Column(f"c{number}", parse_data_type(text)) for number, text in enumerate(types))


COLUMNS = columns("bigint", "string", "double", "boolean")


def pieces(data, size):
    return (data[start : start + size] for start in range(0, len(data), size))


@given(st.binary(), st.integers(0, 100))
def test_a_checksum_goes_on_where_it_stopped(data, cut):
    assert crc32c(data[cut:], crc32c(data[:cut])) == crc32c(data)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_recorded_rows_are_read_in_pieces_of_any_size(size):
    assert list(decode_rows(pieces(RECORDED, size), COLUMNS)) == ROWS


@given(st.integers(0, len(RECORDED) - 1), st.integers(1, 255))
def test_a_changed_byte_never_goes_unnoticed(place, change):
    broken = bytearray(RECORDED)
    broken[place] ^= change

    rows = []
    try:
        rows.extend(decode_rows(iter([bytes(broken)]), COLUMNS))
    except MalformedResponseError:
        assert rows == ROWS[: len(rows)]
    else:
        assert rows == ROWS  # a bit that no reader uses


@given(st.integers(0, len(RECORDED) - 1))
def test_rows_that_end_too_early_are_noticed(length):
    rows = []
    with pytest.raises(MalformedResponseError):
        rows.extend(decode_rows(iter([RECORDED[:length]]), COLUMNS))

    assert rows == ROWS[: len(rows)]


FIELDS = {
    "metrics": metrics('{"server": {"ServerIOWallTime": 5}}'),
    "a number": tag(200, 0) + varint(7),
    "eight bytes": tag(200, 1) + b"12345678",
    "four bytes": tag(200, 5) + b"1234",
    "a text without a checksum": tag(200, 2) + b"\x03abc",
    "several": tag(200, 0) + varint(7) + tag(201, 2) + b"\x00",
}


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("footer", FIELDS)
def test_what_else_the_footer_has_is_passed_over(footer, size):
    stream = rows_stream(("bigint",), [(1,), (2,)], footer=FIELDS[footer])

    assert list(decode_rows(pieces(stream, size), columns("bigint"))) == [(1,), (2,)]


def test_wrong_metrics_are_malformed():
    broken = FIELDS["metrics"].replace(b"server", b"sErver")
    stream = rows_stream(("bigint",), [(1,), (2,)], footer=broken)

    rows = []
    with pytest.raises(MalformedResponseError):
        rows.extend(decode_rows(iter([stream]), columns("bigint")))


@pytest.mark.parametrize("wire_type", [3, 4, 6, 7])
def test_fields_of_unknown_length_are_malformed(wire_type):
    stream = rows_stream(("bigint",), [(1,)], footer=tag(200, wire_type) + b"\0" * 9)

    with pytest.raises(MalformedResponseError):
        list(decode_rows(iter([stream]), columns("bigint")))


def test_trailing_data_is_malformed():
    with pytest.raises(MalformedResponseError):
        list(decode_rows(iter([RECORDED, b"\0"]), COLUMNS))


@given(st.lists(st.binary(max_size=40), max_size=3))
def test_any_stream_is_read_or_malformed(stream):
    types = columns("array<array<string>>", "map<int,decimal(3,1)>", "timestamp", "json")

    with pytest.raises(MalformedResponseError):
        list(decode_rows(iter(stream), types))


def test_a_type_of_tomorrow_cannot_be_read():
    with pytest.raises(MalformedResponseError, match="hologram"):
        list(decode_rows(iter([RECORDED]), columns("hologram")))


def varint(value):
    value &= 0xFFFFFFFFFFFFFFFF
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def zigzag(value):
    return varint((value << 1) ^ (value >> 63))


def stream_of(field, covered):
    """One row of one field."""
    checksum = crc32c(b"\1\0\0\0" + covered)
    footer = zigzag(1) + varint(33554431 << 3) + varint(crc32c(checksum.to_bytes(4, "little")))
    return (
        b"\x08" + field + varint(33553408 << 3) + varint(checksum) + varint(33554430 << 3) + footer
    )


def int64(value):
    return value.to_bytes(8, "little", signed=True)


def int32(value):
    return value.to_bytes(4, "little", signed=True)


@pytest.mark.parametrize(
    ("data_type", "field", "covered", "value"),
    [
        ("bigint", zigzag(-(2**63)), int64(-(2**63)), -(2**63)),
        ("tinyint", zigzag(127), int64(127), 127),
        ("float", b"\0\0\xc0\x3f", b"\0\0\xc0\x3f", 1.5),
        ("binary", b"\2\xff\0", b"\xff\0", b"\xff\0"),
        ("varchar(3)", b"\2\xff\x61", b"\xff\x61", "\ufffda"),
        ("decimal(38,18)", b"\4-1.5", b"-1.5", Decimal("-1.5")),
        ("json", b"\3[1]", b"[1]", [1]),
        ("date", zigzag(-1), int64(-1), date(1969, 12, 31)),
        (
            "datetime",
            zigzag(1767225600123),
            int64(1767225600123),
            datetime(2026, 1, 1, 0, 0, 0, 123000, UTC),
        ),
        (
            "timestamp",
            zigzag(-1) + zigzag(999999999),
            int64(-1) + int32(999999999),
            datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
        ),
        (
            "timestamp_ntz",
            zigzag(0) + zigzag(0),
            int64(0) + int32(0),
            datetime(1970, 1, 1),  # noqa: DTZ001  -- has no zone by definition
        ),
        (
            "interval_day_time",
            zigzag(90) + zigzag(1000),
            int64(90) + int32(1000),
            timedelta(seconds=90, microseconds=1),
        ),
        ("interval_year_month", zigzag(14), int64(14), 14),
        ("array<boolean>", b"\2\1\0\1", b"\1", [None, True]),
        ("map<string,bigint>", b"\1\0\1k\1\0" + zigzag(3), b"k" + int64(3), {"k": 3}),
        ("struct<a:int,b:string>", b"\1\0\1z", b"z", {"a": None, "b": "z"}),
    ],
)
def test_every_type_is_read(data_type, field, covered, value):
    (row,) = decode_rows(iter([stream_of(field, covered)]), columns(data_type))

    assert row == (value,)


YEAR_0_S = -62_167_219_200  # 0000-01-01 00:00:00


@pytest.mark.parametrize(
    ("data_type", "field", "covered", "value"),
    [
        ("datetime", zigzag(YEAR_0_S * 1000), int64(YEAR_0_S * 1000), Instant(YEAR_0_S)),
        ("datetime", zigzag(2**62), int64(2**62), Instant(2**62 // 1000, 904_000_000)),
        (
            "timestamp",
            zigzag(YEAR_0_S) + zigzag(5),
            int64(YEAR_0_S) + int32(5),
            Instant(YEAR_0_S, 5),
        ),
        (
            "timestamp_ntz",
            zigzag(YEAR_0_S) + zigzag(5),
            int64(YEAR_0_S) + int32(5),
            WallTime(YEAR_0_S, 5),
        ),
        ("date", zigzag(-719_528), int64(-719_528), "0000-01-01"),
    ],
)
def test_a_time_in_a_year_that_python_lacks_does_not_end_the_rows(data_type, field, covered, value):
    (row,) = decode_rows(iter([stream_of(field, covered)]), columns(data_type))

    assert row == (value,)
    assert type(row[0]) is type(value)


@pytest.mark.parametrize(
    ("data_type", "value"),
    [("timestamp", Instant(-1, 999_999_999)), ("timestamp_ntz", WallTime(-1, 999_999_999))],
)
def test_times_are_exact_where_that_is_asked_for(data_type, value):
    stream = stream_of(zigzag(-1) + zigzag(999999999), int64(-1) + int32(999999999))
    (row,) = decode_rows(iter([stream]), columns(data_type), has_exact_times=True)

    assert row == (value,)
    assert type(row[0]) is type(value)


def test_milliseconds_are_exact_too():
    stream = stream_of(zigzag(-1), int64(-1))

    assert list(decode_rows(iter([stream]), columns("datetime"), has_exact_times=True)) == [
        (Instant(-1, 999_000_000),)
    ]


@pytest.mark.parametrize(
    ("data_type", "sent", "shown"),
    [
        ("decimal(10,3)", "1.5", "1.500"),
        ("decimal(10,3)", "-2", "-2.000"),
        ("decimal(10,3)", "0", "0.000"),
        ("decimal(10,3)", "-0.000", "0.000"),
        ("decimal(38,18)", "0E-18", "0." + 18 * "0"),
        ("decimal(38,18)", "1E+2", "100." + 18 * "0"),
        ("decimal(5,0)", "7", "7"),
        ("decimal(10,3)", "1.23456", "1.23456"),
        ("decimal", "1.50", "1.50"),
    ],
)
def test_a_decimal_has_the_digits_of_its_type(data_type, sent, shown):
    stream = rows_stream([data_type], [(sent,)])

    [(value,)] = decode_rows(pieces(stream, 5), columns(data_type))

    assert format(value, "f") == shown


@pytest.mark.parametrize("text", ["1E+9999999", "1E-9999999", "0E+9999999"])
@pytest.mark.parametrize("data_type", ["decimal", "decimal(38,18)"])
def test_a_decimal_that_would_fill_the_memory_is_malformed(data_type, text):
    stream = rows_stream([data_type], [("1.5",), (text,)])

    with pytest.raises(MalformedResponseError):
        list(decode_rows(pieces(stream, 5), columns(data_type)))


def test_rows_of_many_columns_come_fewer_at_a_time():
    types = ["bigint"] * 1200
    stream = rows_stream(types, [(None,) * 1200] * 500)

    batches = list(decode_batches(pieces(stream, 65_536), columns(*types)))

    assert max(batch.row_count for batch in batches) <= 100
    assert sum(batch.row_count for batch in batches) == 500


def test_an_array_that_claims_more_items_than_bytes_is_not_begun():
    stream = tag(1, 2) + varint(2**40) + b"\1" * 100

    with pytest.raises(MalformedResponseError, match="decoded"):
        list(decode_rows(pieces(stream, 10), columns("array<bigint>")))
