"""Rows in the tunnel's format: protobuf's wire format with checksums; pure.

The field number of a value is the column's position, starting at 1; NULL is omitted. Each row is
followed by its CRC-32C, and the last one by the number of rows and the CRC-32C of all checksums.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from odps_bot.sandbox.maxcompute.checksum import crc32c
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.time_zones import ZONED
from odps_bot.sandbox.maxcompute.engine.types import DataType

_END_RECORD = 33553408
_META_COUNT = 33554430
_META_CHECKSUM = 33554431
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_ROWS_PER_CHUNK = 500
_MAX_CACHED = 4_096

#: The bytes to send, and the bytes that the checksum covers.
_Encoded = tuple[bytes, bytes]


def encode_rows(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, zone: tzinfo = UTC
) -> Iterator[bytes]:
    """Yield the stream in chunks of many rows; `zone` is that of the clock for points in time."""
    fields = [_Field(place, column.type, zone) for place, column in enumerate(columns, start=1)]
    count, checksums, chunk = 0, bytearray(), bytearray()
    for row in rows:
        covered = bytearray()
        for field, value in zip(fields, row, strict=True):
            if value is not None:
                wire, raw = field.cell(value)
                chunk += wire
                covered += raw
        checksum = crc32c(bytes(covered))
        chunk += _tag(_END_RECORD, _VARINT) + _varint(checksum)
        checksums += struct.pack("<I", checksum)
        count += 1
        if count % _ROWS_PER_CHUNK == 0:
            yield bytes(chunk)
            chunk.clear()
    chunk += _tag(_META_COUNT, _VARINT) + _varint(_zigzag(count))
    chunk += _tag(_META_CHECKSUM, _VARINT) + _varint(crc32c(bytes(checksums)))
    yield bytes(chunk)


class _Field:
    """The encoding of one column."""

    def __init__(self, position: int, data_type: DataType, zone: tzinfo) -> None:
        wire_type, self._encode = _encoding(data_type, zone)
        self._tag = _tag(position, wire_type)
        self._prefix = struct.pack("<i", position)
        #: Encoded texts, as they often repeat.
        self._cached: dict[str, _Encoded] = {}

    def cell(self, value: Any) -> _Encoded:
        """Return a value with its field number."""
        if not isinstance(value, str):
            wire, raw = self._encode(value)
            return self._tag + wire, self._prefix + raw
        known = self._cached.get(value)
        if known is None:
            wire, raw = self._encode(value)
            known = self._tag + wire, self._prefix + raw
            if len(self._cached) < _MAX_CACHED:
                self._cached[value] = known
        return known


def _encoding(data_type: DataType, zone: tzinfo) -> tuple[int, Callable[[Any], _Encoded]]:
    name = data_type.name
    if name in ZONED:
        wire_type, encode = _SIMPLE[name]
        return wire_type, lambda value: encode(_since_epoch(value, zone))
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name == "array":
        return _DELIMITED, _array(data_type.children[0][1], zone)
    if name == "map":
        keys, values = (_array(child, zone) for _, child in data_type.children)
        return _DELIMITED, lambda value: _joined([keys(list(value)), values(list(value.values()))])
    if name == "struct":
        return _DELIMITED, _struct(data_type, zone)
    return _DELIMITED, _string


def _integer(value: int) -> _Encoded:
    return _varint(_zigzag(value)), struct.pack("<q", value)


def _boolean(value: object) -> _Encoded:
    raw = b"\x01" if value else b"\x00"
    return raw, raw


def _double(value: float) -> _Encoded:
    raw = struct.pack("<d", value)
    return raw, raw


def _float(value: float) -> _Encoded:
    raw = struct.pack("<f", value)
    return raw, raw


def _string(value: Any) -> _Encoded:
    raw = value if isinstance(value, bytes) else _text(value).encode()
    return _varint(len(raw)) + raw, raw


def _text(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ON_A_CLOCK = _EPOCH.replace(tzinfo=None)

#: Zones and leap years repeat after it: Python has no year 0, and a service's tables do.
_CENTURIES = timedelta(days=146_097)
_YEAR_0 = re.compile(r"0001-(\d\d-\d\d) \(BC\)(.*)")


def _since_epoch(value: datetime | str, zone: tzinfo) -> timedelta:
    """Return the instant at which a clock shows a time, of which DuckDB writes year 0 as text."""
    if isinstance(value, str):
        later = datetime.fromisoformat(_YEAR_0.sub(r"0400-\1\2", value))
        return later.replace(tzinfo=zone) - _EPOCH - _CENTURIES
    return value.replace(tzinfo=zone) - _EPOCH


def _datetime(since: timedelta) -> _Encoded:
    return _integer((since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000)


def _date(value: date) -> _Encoded:
    return _integer(value.toordinal() - _EPOCH.toordinal())


def _timestamp_ntz(value: datetime) -> _Encoded:
    return _interval(value - _EPOCH_ON_A_CLOCK)


def _interval(value: timedelta) -> _Encoded:
    seconds, rest = divmod(value, timedelta(seconds=1))
    nanoseconds = rest.microseconds * 1000
    wire, raw = _integer(seconds)
    return wire + _varint(_zigzag(nanoseconds)), raw + struct.pack("<i", nanoseconds)


def _array(item: DataType, zone: tzinfo) -> Callable[[Sequence[Any]], _Encoded]:
    _, encode = _encoding(item, zone)

    def encode_array(values: Sequence[Any]) -> _Encoded:
        wire, raw = _joined([_nullable(value, encode) for value in values])
        return _varint(len(values)) + wire, raw

    return encode_array


def _struct(data_type: DataType, zone: tzinfo) -> Callable[[dict[str, Any]], _Encoded]:
    encoders = [(name, _encoding(child, zone)[1]) for name, child in data_type.children]
    return lambda value: _joined([_nullable(value[name], encode) for name, encode in encoders])


def _nullable(value: Any, encode: Callable[[Any], _Encoded]) -> _Encoded:
    """Encode a part of a nested value, after a NULL flag that the checksum does not cover."""
    if value is None:
        return b"\x01", b""
    wire, raw = encode(value)
    return b"\x00" + wire, raw


def _joined(parts: Iterable[_Encoded]) -> _Encoded:
    wires, raws = [], []
    for wire, raw in parts:
        wires.append(wire)
        raws.append(raw)
    return b"".join(wires), b"".join(raws)


_SIMPLE: dict[str, tuple[int, Callable[[Any], _Encoded]]] = {
    "tinyint": (_VARINT, _integer),
    "smallint": (_VARINT, _integer),
    "int": (_VARINT, _integer),
    "bigint": (_VARINT, _integer),
    "boolean": (_VARINT, _boolean),
    "float": (_FIXED32, _float),
    "double": (_FIXED64, _double),
    "datetime": (_VARINT, _datetime),
    "date": (_VARINT, _date),
    "timestamp": (_DELIMITED, _interval),
    "timestamp_ntz": (_DELIMITED, _timestamp_ntz),
    "interval_day_time": (_DELIMITED, _interval),
}


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    if value < 0x80:  # noqa: PLR2004  -- seven bits fit a byte
        return bytes((value,))
    encoded = bytearray()
    while value > 0x7F:  # noqa: PLR2004  -- likewise
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
