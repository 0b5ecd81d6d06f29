"""Rows as Arrow record batches, in the IPC format without the message of the schema; pure.

Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
The metadata of a batch is a FlatBuffer, whose layout is the same but for the two vectors.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Any

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.tunnel.arrow_columns import Buffers, Form, add_column

_ROWS_PER_BATCH = 4_096
#: A batch ends early when its texts have more.
_MAX_TEXT = 4 * 1024 * 1024
_ALIGNMENT = 8
_CONTINUATION = 0xFFFFFFFF
_VERSION_5, _RECORD_BATCH = 4, 3

#: Root, the table Message with its vtable, the table RecordBatch with its own, and the number of
#: nodes. Offsets are relative to where they are written.
_HEAD = struct.Struct("<I" + "6H4x" + "iqIhBx" + "5H2x" + "iqII" + "4xI")
_TABLE_MESSAGE, _VTABLE_MESSAGE = 20, 4
_TABLE_BATCH, _VTABLE_BATCH = 52, 40
_AT_HEADER, _AT_NODES, _AT_BUFFERS, _NODES = 32, 64, 68, 76


def encode_batches(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    zone: tzinfo = UTC,
    has_timestamp_structs: bool = True,
) -> Iterator[bytes]:
    """Yield a message for every few thousand rows; `zone` is that of the clock for instants."""
    form = Form(zone, has_timestamp_structs)
    for batch in _in_batches(rows):
        parts = Buffers()
        for column, values in zip(columns, zip(*batch, strict=True), strict=True):
            add_column(column.type, values, parts, form)
        yield _message(len(batch), parts)


def _in_batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    batch: list[Sequence[Any]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(batch) == _ROWS_PER_BATCH or size > _MAX_TEXT:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _message(row_count: int, parts: Buffers) -> bytes:
    body, places, position = [], [], 0
    for content in parts.buffers:
        padding = -len(content) % _ALIGNMENT
        body += [content, bytes(padding)]
        places.append((position, len(content)))
        position += len(content) + padding
    metadata = _metadata(row_count, parts.nodes, places, body_length=position)
    return b"".join([struct.pack("<II", _CONTINUATION, len(metadata)), metadata, *body])


def _metadata(
    row_count: int,
    nodes: Sequence[tuple[int, int]],
    buffers: Sequence[tuple[int, int]],
    *,
    body_length: int,
) -> bytes:
    buffers_at = _NODES + 4 + 16 * len(nodes) + 4
    head = _HEAD.pack(
        _TABLE_MESSAGE,
        # vtable: its size, the size of the table, and where the fields are: version, type of the
        # header, header, length of the body
        *(12, 20, 16, 18, 12, 4),
        _TABLE_MESSAGE - _VTABLE_MESSAGE,
        body_length,
        _TABLE_BATCH - _AT_HEADER,
        _VERSION_5,
        _RECORD_BATCH,
        # likewise: length, nodes, buffers
        *(10, 20, 4, 12, 16),
        _TABLE_BATCH - _VTABLE_BATCH,
        row_count,
        _NODES - _AT_NODES,
        buffers_at - _AT_BUFFERS,
        len(nodes),
    )
    listed = b"".join(struct.pack("<qq", *pair) for pair in nodes)
    return b"".join(
        [
            head,
            listed,
            struct.pack("<4xI", len(buffers)),
            *(struct.pack("<qq", *pair) for pair in buffers),
        ]
    )
