"""The row format of the instance tunnel: similar to protobuf, with checksums. Pure.

A row consists of its fields that are not NULL, each after a tag with the column's number, and a
CRC32C of numbers and values. A footer follows the last row: the number of rows, what the service
measured, with a CRC32C of it (not by every service), and a CRC32C of all rows' CRC32Cs.
Source: PyODPS, `odps/tunnel/io/reader.py`.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models.data_types import Column, DataType
from odps_bot.maxcompute.models.times import Instant, WallTime
from odps_bot.maxcompute.models.values import Value, value_of
from odps_bot.maxcompute.tunnel.batches import (
    Batch,
    day_value,
    instant_value,
    span_value,
    wall_time_value,
)
from odps_bot.maxcompute.tunnel.checksum import crc32c, crc32c_each

_END_OF_ROW = 33553408
_END_OF_METRICS = 33554176
_COUNT = 33554430
_CHECKSUM = 33554431
_UNSIGNED_32 = 0xFFFFFFFF

_DELIMITED = 2
_SIZES = {1: 8, 5: 4}  #: of numbers, by wire type

#: Of one chunk; their checksums are computed side by side.
_ROWS_AT_ONCE = 4096
_CELLS_AT_ONCE = 64 * 1024
_BYTES_AT_ONCE = 1024 * 1024

#: No row is longer; a stream that claims so is malformed, and would only be waited for.
_LONGEST_ROW_BYTES = 64 * 1024 * 1024

#: Reads a value at a position, appends what the checksum covers, and returns the end position.
Reader: TypeAlias = Callable[[bytes, int, list[bytes]], tuple[Value, int]]


def decode_rows(
    chunks: Iterator[bytes], columns: Sequence[Column], *, has_exact_times: bool = False
) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of `decode_batches` one by one."""
    for batch in decode_batches(chunks, columns, has_exact_times=has_exact_times):
        yield from batch.rows()


def decode_batches(
    chunks: Iterator[bytes], columns: Sequence[Column], *, has_exact_times: bool = False
) -> Iterator[Batch]:
    """Yield rows after verifying each checksum; the last one after verifying the footer as well.

    DATETIME and TIMESTAMP are aware UTC, in whole microseconds, and TIMESTAMP_NTZ naive; those in
    years that Python lacks are `Instant` and `WallTime`, as all are with `has_exact_times`, and
    such a DATE is text. Raises MalformedResponseError for a wrong checksum or count, a truncated
    stream, and an unsupported type.
    """
    readers = _READERS | _EXACT_READERS if has_exact_times else _READERS
    stream = _Stream(chunks, [_reader(column.type, readers) for column in columns])
    held: list[tuple[Value, ...]] = []
    while not stream.has_ended:
        rows = held + stream.next_rows()
        held = [] if stream.has_ended else rows[-1:]
        if len(rows) > len(held):
            yield Batch.of_rows(rows[: len(rows) - len(held)])


