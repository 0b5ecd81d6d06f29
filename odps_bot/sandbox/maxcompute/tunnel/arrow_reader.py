"""Reads Arrow batches as clients upload them; pure. The writer is in `arrow_batches`.

There is no message of the schema: the types are those of the table.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import DataType
from odps_bot.sandbox.maxcompute.tunnel.arrow_columns import (
    NUMBERS,
    TEXTS,
    decimal_layout,
    has_arrow_type,
)
from odps_bot.sandbox.maxcompute.tunnel.checksum import crc32c
from odps_bot.sandbox.maxcompute.tunnel.times import clock_of, clock_without_zone, day

_CONTINUATION = 0xFFFFFFFF
_RECORD_BATCH = 3
_MAX_ROWS = 1 << 22
_EXACT = Context(prec=80)
#: Codes of `struct` by type.
_CODES = NUMBERS | {"date": "i", "datetime": "q", "timestamp": "q", "timestamp_ntz": "q"}
_NESTED = frozenset({"array", "map", "struct", "interval_day_time"})
_SECONDS = (("sec", DataType("bigint")), ("nano", DataType("int")))


def decode_batches(
    content: bytes, columns: Sequence[Column], *, zone: tzinfo
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows; times are those of a clock in `zone`.

    Raises `ValueError` for wrong checksums, and for what is no batch of such columns.
    """
    if not all(has_arrow_type(column.type) for column in columns):
        raise ValueError("a column has no type in Arrow")
    data = without_pieces(content)
    position = 0
    try:
        while position < len(data):
            word, size = struct.unpack_from("<II", data, position)
            if word != _CONTINUATION:
                raise ValueError("this is no message")
            if size == 0:
                return
            metadata = data[position + 8 : position + 8 + size]
            position += 8 + size
            batch = _Batch(metadata, data, position, zone)
            position += batch.body_length
            if position > len(data):
                raise ValueError("the stream ends early")
            values = [batch.column(column.type) for column in columns]
            if any(len(column) != batch.row_count for column in values):
                raise ValueError("the columns have different lengths")
            yield from zip(*values, strict=True)
    except (struct.error, IndexError, StopIteration) as error:
        raise ValueError("a batch is not as its columns need it") from error
    except OverflowError as error:
        raise ValueError(f"a value is out of range: {error}") from error


def without_pieces(content: bytes) -> bytes:
    """Return the stream without its frames; raises `ValueError` for a wrong checksum."""
    size = int.from_bytes(content[:4], "big")
    if len(content) < 8 or not size:  # noqa: PLR2004  -- two words
        raise ValueError("the stream ends early")
    parts: list[bytes] = []
    position = 4
    while len(content) - position >= size + 4:
        end = position + size
        piece = content[position:end]
        if crc32c(piece) != int.from_bytes(content[end : end + 4], "big"):
            raise ValueError(f"wrong checksum of piece {len(parts)}")
        parts.append(piece)
        position = end + 4
    parts.append(content[position:-4])
    whole = b"".join(parts)
    if len(content) - position < 4 or crc32c(whole) != int.from_bytes(content[-4:], "big"):  # noqa: PLR2004  -- a word
        raise ValueError("wrong checksum of the stream")
    return whole


@dataclass(frozen=True)
class _Table:
    """A table of a FlatBuffer."""

    content: bytes
    position: int

    def place(self, index: int) -> int | None:
        """Return where a field is, if it is there."""
        (back,) = struct.unpack_from("<i", self.content, self.position)
        vtable = self.position - back
        if vtable < 0:
            raise IndexError
        (size,) = struct.unpack_from("<H", self.content, vtable)
        if 4 + 2 * index >= size:
            return None
        (offset,) = struct.unpack_from("<H", self.content, vtable + 4 + 2 * index)
        return self.position + offset if offset else None

    def number(self, index: int, code: str) -> int:
        place = self.place(index)
        return 0 if place is None else int(struct.unpack_from(code, self.content, place)[0])

    def target(self, index: int) -> int:
        place = self.place(index)
        if place is None:
            raise IndexError
        return place + int(struct.unpack_from("<I", self.content, place)[0])

    def pairs(self, index: int) -> Iterator[tuple[int, int]]:
        start = self.target(index)
        (count,) = struct.unpack_from("<I", self.content, start)
        end = start + 4 + 16 * count
        if end > len(self.content):
            raise IndexError
        return struct.iter_unpack("<qq", self.content[start + 4 : end])


