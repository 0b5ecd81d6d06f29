"""The table tunnel, upwards: blocks of rows, which a commit adds to a table all at once."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.responses.context import Context, Upload
from odps_bot.sandbox.maxcompute.responses.partition_specs import partition_values
from odps_bot.sandbox.maxcompute.responses.table_downloads import ZONE, tunnel_partition
from odps_bot.sandbox.maxcompute.responses.tables import find_table
from odps_bot.sandbox.maxcompute.responses.tunnel_documents import MAX_SESSIONS, session_document
from odps_bot.sandbox.maxcompute.service_errors import ServiceError
from odps_bot.sandbox.maxcompute.tunnel.arrow_reader import decode_batches
from odps_bot.sandbox.maxcompute.tunnel.row_reader import decode_rows

#: Of a session, in bytes as they came.
_MAX_UPLOAD = 256 * 1024 * 1024
_MAX_FIELD = 8 * 1024 * 1024
#: Encodings that the server undoes.
_ENCODINGS = {"", "identity", "deflate", "gzip"}


async def create(context: Context, call: Call) -> Response:
    """Open a session for a table or a partition."""
    table = find_table(context, call)
    if table.is_view:
        raise ServiceError(400, "InvalidArgument", f"'{table.name}' is a view.")
    if call.query.get("create_partition") == "true" and table.partition_columns:
        wanted = partition_values(table, call.query.get("partition", ""))
        await context.lifecycles.run_in_thread(lambda: context.engine.add_partition(table, wanted))
        table = find_table(context, call)
    upload = Upload(
        table.project,
        table.name,
        tunnel_partition(table, call),
        call.now,
        is_overwrite=call.query.get("overwrite") == "true",
    )
    upload_id = f"{call.now:%Y%m%d%H%M%S}{secrets.token_hex(8)}"
    while len(context.uploads) >= MAX_SESSIONS:
        context.uploads.pop(next(iter(context.uploads)))
    context.uploads[upload_id] = upload
    return _session(table, call, upload_id, upload)


async def session(context: Context, call: Call) -> Response:
    """Return a session with the blocks that it has."""
    table = find_table(context, call)
    return _session(table, call, call.query["uploadid"], _upload(context, call, table))


async def block(context: Context, call: Call) -> Response:
    """Take a block of rows, in place of an earlier one with its number."""
    table = find_table(context, call)
    upload = _upload(context, call, table)
    number = call.query.get("blockid", "")
    if not number.isdecimal():
        raise ServiceError(400, "InvalidBlockID", f"'{number}' is no number of a block.")
    if upload.is_committed:
        raise ServiceError(409, "StatusConflict", "The session is closed.")
    if (encoding := call.headers.get("content-encoding", "").lower()) not in _ENCODINGS:
        raise ServiceError(400, "InvalidArgument", f"The encoding '{encoding}' is not supported.")
    if sum(size for size, _ in upload.blocks.values()) + len(call.body) > _MAX_UPLOAD:
        raise ServiceError(413, "RequestEntityTooLarge", f"More than {_MAX_UPLOAD} bytes.")
    decode = _decoder(call)
    try:
        rows = await context.lifecycles.run_in_thread(lambda: decode(call.body, table))
    except ValueError as error:
        raise ServiceError(
            400, "MalformedDataStream", f"The rows can't be read: {error}"
        ) from error
    upload.blocks[int(number)] = (len(call.body), rows)
    return text_response("")


async def commit(context: Context, call: Call) -> Response:
    """Add all blocks to the table, in the order of their numbers."""
    table = find_table(context, call)
    upload = _upload(context, call, table)
    upload_id = call.query["uploadid"]
    if upload.is_committed:
        return _session(table, call, upload_id, upload)
    # Before the rows are written, so that a second request does not write them again.
    closed = replace(upload, is_committed=True)
    context.uploads[upload_id] = closed
    rows = [row for number in sorted(upload.blocks) for row in upload.blocks[number][1]]
    try:
        await context.lifecycles.run_in_thread(
            lambda: context.engine.load(
                table, upload.partition, rows, is_overwrite=upload.is_overwrite
            )
        )
    except ValueError as error:
        context.uploads[upload_id] = upload
        raise ServiceError(
            400, "InvalidArgument", f"The table takes no such rows: {error}"
        ) from error
    upload.blocks.clear()
    return _session(table, call, upload_id, closed)


def _decoder(call: Call) -> Callable[[bytes, Table], Sequence[Sequence[Any]]]:
    decode = decode_batches if "arrow" in call.query else decode_rows
    return lambda content, table: list(decode(content, table.columns, zone=ZONE))


def _upload(context: Context, call: Call, table: Table) -> Upload:
    upload = context.uploads.get(call.query["uploadid"])
    if upload is None or (upload.project, upload.table) != (table.project, table.name):
        raise ServiceError(404, "NoSuchUpload", "The session is expired or does not exist.")
    return upload


def _session(table: Table, call: Call, upload_id: str, upload: Upload) -> Response:
    return session_document(
        call,
        opened_at=upload.opened_at,
        owner=table.owner,
        columns=table.columns,
        partition_columns=table.partition_columns,
        content={
            "UploadID": upload_id,
            "Status": "closed" if upload.is_committed else "normal",
            "UploadedBlockList": [{"BlockID": number} for number in sorted(upload.blocks)],
            "MaxFieldSize": _MAX_FIELD,
        },
    )
