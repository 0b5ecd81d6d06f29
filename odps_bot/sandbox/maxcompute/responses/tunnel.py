"""The instance tunnel: all rows of a SELECT, in any number of slices.

Vendor page of its errors: https://www.alibabacloud.com/help/en/maxcompute/user-guide/common-tunnel-errors
"""

import secrets

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.engine.outcomes import ResultSet
from odps_bot.sandbox.maxcompute.engine.time_zones import zone_info
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.responses import slices
from odps_bot.sandbox.maxcompute.responses.context import Context, TunnelSession
from odps_bot.sandbox.maxcompute.responses.results import MAX_ROWS
from odps_bot.sandbox.maxcompute.responses.tunnel_documents import MAX_SESSIONS, session_document
from odps_bot.sandbox.maxcompute.service_errors import ServiceError


async def create(context: Context, call: Call) -> Response:
    """Open a download session for the rows of an instance."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    rows = _rows(instance)
    is_limited = "instance_tunnel_limit_enabled" in call.query
    count = min(rows.row_count, MAX_ROWS) if is_limited else rows.row_count
    download_id = f"{call.now:%Y%m%d%H%M%S}{secrets.token_hex(8)}"
    while len(context.downloads) >= MAX_SESSIONS:
        context.downloads.pop(next(iter(context.downloads)))
    context.downloads[download_id] = TunnelSession(instance.id, count, call.now)
    return _session(call, instance, download_id, context.downloads[download_id])


async def session(context: Context, call: Call) -> Response:
    """Return a session."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    return _session(call, instance, call.query["downloadid"], _download(context, call, instance))


async def data(context: Context, call: Call) -> Response:
    """Send a slice of the rows."""
    return _slice(context, call, is_arrow=False)


async def arrow(context: Context, call: Call) -> Response:
    """Send a slice of the rows as Arrow batches."""
    return _slice(context, call, is_arrow=True)


def _slice(context: Context, call: Call, *, is_arrow: bool) -> Response:
    instance = context.instance(call.names["project"], call.names["instance_id"])
    download, rows = _download(context, call, instance), _rows(instance)
    columns = slices.chosen_columns(call, rows.columns)
    start, count = slices.row_range(call, download.row_count)
    return slices.stream(
        call,
        columns,
        context.engine.rows(rows, start=start, count=count),
        zone=zone_info(rows.time_zone),
        is_arrow=is_arrow,
        has_timestamp_structs=True,
    )


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


def _session(call: Call, instance: Instance, download_id: str, download: TunnelSession) -> Response:
    rows = _rows(instance)
    return session_document(
        call,
        opened_at=download.opened_at,
        owner=instance.owner,
        columns=rows.columns,
        content={"DownloadID": download_id, "RecordCount": download.row_count, "Status": "normal"},
    )
