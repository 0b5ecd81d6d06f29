"""A slice of rows as the tunnel sends it: some columns, as rows or Arrow batches, compressed."""

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from operator import itemgetter
from typing import Any

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, method_not_allowed
from odps_bot.sandbox.maxcompute.tunnel.arrow_batches import encode_batches
from odps_bot.sandbox.maxcompute.tunnel.arrow_columns import has_arrow_type
from odps_bot.sandbox.maxcompute.tunnel.compression import DEFLATE, accepts_deflate, deflated
from odps_bot.sandbox.maxcompute.tunnel.pieces import in_pieces
from odps_bot.sandbox.maxcompute.tunnel.rows import encode_rows

_ROW_RANGE = re.compile(r"\((\d{1,12}),(\d{1,12})\)")

#: A column, and its place in the rows.
_Chosen = Sequence[tuple[int, Column]]


def row_range(call: Call, row_count: int) -> tuple[int, int]:
    """Return the first row and the number of rows; raises `ServiceError`."""
    found = _ROW_RANGE.fullmatch(call.query.get("rowrange", ""))
    if found is None:
        raise ServiceError(400, "InvalidRowRange", "rowrange must be (start,count)")
    start, count = int(found[1]), int(found[2])
    if start > row_count:
        raise ServiceError(400, "InvalidRowRange", f"there are {row_count} rows")
    return start, min(count, row_count - start)


def chosen_columns(call: Call, columns: Sequence[Column]) -> _Chosen:
    """Return the columns to send, all without `columns`; raises `ServiceError`."""
    names = call.query.get("columns")
    if not names:
        return list(enumerate(columns))
    known = {column.name: (index, column) for index, column in enumerate(columns)}
    try:
        return [known[name.strip().strip("`").lower()] for name in names.split(",")]
    except KeyError as error:
        raise ServiceError(400, "InvalidColumnSpec", f"there is no column {error}") from error


def stream(
    call: Call,
    chosen: _Chosen,
    rows: Iterable[Sequence[Any]],
    *,
    zone: tzinfo,
    is_arrow: bool,
    has_timestamp_structs: bool,
) -> Response:
    """Return the response with the rows; raises `ServiceError` for what Arrow cannot carry."""
    if is_arrow:
        # PyODPS, which has no schema message, reads them in the order of the table.
        chosen = sorted(dict(chosen).items(), key=itemgetter(0))
    columns = [column for _, column in chosen]
    selected = ([row[index] for index, _ in chosen] for row in rows)
    if not is_arrow:
        chunks = encode_rows(columns, selected, zone=zone)
    elif all(has_arrow_type(column.type) for column in columns):
        batches = encode_batches(
            columns, selected, zone=zone, has_timestamp_structs=has_timestamp_structs
        )
        chunks = in_pieces(batches)
    else:
        # PyODPS asks for rows instead after this code.
        raise method_not_allowed("arrow")
    if not accepts_deflate(call.headers.get("accept-encoding", "")):
        return Response(content_type="application/octet-stream", chunks=chunks)
    return Response(
        content_type="application/octet-stream",
        headers={"Content-Encoding": DEFLATE},
        chunks=deflated(chunks),
    )
