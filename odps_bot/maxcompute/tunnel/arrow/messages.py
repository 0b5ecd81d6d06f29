"""Messages of Arrow's stream: https://arrow.apache.org/docs/format/Columnar.html. Pure.

The tunnel sends record batches without a schema: the columns are known from the session.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.tunnel.arrow.flatbuffers import Table
from odps_bot.maxcompute.tunnel.arrow.pieces import Pieces

_CONTINUATION = 0xFFFFFFFF
_SCHEMA, _RECORD_BATCH = 1, 3

_LONGEST_METADATA_BYTES = 4 * 1024 * 1024

#: Of a batch. What is longer is read row by row, by the other protocol.
_LONGEST_BODY_BYTES = 64 * 1024 * 1024

#: Messages without a row that a stream may have in all; one that goes on so would never end.
_MOST_EMPTY_MESSAGES = 1_000


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Rows column by column: what the nodes and buffers are is said by the columns' types."""

    row_count: int
    nodes: list[tuple[int, int]]  #: number of values and of NULLs, of each column and its children
    buffers: list[memoryview]


def read_batches(pieces: Pieces) -> Iterator[RecordBatch]:
    """Yield the record batches of a stream to its end. Raises MalformedResponseError."""
    empty = 0
    while not pieces.is_at_end():
        if empty > _MOST_EMPTY_MESSAGES:
            raise MalformedResponseError("The stream goes on without rows.")
        size = _length(pieces)
        if size == _CONTINUATION:  # older writers have left it out
            size = _length(pieces)
        if size == 0:
            break
        if size > _LONGEST_METADATA_BYTES:
            raise MalformedResponseError("The metadata of a batch are too long.")
        batch = _read_batch(pieces, size)
        if batch is not None:
            yield batch
        empty += batch is None or not batch.row_count
    if not pieces.is_at_end():
        raise MalformedResponseError("Something follows the last batch.")


def _read_batch(pieces: Pieces, size: int) -> RecordBatch | None:
    """Return the next message with metadata of that size; None for a schema."""
    try:
        message = Table.root(pieces.read(size))
        kind, body_bytes = message.integer(1, "<B"), message.integer(3, "<q")
        if not 0 <= body_bytes <= _LONGEST_BODY_BYTES:
            raise MalformedResponseError("A batch is too long.")
        body = pieces.read(body_bytes)
        batch = message.table(2)
        if kind == _SCHEMA:
            return None
        if kind != _RECORD_BATCH or batch is None:
            raise MalformedResponseError("The stream has other messages than batches of rows.")
        return _batch(batch, body)
    except (ValueError, struct.error) as error:
        raise MalformedResponseError("The metadata of a batch can't be read.") from error


def _length(pieces: Pieces) -> int:
    length: int = struct.unpack("<I", pieces.read(4))[0]
    return length


def _batch(batch: Table, body: bytes) -> RecordBatch:
    if batch.table(3) is not None:
        raise MalformedResponseError("The buffers of a batch are compressed.")
    row_count = batch.integer(0, "<q")
    if row_count < 0:
        raise ValueError("a negative number of rows")
    return RecordBatch(row_count, batch.pairs(1), _buffers(batch.pairs(2), memoryview(body)))


def _buffers(places: list[tuple[int, int]], body: memoryview) -> list[memoryview]:
    """Return the buffers, which lie in the body one after the other and never overlap."""
    buffers = []
    end = 0
    for offset, length in places:
        if length < 0 or (length and offset < end) or offset + length > len(body):
            raise ValueError("a buffer outside the body, or over another")
        buffers.append(body[offset : offset + length] if length else body[:0])
        end = max(end, offset + length)
    return buffers
