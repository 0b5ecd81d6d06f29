"""The rows of `tunnel_rows` as Arrow, as the instance tunnel sends it; recorded with pyarrow.

Record batches without a schema, which clients know from the session, in pieces of 64 KiB, each
with its CRC-32C; that of all pieces follows the last one.
"""

import struct
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import google_crc32c
import pyarrow as pa  # type: ignore[import-untyped]

from benchmarks.client.tunnel_rows import BLOCK_ROWS, COLUMNS, values

_PIECE_BYTES = 64 * 1024
_BLOCKS_PER_BATCH = 4

#: Arrow's types by those of MaxCompute.
_TYPES = {
    "bigint": pa.int64(),
    "string": pa.string(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.timestamp("ms"),
    "decimal(18,6)": pa.decimal128(18, 6),
    "date": pa.date32(),
}


def stream(kind: str, rows: int) -> Iterator[bytes]:
    """Yield the stream of so many rows in chunks."""
    yield struct.pack(">I", _PIECE_BYTES)
    whole_checksum = 0
    waiting = b""
    for content in _messages(kind, rows):
        waiting += content
        full = len(waiting) // _PIECE_BYTES * _PIECE_BYTES
        for start in range(0, full, _PIECE_BYTES):
            piece = waiting[start : start + _PIECE_BYTES]
            whole_checksum = google_crc32c.extend(whole_checksum, piece)
            yield piece + struct.pack(">I", google_crc32c.value(piece))
        waiting = waiting[full:]
    yield waiting + struct.pack(">I", google_crc32c.extend(whole_checksum, waiting))


def stream_bytes(kind: str, rows: int) -> int:
    """Return how long that stream is."""
    content = sum(map(len, _messages(kind, rows)))
    return 4 + content + 4 * (content // _PIECE_BYTES) + 4


def _messages(kind: str, rows: int) -> Iterator[bytes]:
    batch_rows = BLOCK_ROWS * _BLOCKS_PER_BATCH
    whole, rest = divmod(rows, batch_rows)
    for _ in range(whole):
        yield _message(kind, batch_rows)
    if rest:
        yield _message(kind, rest)
    yield struct.pack("<iI", -1, 0)


@cache
def _message(kind: str, rows: int) -> bytes:
    """Return a batch of so many rows."""
    block = [values(kind, number) for number in range(min(rows, BLOCK_ROWS))]
    given = [block[number % BLOCK_ROWS] for number in range(rows)]
    columns = list(zip(*given, strict=True))
    types = COLUMNS[kind].values()
    arrays = [_array(type_, column) for type_, column in zip(types, columns, strict=True)]
    batch = pa.RecordBatch.from_arrays(arrays, list(COLUMNS[kind]))
    message: bytes = batch.serialize().to_pybytes()
    return message


def _array(type_: str, column: tuple[Any, ...]) -> Any:
    if type_.startswith("decimal"):
        return pa.array([None if one is None else Decimal(one) for one in column], _TYPES[type_])
    if type_ in {"datetime", "date"}:
        whole = pa.int64() if type_ == "datetime" else pa.int32()
        return pa.array(column, whole).cast(_TYPES[type_])
    return pa.array(column, _TYPES[type_])
