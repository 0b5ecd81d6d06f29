"""Rows as the instance tunnel streams them, as many as wanted, made of a thousand different ones.

Those for CSV files have a DATETIME as well, which files show in a time zone.

Wire format: protobuf fields for the values of a row, its CRC-32C behind it, and at the end the
number of rows and the CRC-32C of all checksums.
"""

import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain, islice, repeat

from odps_bot.sandbox.maxcompute.checksum import crc32c

_BLOCK_ROWS = 1000

#: Nine hours apart, a thousand times reach over both switches to daylight-saving time of a year.
_FIRST_TIME_MS = 1_767_225_600_000  # 2026-01-01 00:00:00 UTC
_BETWEEN_TIMES_MS = 9 * 3_600_000

_VARINT, _FIXED64, _DELIMITED = 0, 1, 2
_END_RECORD, _META_COUNT, _META_CHECKSUM = 33553408, 33554430, 33554431


def session(rows: int, *, has_times: bool = False) -> dict[str, object]:
    """Return the response to opening a download session."""
    types = {"id": "bigint", "city": "string", "amount": "double", "is_paid": "boolean"}
    types |= {"ordered_at": "datetime"} if has_times else {}
    columns = [{"name": name, "type": type_, "nullable": True} for name, type_ in types.items()]
    return {
        "DownloadID": "20260101000001abcdef",
        "Status": "normal",
        "RecordCount": rows,
        "Schema": {"columns": columns, "partitionKeys": []},
        "QuotaName": "",
    }


def stream(rows: int, *, has_times: bool = False) -> Iterator[bytes]:
    """Yield the stream of so many rows in chunks."""
    encoded, _ = _block(has_times)
    whole, rest = divmod(rows, _BLOCK_ROWS)
    yield from repeat(b"".join(encoded), whole)
    yield b"".join(encoded[:rest]) + _trailer(rows, has_times)


def stream_bytes(rows: int, *, has_times: bool = False) -> int:
    """Return how long that stream is."""
    encoded, _ = _block(has_times)
    whole, rest = divmod(rows, _BLOCK_ROWS)
    lengths = list(map(len, encoded))
    return sum(lengths) * whole + sum(lengths[:rest]) + len(_trailer(rows, has_times))


@lru_cache
def _trailer(rows: int, has_times: bool) -> bytes:  # noqa: FBT001
    _, checksums = _block(has_times)
    blocks = repeat(checksums, rows // _BLOCK_ROWS + 1)
    all_checksums = b"".join(islice(chain.from_iterable(blocks), rows))
    return (
        _tag(_META_COUNT, _VARINT)
        + _varint(rows << 1)
        + _tag(_META_CHECKSUM, _VARINT)
        + _varint(crc32c(all_checksums))
    )


@cache
def _block(has_times: bool) -> tuple[list[bytes], list[bytes]]:  # noqa: FBT001
    """Return rows and their checksums."""
    rows = [_row(number, has_times=has_times) for number in range(_BLOCK_ROWS)]
    return [encoded for encoded, _ in rows], [checksum for _, checksum in rows]


def _row(number: int, *, has_times: bool) -> tuple[bytes, bytes]:
    city = f"city {number % 97}".encode()
    amount = struct.pack("<d", number * 1.25)
    time_ms = _FIRST_TIME_MS + number * _BETWEEN_TIMES_MS
    values = [struct.pack("<q", number), city, amount, b"\x01"]
    values += [struct.pack("<q", time_ms)] if has_times else []
    covered = b"".join(struct.pack("<i", place) + raw for place, raw in enumerate(values, 1))
    checksum = crc32c(covered)
    encoded = (
        _tag(1, _VARINT)
        + _varint(number << 1)
        + _tag(2, _DELIMITED)
        + _varint(len(city))
        + city
        + _tag(3, _FIXED64)
        + amount
        + _tag(4, _VARINT)
        + b"\x01"
        + (_tag(5, _VARINT) + _varint(time_ms << 1) if has_times else b"")
        + _tag(_END_RECORD, _VARINT)
        + _varint(checksum)
    )
    return encoded, struct.pack("<I", checksum)


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
