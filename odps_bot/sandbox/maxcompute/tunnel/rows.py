"""Rows in the tunnel's format: protobuf's wire format with checksums; pure.

The field number of a value is the column's position, starting at 1; NULL is omitted. Each row is
followed by its CRC-32C, and the last one by the number of rows and the CRC-32C of all checksums.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.time_zones import ZONED
from odps_bot.sandbox.maxcompute.engine.types import DataType
from odps_bot.sandbox.maxcompute.tunnel.checksum import crc32c
from odps_bot.sandbox.maxcompute.tunnel.times import (
    days_since_epoch,
    milliseconds,
    seconds_and_nanoseconds,
    since_epoch,
    since_epoch_on_a_clock,
)

END_RECORD = 33553408
#: PyODPS takes any number for the metrics themselves.
_METRICS = 1
_END_METRICS = 33554176
META_COUNT = 33554430
META_CHECKSUM = 33554431
VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
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
        chunk += _tag(END_RECORD, VARINT) + _varint(checksum)
        checksums += struct.pack("<I", checksum)
        count += 1
        if count % _ROWS_PER_CHUNK == 0:
            yield bytes(chunk)
            chunk.clear()
    chunk += _tag(META_COUNT, VARINT) + _varint(_zigzag(count))
    chunk += _tag(META_CHECKSUM, VARINT) + _varint(crc32c(bytes(checksums)))
    yield bytes(chunk)


def with_metrics(chunks: Iterator[bytes], metrics: str) -> Iterator[bytes]:
    """Yield a stream with metrics of the service between the number of rows and the last checksum.

    PyODPS reads them in `odps/tunnel/io/reader.py`.
    """
    before = b""
    for chunk in chunks:
        yield before
        before = chunk
    rows, tag, checksum = before.rpartition(_tag(META_CHECKSUM, VARINT))
    wire, raw = _string(metrics)
    covered = struct.pack("<i", _METRICS) + raw
    yield rows + _tag(_METRICS, _DELIMITED) + wire
    yield _tag(_END_METRICS, VARINT) + _varint(crc32c(covered)) + tag + checksum


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
        return wire_type, lambda value: encode(since_epoch(value, zone))
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


def wire_type_of(data_type: DataType) -> int:
    """Return the wire type of a column."""
    return _SIMPLE[data_type.name][0] if data_type.name in _SIMPLE else _DELIMITED


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


def _datetime(since: timedelta) -> _Encoded:
    return _integer(milliseconds(since))


def _date(value: date | str) -> _Encoded:
    return _integer(days_since_epoch(value))


def _timestamp_ntz(value: datetime | str) -> _Encoded:
    return _interval(since_epoch_on_a_clock(value))


def _interval(value: timedelta) -> _Encoded:
    seconds, nanoseconds = seconds_and_nanoseconds(value)
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
    "tinyint": (VARINT, _integer),
    "smallint": (VARINT, _integer),
    "int": (VARINT, _integer),
    "bigint": (VARINT, _integer),
    "boolean": (VARINT, _boolean),
    "float": (_FIXED32, _float),
    "double": (_FIXED64, _double),
    "datetime": (VARINT, _datetime),
    "date": (VARINT, _date),
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
