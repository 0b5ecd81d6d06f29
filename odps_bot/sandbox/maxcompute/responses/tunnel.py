"""The instance tunnel: all rows of a SELECT, in any number of slices.

Vendor page of its errors: https://www.alibabacloud.com/help/en/maxcompute/user-guide/common-tunnel-errors
"""

import json
import re
import secrets
from collections.abc import Iterator, Sequence

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.documents import http_date
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.outcomes import ResultSet
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.responses.context import Context, TunnelSession
from odps_bot.sandbox.maxcompute.responses.results import MAX_ROWS
from odps_bot.sandbox.maxcompute.service_errors import ServiceError
from odps_bot.sandbox.maxcompute.tunnel_rows import encode_rows

#: Of open sessions; the oldest is closed for a new one.
_MAX_SESSIONS = 200
_ROW_RANGE = re.compile(r"\((\d{1,12}),(\d{1,12})\)")


async def create(context: Context, call: Call) -> Response:
    """Open a download session for the rows of an instance."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    rows = _rows(instance)
    is_limited = "instance_tunnel_limit_enabled" in call.query
    count = min(rows.row_count, MAX_ROWS) if is_limited else rows.row_count
    download_id = f"{call.now:%Y%m%d%H%M%S}{secrets.token_hex(8)}"
    while len(context.downloads) >= _MAX_SESSIONS:
        context.downloads.pop(next(iter(context.downloads)))
    context.downloads[download_id] = TunnelSession(instance.id, count, call.now)
    return _session(instance, download_id, context.downloads[download_id])


async def session(context: Context, call: Call) -> Response:
    """Return a session."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    return _session(instance, call.query["downloadid"], _download(context, call, instance))


async def data(context: Context, call: Call) -> Response:
    """Send a slice of the rows."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    download, rows = _download(context, call, instance), _rows(instance)
    if "arrow" in call.query:
        raise ServiceError(400, "InvalidArgument", "the sandbox's tunnel does not send Arrow")
    found = _ROW_RANGE.fullmatch(call.query.get("rowrange", ""))
    if found is None:
        raise ServiceError(400, "InvalidRowRange", "rowrange must be (start,count)")
    start, count = int(found[1]), int(found[2])
    if start > download.row_count:
        raise ServiceError(400, "InvalidRowRange", f"there are {download.row_count} rows")
    indexes = _column_indexes(call.query.get("columns"), rows)
    columns = [rows.columns[index] for index in indexes]
    stop = min(start + count, download.row_count)
    chosen = _chosen(context.engine.rows(rows, start=start, count=stop - start), indexes)
    return Response(content_type="application/octet-stream", chunks=encode_rows(columns, chosen))


def _chosen(rows: Iterator[Sequence[object]], indexes: list[int]) -> Iterator[Sequence[object]]:
    return ([row[index] for index in indexes] for row in rows)


def _rows(instance: Instance) -> ResultSet:
    # Of several tasks the last one with rows counts.
    with_rows = [one for one in instance.executions if one.outcome.rows is not None]
    instance = with_rows[-1] if with_rows and instance.is_terminated else instance
    if not instance.is_terminated:
        raise ServiceError(400, "InstanceNotTerminate", "The specified instance is not terminated.")
    if instance.task_status is not TaskStatus.SUCCESS:
        raise ServiceError(400, "TaskFailed", instance.failure or "The task has been cancelled.")
    rows = instance.outcome.rows
    if rows is None:
        raise ServiceError(400, "InstanceTypeNotSupported", "Only SELECT instances have rows.")
    if not instance.are_rows_kept:
        raise ServiceError(404, "NoSuchObject", "The rows of this instance are not kept any more.")
    return rows


def _download(context: Context, call: Call, instance: Instance) -> TunnelSession:
    download = context.downloads.get(call.query.get("downloadid", ""))
    if download is None or download.instance_id != instance.id:
        raise ServiceError(400, "StatusConflict", "The session is expired or does not exist.")
    return download


def _column_indexes(names: str | None, rows: ResultSet) -> list[int]:
    if not names:
        return list(range(len(rows.columns)))
    known = {column.name: index for index, column in enumerate(rows.columns)}
    try:
        return [known[name.strip().strip("`").lower()] for name in names.split(",")]
    except KeyError as error:
        raise ServiceError(400, "InvalidColumnSpec", f"there is no column {error}") from error


def _session(instance: Instance, download_id: str, download: TunnelSession) -> Response:
    rows = _rows(instance)
    content = {
        "DownloadID": download_id,
        "Initiated": http_date(download.opened_at),
        "Owner": instance.owner,
        "RecordCount": download.row_count,
        "Schema": {
            "IsVirtualView": False,
            "columns": [_column(column) for column in rows.columns],
            "partitionKeys": [],
        },
        "Status": "normal",
        "QuotaName": "",
    }
    return text_response(json.dumps(content), content_type="application/json")


def _column(column: Column) -> dict[str, object]:
    return {"name": column.name, "type": str(column.type), "nullable": True, "comment": ""}
