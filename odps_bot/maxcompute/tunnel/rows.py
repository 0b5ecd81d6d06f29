"""The row format of the instance tunnel: similar to protobuf, with checksums. Pure.

A row consists of its fields that are not NULL, each after a tag with the column's number, and a
CRC32C of numbers and values. The number of rows and a CRC32C of all CRC32Cs follow the last row.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models.data_types import Column, DataType
from odps_bot.maxcompute.models.times import Instant, WallTime, day_text
from odps_bot.maxcompute.models.values import Value, value_of
from odps_bot.maxcompute.tunnel.checksum import crc32c

_END_OF_ROW = 33553408
_COUNT = 33554430
_CHECKSUM = 33554431
_UNSIGNED_32 = 0xFFFFFFFF

#: No row is longer; a stream that claims so is malformed, and would only be waited for.
_LONGEST_ROW_BYTES = 256 * 1024 * 1024

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WALL = _EPOCH.replace(tzinfo=None)
_EPOCH_DAY = date(1970, 1, 1)

#: Reads a value at a position, appends what the checksum covers, and returns the end position.
Reader: TypeAlias = Callable[[bytes, int, list[bytes]], tuple[Value, int]]


def decode_rows(
    chunks: Iterator[bytes], columns: Sequence[Column], *, has_exact_times: bool = False
) -> Iterator[tuple[Value, ...]]:
    """Yield rows after verifying each checksum; the last one after verifying the count as well.

    DATETIME and TIMESTAMP are aware UTC, in whole microseconds, and TIMESTAMP_NTZ naive; those in
    years that Python lacks are `Instant` and `WallTime`, as all are with `has_exact_times`, and
    such a DATE is text. Raises MalformedResponseError for a wrong checksum or count, a truncated
    stream, and an unsupported type.
    """
    readers = _READERS | _EXACT_READERS if has_exact_times else _READERS
    stream = _Stream(chunks, [_reader(column.type, readers) for column in columns])
    before = stream.next_row()
    while before is not None:
        after = stream.next_row()
        yield before
        before = after


class _Stream:
    """Decodes from a buffer; restarts at the row's start if the buffer was too short."""

    def __init__(self, chunks: Iterator[bytes], readers: list[Reader]) -> None:
        self._chunks = chunks
        self._readers = readers
        self._data = b""
        self._position = 0
        self._count = 0
        self._checksum = 0

    def next_row(self) -> tuple[Value, ...] | None:
        """Return the next row; None after the last."""
        wanted = 1
        while True:
            try:
                return self._decode()
            except IndexError:
                self._fill(wanted)
                wanted = len(self._data)  # doubles, so that a long row is not decoded too often
            except (ValueError, OverflowError, struct.error) as error:
                raise MalformedResponseError(f"Row {self._count} can't be decoded.") from error

    def _fill(self, wanted: int) -> None:
        parts = [self._data[self._position :]]
        size = 0
        if len(parts[0]) > _LONGEST_ROW_BYTES:
            raise MalformedResponseError(f"Row {self._count} does not end.")
        while size < wanted:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            size += len(chunk)
        if size == 0:
            raise MalformedResponseError(f"The stream ends early, after {self._count} rows.")
        self._data, self._position = b"".join(parts), 0

    def _decode(self) -> tuple[Value, ...] | None:
        data, position = self._data, self._position
        row: list[Value] = [None] * len(self._readers)
        covered: list[bytes] = []
        while True:
            tag, position = _varint(data, position)
            number = tag >> 3
            if number == _END_OF_ROW:
                expected, position = _varint(data, position)
                self._end_row(expected, covered)
                self._position = position
                return tuple(row)
            if number == _COUNT:
                self._end_stream(data, position)
                return None
            if not 1 <= number <= len(row):
                raise ValueError("no such column")
            covered.append(struct.pack("<i", number))
            row[number - 1], position = self._readers[number - 1](data, position, covered)

    def _end_row(self, expected: int, covered: list[bytes]) -> None:
        checksum = crc32c(b"".join(covered))
        if expected & _UNSIGNED_32 != checksum:
            raise ValueError("wrong checksum")
        self._count += 1
        self._checksum = crc32c(struct.pack("<I", checksum), self._checksum)

    def _end_stream(self, data: bytes, position: int) -> None:
        count, position = _zigzag(data, position)
        tag, position = _varint(data, position)
        checksum, position = _varint(data, position)
        if tag >> 3 != _CHECKSUM or checksum & _UNSIGNED_32 != self._checksum:
            raise ValueError("wrong checksum of all rows")
        if count != self._count:
            raise ValueError("wrong count of rows")
        # Read to the end, so that the connection can be reused.
        if position < len(data) or next(self._chunks, None) is not None:
            raise ValueError("trailing data")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = data[position]
    position += 1
    if value < 0x80:  # noqa: PLR2004  -- usually one byte
        return value, position
    value &= 0x7F
    for shift in range(7, 70, 7):
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  -- the last byte
            return value, position
    raise ValueError("number longer than ten bytes")


def _zigzag(data: bytes, position: int) -> tuple[int, int]:
    value, position = _varint(data, position)
    return (value >> 1) ^ -(value & 1), position