class _Batch:
    """A batch whose columns are read one after the other."""

    def __init__(self, metadata: bytes, data: bytes, start: int, zone: tzinfo) -> None:
        message = _Table(metadata, *struct.unpack_from("<I", metadata, 0))
        if message.number(1, "<B") != _RECORD_BATCH:
            raise ValueError("the message is no batch")
        self.body_length = message.number(3, "<q")
        header = _Table(metadata, message.target(2))
        if header.place(3) is not None:
            raise ValueError("compressed buffers are not supported")
        self.row_count = header.number(0, "<q")
        if not 0 <= self.row_count <= _MAX_ROWS or self.body_length < 0:
            raise ValueError("the batch is too large")
        self._nodes = header.pairs(1)
        self._buffers = header.pairs(2)
        self._body = memoryview(data)[start : start + self.body_length]
        self._zone = zone

    def column(self, data_type: DataType) -> list[Any]:
        """Return the values of the next column."""
        length, _ = next(self._nodes)
        if not 0 <= length <= _MAX_ROWS:
            raise ValueError("a column is too long")
        validity = self._buffer()
        values, convert = self._values(data_type, length), self._conversion(data_type)
        if not validity:
            return [convert(value) for value in values] if convert else values
        are_there = zip(values, _bits(validity, length), strict=True)
        # What a buffer has in the place of a NULL can be anything.
        return [(convert(v) if convert else v) if there else None for v, there in are_there]

    def _buffer(self) -> memoryview:
        start, size = next(self._buffers)
        if start < 0 or size < 0 or start + size > len(self._body):
            raise IndexError
        return self._body[start : start + size]

    def _numbers(self, code: str, length: int) -> tuple[Any, ...]:
        return struct.unpack_from(f"<{length}{code}", self._buffer())

    def _offsets(self, length: int) -> list[tuple[int, int]]:
        """Return where each value begins and ends."""
        offsets = self._numbers("i", length + 1) if length else ()
        pairs = list(pairwise(offsets))
        if any(not 0 <= a <= b for a, b in pairs):
            raise IndexError
        return pairs

    def _values(self, data_type: DataType, length: int) -> list[Any]:
        """Return the values as they are in the buffers."""
        name = data_type.name
        if name in _CODES:
            return list(self._numbers(_CODES[name], length))
        if name == "boolean":
            return _bits(self._buffer(), length)
        if name in _NESTED:
            return self._nested(data_type, length)
        if name == "decimal":
            width, _ = decimal_layout(data_type)
            pairs = [(number * width, (number + 1) * width) for number in range(length)]
        else:
            pairs = self._offsets(length)
        content = self._buffer()
        return [bytes(_slice(content, pair)) for pair in pairs]

    def _conversion(self, data_type: DataType) -> Callable[[Any], Any] | None:
        """Return what makes a value of what is in the buffers."""
        if data_type.name == "decimal":
            _, scale = decimal_layout(data_type)
            return lambda raw: _decimal(raw, scale)
        if data_type.name == "datetime":
            return lambda number: clock_of(timedelta(milliseconds=number), self._zone)
        if data_type.name == "timestamp":
            return lambda number: clock_of(_microseconds(number), self._zone)
        return _CONVERSIONS.get(data_type.name)

    def _nested(self, data_type: DataType, length: int) -> list[Any]:
        children = data_type.children
        if data_type.name in {"struct", "interval_day_time"}:
            children = children or _SECONDS
            names = [name for name, _ in children]
            columns = [self.column(child) for _, child in children]
            return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        pairs = self._offsets(length)
        if data_type.name == "array":
            items = self.column(children[0][1])
            return [_slice(items, pair) for pair in pairs]
        next(self._nodes)
        self._buffer()
        keys, values = (self.column(child) for _, child in children)
        return [dict(zip(_slice(keys, pair), _slice(values, pair), strict=True)) for pair in pairs]


def _slice(content: Any, pair: tuple[int, int]) -> Any:
    """Return a part that must be there in full."""
    start, end = pair
    if end > len(content):
        raise IndexError
    return content[start:end]


def _bits(content: memoryview, length: int) -> list[bool]:
    if len(content) * 8 < length:
        raise IndexError
    return [bool(content[index >> 3] >> (index & 7) & 1) for index in range(length)]


def _decimal(raw: bytes, scale: int) -> Decimal:
    return Decimal(int.from_bytes(raw, "little", signed=True)).scaleb(-scale, _EXACT)


def _microseconds(nanoseconds: int) -> timedelta:
    return timedelta(microseconds=nanoseconds // 1_000)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXTS, _text),
    "date": day,
    "timestamp_ntz": lambda number: clock_without_zone(_microseconds(number)),
    "interval_day_time": lambda parts: timedelta(
        seconds=parts["sec"], microseconds=parts["nano"] // 1_000
    ),
}
