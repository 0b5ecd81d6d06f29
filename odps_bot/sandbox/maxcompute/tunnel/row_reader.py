"""Reads rows in the tunnel's format, as clients upload them; pure. The writer is in `rows`."""

import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import DataType
from odps_bot.sandbox.maxcompute.tunnel.checksum import crc32c
from odps_bot.sandbox.maxcompute.tunnel.rows import (
    END_RECORD,
    META_CHECKSUM,
    META_COUNT,
    VARINT,
    wire_type_of,
)
from odps_bot.sandbox.maxcompute.tunnel.times import clock_of, clock_without_zone, day

_SIGN = 0xFFFFFFFF_00000000
_MAX_ITEMS = 1 << 24


class _Cursor:
    """A position in the bytes, and what the checksum of the row covers."""

    def __init__(self, content: bytes, zone: tzinfo) -> None:
        self.content = content
        self.position = 0
        self.zone = zone
        self.covered = bytearray()

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.content[self.position]
            self.position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004  -- the last byte
                return value
            shift += 7

    def signed(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self.content):
            raise IndexError
        taken = self.content[self.position : end]
        self.position = end
        return taken

    def cover(self, form: str, value: Any) -> Any:
        self.covered += struct.pack(form, value)
        return value

    def long(self) -> int:
        return int(self.cover("<q", self.signed()))

    def raw(self) -> bytes:
        taken = self.take(self.varint())
        self.covered += taken
        return taken

    def number(self, form: str) -> float:
        taken = self.take(struct.calcsize(form))
        self.covered += taken
        return float(struct.unpack(form, taken)[0])

    def since(self) -> timedelta:
        seconds = self.long()
        nanoseconds = self.cover("<i", self.signed())
        return timedelta(seconds=seconds, microseconds=nanoseconds // 1_000)

    def size(self) -> int:
        size = self.varint()
        if size > _MAX_ITEMS:
            raise ValueError(f"{size} items")
        return size


def decode_rows(
    content: bytes, columns: Sequence[Column], *, zone: tzinfo
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows; times are those of a clock in `zone`.

    Raises `ValueError` for wrong checksums and counts, and for what is no row.
    """
    cursor = _Cursor(content, zone)
    checksums = bytearray()
    count = 0
    wire_types = [wire_type_of(column.type) for column in columns]
    row: list[Any] = [None] * len(columns)
    try:
        while True:
            tag = cursor.varint()
            number, wire_type = tag >> 3, tag & 7
            if tag == META_COUNT << 3 | VARINT:
                break
            if tag == END_RECORD << 3 | VARINT:
                checksum = crc32c(bytes(cursor.covered))
                if not _is_checksum(cursor.varint(), checksum):
                    raise ValueError(f"wrong checksum of row {count}")
                checksums += struct.pack("<I", checksum)
                cursor.covered.clear()
                count += 1
                yield tuple(row)
                row = [None] * len(columns)
            elif 1 <= number <= len(columns) and wire_type == wire_types[number - 1]:
                cursor.cover("<i", number)
                row[number - 1] = _value(columns[number - 1].type, cursor)
            else:
                raise ValueError(f"there is no column {number}")
        said, tag, checksum = cursor.signed(), cursor.varint(), cursor.varint()
    except (IndexError, struct.error) as error:
        raise ValueError(f"the stream ends early, after {count} rows") from error
    except (OverflowError, InvalidOperation) as error:
        raise ValueError(f"row {count} has a value out of range: {error}") from error
    is_right = _is_checksum(checksum, crc32c(bytes(checksums)))
    if said != count or tag != META_CHECKSUM << 3 | VARINT or not is_right:
        raise ValueError("wrong number of rows, or wrong checksum of all rows")
    if cursor.position != len(content):
        raise ValueError("something follows the last row")


def _is_checksum(given: int, checksum: int) -> bool:
    """Return whether it is that, or that with the extended sign, as PyODPS writes it."""
    return given in {checksum, checksum | _SIGN}


def _value(data_type: DataType, cursor: _Cursor) -> Any:
    name = data_type.name
    if name == "array":
        return _items(data_type.children[0][1], cursor)
    if name == "map":
        keys, values = (_items(child, cursor) for _, child in data_type.children)
        return dict(zip(keys, values, strict=True))
    if name == "struct":
        return {field: _nullable(child, cursor) for field, child in data_type.children}
    return _PLAIN[name](cursor)


def _items(item: DataType, cursor: _Cursor) -> list[Any]:
    return [_nullable(item, cursor) for _ in range(cursor.size())]


def _nullable(data_type: DataType, cursor: _Cursor) -> Any:
    return None if cursor.varint() else _value(data_type, cursor)


def _boolean(cursor: _Cursor) -> bool:
    value = bool(cursor.varint())
    cursor.covered += b"\x01" if value else b"\x00"
    return value


def _text(cursor: _Cursor) -> str:
    return cursor.raw().decode("utf-8", "replace")


_PLAIN: dict[str, Callable[[_Cursor], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), _Cursor.long),
    **dict.fromkeys(("string", "char", "varchar", "json"), _text),
    "boolean": _boolean,
    "float": lambda cursor: cursor.number("<f"),
    "double": lambda cursor: cursor.number("<d"),
    "binary": _Cursor.raw,
    "decimal": lambda cursor: Decimal(_text(cursor)),
    "date": lambda cursor: day(cursor.long()),
    "datetime": lambda cursor: clock_of(timedelta(milliseconds=cursor.long()), cursor.zone),
    "timestamp": lambda cursor: clock_of(cursor.since(), cursor.zone),
    "timestamp_ntz": lambda cursor: clock_without_zone(cursor.since()),
    "interval_day_time": _Cursor.since,
}
