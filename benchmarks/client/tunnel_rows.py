"""Rows as the instance tunnel streams them, as many as wanted, made of a thousand different ones.

Of a kind each: `rows` has the columns of most measures, `times` a DATETIME as well, which files
show in a time zone, and `wide` what results of people's queries have: long ids, texts with NULLs
and formulas, times, decimals and days.

Wire format: protobuf fields for the values of a row, its CRC-32C behind it, and at the end the
number of rows and the CRC-32C of all checksums. `tunnel_arrow` sends the same rows as Arrow.
"""

import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain, islice, repeat
from typing import Any

from odps_bot.sandbox.maxcompute.tunnel.checksum import crc32c

BLOCK_ROWS = 1000

#: Nine hours apart, a thousand times reach over both switches to daylight-saving time of a year.
_FIRST_TIME_MS = 1_767_225_600_000  # 2026-01-01 00:00:00 UTC
_BETWEEN_TIMES_MS = 9 * 3_600_000
_FIRST_DAY = 20_454  # 2026-01-01

_NARROW = {"id": "bigint", "city": "string", "amount": "double", "is_paid": "boolean"}

#: Columns and their types by kind.
COLUMNS = {
    "rows": _NARROW,
    "times": _NARROW | {"ordered_at": "datetime"},
    "wide": {
        "id": "bigint",
        "name": "string",
        "note": "string",
        "remark": "string",
        "rate": "double",
        "is_paid": "boolean",
        "ordered_at": "datetime",
        "price": "decimal(18,6)",
        "day": "date",
    },
}

_VARINT, _FIXED64, _DELIMITED = 0, 1, 2
_END_RECORD, _META_COUNT, _META_CHECKSUM = 33553408, 33554430, 33554431


def session(kind: str, rows: int) -> dict[str, object]:
    """Return the response to opening a download session."""
    columns = [
        {"name": name, "type": type_, "nullable": True} for name, type_ in COLUMNS[kind].items()
    ]
    return {
        "DownloadID": "20260101000001abcdef",
        "Status": "normal",
        "RecordCount": rows,
        "Schema": {"columns": columns, "partitionKeys": []},
        "QuotaName": "",
    }


def stream(kind: str, rows: int) -> Iterator[bytes]:
    """Yield the stream of so many rows in chunks."""
    encoded, _ = _block(kind)
    whole, rest = divmod(rows, BLOCK_ROWS)
    yield from repeat(b"".join(encoded), whole)
    yield b"".join(encoded[:rest]) + _trailer(kind, rows)


def stream_bytes(kind: str, rows: int) -> int:
    """Return how long that stream is."""
    encoded, _ = _block(kind)
    whole, rest = divmod(rows, BLOCK_ROWS)
    lengths = list(map(len, encoded))
    return sum(lengths) * whole + sum(lengths[:rest]) + len(_trailer(kind, rows))


def values(kind: str, number: int) -> tuple[Any, ...]:
    """Return a row: DATETIME in milliseconds, DATE in days, DECIMAL as text, None for NULL."""
    time_ms = _FIRST_TIME_MS + number * _BETWEEN_TIMES_MS
    city = f"city {number % 97}"
    if kind == "wide":
        name = None if number % 11 == 0 else city
        note = f"=SUM(A{number})" if number % 10 == 0 else f"note {number}, 北京"
        remark = None if number % 3 else f'said "{number}"' if number % 5 == 0 else ""
        price = f"{number * 37}.{number % 1000:03}000"
        day = _FIRST_DAY + number % 365
        rate = None if number % 13 == 0 else number / 7
        row: tuple[Any, ...] = (
            10**18 + number,
            name,
            note,
            remark,
            rate,
            number % 2 == 0,
            time_ms,
            price,
            day,
        )
    else:
        row = (number, city, number * 1.25, True)
    return (*row, time_ms) if kind == "times" else row


@lru_cache
def _trailer(kind: str, rows: int) -> bytes:
    _, checksums = _block(kind)
    blocks = repeat(checksums, rows // BLOCK_ROWS + 1)
    all_checksums = b"".join(islice(chain.from_iterable(blocks), rows))
    return (
        _tag(_META_COUNT, _VARINT)
        + _varint(rows << 1)
        + _tag(_META_CHECKSUM, _VARINT)
        + _varint(crc32c(all_checksums))
    )


@cache
def _block(kind: str) -> tuple[list[bytes], list[bytes]]:
    """Return rows and their checksums."""
    rows = [_row(kind, number) for number in range(BLOCK_ROWS)]
    return [encoded for encoded, _ in rows], [checksum for _, checksum in rows]


def _row(kind: str, number: int) -> tuple[bytes, bytes]:
    encoded, covered = b"", b""
    pairs = zip(COLUMNS[kind].values(), values(kind, number), strict=True)
    for place, (type_, value) in enumerate(pairs, 1):
        if value is not None:
            wire_type, wire, raw = _encoded(type_, value)
            encoded += _tag(place, wire_type) + wire
            covered += struct.pack("<i", place) + raw
    checksum = crc32c(covered)
    return encoded + _tag(_END_RECORD, _VARINT) + _varint(checksum), struct.pack("<I", checksum)


def _encoded(type_: str, value: Any) -> tuple[int, bytes, bytes]:
    """Return the wire type of a value, the value, and what the checksum covers."""
    if type_ == "double":
        raw = struct.pack("<d", value)
        return _FIXED64, raw, raw
    if type_ == "boolean":
        raw = b"\x01" if value else b"\x00"
        return _VARINT, raw, raw
    if type_ == "string" or type_.startswith("decimal"):
        raw = value.encode()
        return _DELIMITED, _varint(len(raw)) + raw, raw
    return _VARINT, _varint(value << 1), struct.pack("<q", value)  # none is negative


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