def _field(data: bytes, position: int) -> tuple[bytes, int]:
    length, position = _varint(data, position)
    if length > _LONGEST_ROW_BYTES:
        raise ValueError("field too long")
    end = position + length
    if end > len(data):
        raise IndexError
    return data[position:end], end


def _integer(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
    value, position = _zigzag(data, position)
    covered.append(struct.pack("<q", value))
    return value, position


def _boolean(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
    value, position = _varint(data, position)
    covered.append(b"\1" if value else b"\0")
    return bool(value), position


def _floating(form: str) -> Reader:
    size = struct.calcsize(form)

    def read(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
        end = position + size
        if end > len(data):
            raise IndexError
        raw = data[position:end]
        covered.append(raw)
        return struct.unpack(form, raw)[0], end

    return read


def _raw(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
    raw, position = _field(data, position)
    covered.append(raw)
    return raw, position


def _text(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
    raw, position = _field(data, position)
    covered.append(raw)
    return raw.decode("utf-8", "replace"), position  # strings can contain any bytes


def _converted(reader: Reader, convert: Callable[[Value], Value]) -> Reader:
    def read(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
        value, position = reader(data, position, covered)
        return convert(value), position

    return read


def _seconds(data: bytes, position: int, covered: list[bytes]) -> tuple[tuple[int, int], int]:
    seconds, position = _integer(data, position, covered)
    nanoseconds, position = _zigzag(data, position)
    covered.append(struct.pack("<i", nanoseconds))
    return (seconds, nanoseconds), position


def _span(parts: tuple[int, int]) -> timedelta:
    return timedelta(seconds=parts[0], microseconds=parts[1] // 1000)


def _instant_of_millis(millis: int) -> Instant:
    seconds, rest = divmod(millis, 1000)
    return Instant(seconds, rest * 1_000_000)


def _day(days: int) -> date | str:
    try:
        return _EPOCH_DAY + timedelta(days=days)
    except OverflowError:
        return day_text(days)


def _utc_of_millis(millis: int) -> datetime | Instant:
    try:
        return _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return _instant_of_millis(millis)


def _utc(parts: tuple[int, int]) -> datetime | Instant:
    try:
        return _EPOCH + _span(parts)
    except OverflowError:
        return Instant._make(parts)


def _wall_time(parts: tuple[int, int]) -> datetime | WallTime:
    try:
        return _EPOCH_WALL + _span(parts)
    except OverflowError:
        return WallTime._make(parts)


def _array(item: Reader) -> Reader:
    def read(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
        size, position = _varint(data, position)
        values: list[Value] = []
        for _ in range(size):
            value, position = _nullable(item, data, position, covered)
            values.append(value)
        return values, position

    return read


def _map(keys: Reader, values: Reader) -> Reader:
    def read(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
        names, position = keys(data, position, covered)
        contents, position = values(data, position, covered)
        return dict(zip(names, contents, strict=True)), position

    return read


def _struct(fields: tuple[str, ...], readers: tuple[Reader, ...]) -> Reader:
    def read(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
        values: dict[str, Value] = {}
        for field, reader in zip(fields, readers, strict=True):
            values[field], position = _nullable(reader, data, position, covered)
        return values, position

    return read


def _nullable(
    reader: Reader, data: bytes, position: int, covered: list[bytes]
) -> tuple[Value, int]:
    is_null, position = _varint(data, position)
    return (None, position) if is_null else reader(data, position, covered)


_READERS: dict[str, Reader] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "interval_year_month"), _integer),
    **dict.fromkeys(("string", "char", "varchar"), _text),
    "boolean": _boolean,
    "float": _floating("<f"),
    "double": _floating("<d"),
    "binary": _raw,
    "decimal": _converted(_text, lambda text: value_of(text, DataType("decimal"))),
    "json": _converted(_text, lambda text: value_of(text, DataType("json"))),
    "date": _converted(_integer, _day),
    "datetime": _converted(_integer, _utc_of_millis),
    "timestamp": _converted(_seconds, _utc),
    "timestamp_ntz": _converted(_seconds, _wall_time),
    "interval_day_time": _converted(_seconds, _span),
}

_EXACT_READERS: dict[str, Reader] = {
    "datetime": _converted(_integer, _instant_of_millis),
    "timestamp": _converted(_seconds, Instant._make),
    "timestamp_ntz": _converted(_seconds, WallTime._make),
}


#: Types that can't be keys of a map.
_NO_KEYS = frozenset({"array", "map", "struct", "json"})


def _reader(data_type: DataType, readers: Mapping[str, Reader]) -> Reader:
    inner = tuple(_reader(argument, readers) for argument in data_type.arguments)
    if data_type.name == "array":
        return _array(inner[0])
    if data_type.name == "map" and data_type.arguments[0].name not in _NO_KEYS:
        return _map(_array(inner[0]), _array(inner[1]))
    if data_type.name == "struct":
        return _struct(data_type.fields, inner)
    if data_type.name not in readers:
        raise MalformedResponseError(f"Rows with a column of type {data_type.name} can't be read.")
    return readers[data_type.name]