class _Stream:
    """Decodes from a buffer; restarts at the row's start if the buffer was too short."""

    def __init__(self, chunks: Iterator[bytes], readers: list[Reader]) -> None:
        self.has_ended = False  #: and its footer was right
        self._chunks = chunks
        self._readers = readers
        self._data = b""
        self._position = 0
        self._count = 0
        self._checksum = 0
        self._failure: MalformedResponseError | None = None

    def next_rows(self) -> list[tuple[Value, ...]]:
        """Return the next rows, as many as have arrived; none only after the last."""
        if self._failure is not None:
            raise self._failure
        rows: list[tuple[Value, ...]] = []
        covered: list[bytes] = []
        expected: list[int] = []
        size, wanted = 0, 1
        most = max(1, min(_ROWS_AT_ONCE, _CELLS_AT_ONCE // max(1, len(self._readers))))
        while self._failure is None and len(rows) < most and size < _BYTES_AT_ONCE:
            try:
                row, parts, checksum = self._decode()
            except _EndOfRowsError:
                if rows:
                    break  # their checksums come before that of all
                self._end()
                return rows
            except IndexError:
                if rows:
                    break
                self._fill(wanted)
                wanted = len(self._data)  # doubles, so that a long row is not decoded too often
            except (ValueError, OverflowError, struct.error, MalformedResponseError) as error:
                self._fail(error, after=len(rows))
            else:
                rows.append(row)
                covered.append(b"".join(parts))
                expected.append(checksum & _UNSIGNED_32)
                size += sum(map(len, parts))
        return rows[: self._verify(covered, expected)]

    def _fail(self, error: Exception, *, after: int) -> None:
        """Keep an error for when the rows before it have been taken."""
        self._failure = MalformedResponseError(f"Row {self._count + after} can't be decoded.")
        self._failure.__cause__ = error
        if not after:
            raise self._failure

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

    def _decode(self) -> tuple[tuple[Value, ...], list[bytes], int]:
        """Return the next row, what its checksum covers, and its checksum."""
        data, position = self._data, self._position
        row: list[Value] = [None] * len(self._readers)
        covered: list[bytes] = []
        while True:
            tag, position = _varint(data, position)
            number = tag >> 3
            if number == _END_OF_ROW:
                expected, position = _varint(data, position)
                self._position = position
                return tuple(row), covered, expected
            if number == _COUNT and not covered:
                raise _EndOfRowsError
            if not 1 <= number <= len(row):
                raise ValueError("no such column")
            covered.append(struct.pack("<i", number))
            row[number - 1], position = self._readers[number - 1](data, position, covered)

    def _verify(self, covered: list[bytes], expected: list[int]) -> int:
        """Return how many of the rows are right, from the first on."""
        right = len(expected)
        checksums = crc32c_each(covered)
        if checksums != expected:
            pairs = zip(checksums, expected, strict=True)
            right = next(place for place, (found, given) in enumerate(pairs) if found != given)
            self._fail(ValueError("wrong checksum"), after=right)
        self._count += right
        self._checksum = crc32c(struct.pack(f"<{right}I", *expected[:right]), self._checksum)
        return right

    def _end(self) -> None:
        """Verify the footer."""
        wanted = 1
        while True:
            try:
                end = self._footer(self._data, self._position)
                break
            except IndexError:
                self._fill(wanted)
                wanted = len(self._data)
            except (ValueError, struct.error) as error:
                raise MalformedResponseError("The end of the rows can't be decoded.") from error
        # Read to the end, so that the connection can be reused.
        if end < len(self._data) or next(self._chunks, None) is not None:
            raise MalformedResponseError("Something follows the end of the rows.")
        self.has_ended = True

    def _footer(self, data: bytes, position: int) -> int:
        """Verify number and checksums, pass over what else there is, and return the end."""
        _, position = _varint(data, position)
        count, position = _zigzag(data, position)
        if count != self._count:
            raise ValueError("wrong count of rows")
        measured = b""
        while True:
            tag, position = _varint(data, position)
            number = tag >> 3
            if number in {_CHECKSUM, _END_OF_METRICS}:
                checksum, position = _varint(data, position)
                right = self._checksum if number == _CHECKSUM else crc32c(measured)
                if checksum & _UNSIGNED_32 != right:
                    raise ValueError("wrong checksum")
                if number == _CHECKSUM:
                    return position
                measured = b""
            else:
                field, position = _any_field(data, position, tag & 7)
                measured += struct.pack("<i", number) + field


class _EndOfRowsError(Exception):
    """The footer begins."""


def _any_field(data: bytes, position: int, wire_type: int) -> tuple[bytes, int]:
    """Return the content of a field that is passed over.

    https://protobuf.dev/programming-guides/encoding/
    """
    if wire_type == _DELIMITED:
        return _field(data, position)
    end = position + _SIZES[wire_type] if wire_type in _SIZES else _varint(data, position)[1]
    if wire_type not in {0, *_SIZES}:
        raise ValueError("unknown wire type")
    if end > len(data):
        raise IndexError
    return data[position:end], end


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


def _instant_of_millis(millis: int) -> Instant:
    seconds, rest = divmod(millis, 1000)
    return Instant(seconds, rest * 1_000_000)


def _scaled(text: str, *, scale: int) -> Decimal:
    """Return a DECIMAL with all digits that its type has, as Arrow does.

    Services leave out zeros at the end.
    """
    value: Decimal = value_of(text, DataType("decimal"))
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or (exponent == -scale and value):
        return value
    whole, _, fraction = format(value or abs(value), "f").partition(".")
    return Decimal(f"{whole}.{fraction.ljust(scale, '0')}" if scale else whole)


def _array(item: Reader) -> Reader:
    def read(data: bytes, position: int, covered: list[bytes]) -> tuple[Value, int]:
        size, position = _varint(data, position)
        if size > _LONGEST_ROW_BYTES:
            raise ValueError("array too long")
        if size > len(data) - position:  # each item takes a byte or more
            raise IndexError
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
    "date": _converted(_integer, day_value),
    "datetime": _converted(_integer, lambda millis: instant_value(*_instant_of_millis(millis))),
    "timestamp": _converted(_seconds, lambda parts: instant_value(*parts)),
    "timestamp_ntz": _converted(_seconds, lambda parts: wall_time_value(*parts)),
    "interval_day_time": _converted(_seconds, lambda parts: span_value(*parts)),
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
    if data_type.name == "decimal" and data_type.parameters:
        return _converted(_text, partial(_scaled, scale=data_type.parameters[-1]))
    if data_type.name not in readers:
        raise MalformedResponseError(f"Rows with a column of type {data_type.name} can't be read.")
    return readers[data_type.name]
