"""The instance tunnel: all rows of a SELECT, in any number of slices.

Vendor page of its errors: https://www.alibabacloud.com/help/en/maxcompute/user-guide/common-tunnel-errors
"""

import json
import re
import secrets
from collections.abc import Iterator, Sequence

from odps_bot.sandbox.maxcompute.calls import Answer, Call, text_answer
from odps_bot.sandbox.maxcompute.documents import http_date
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.outcomes import ResultSet
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.responses.context import Download, World
from odps_bot.sandbox.maxcompute.responses.results import MAX_ROWS
from odps_bot.sandbox.maxcompute.service_errors import Refusal
from odps_bot.sandbox.maxcompute.tunnel_rows import encode_rows

#: Open sessions; the oldest is closed for a new one.
_MOST_SESSIONS = 200
_ROW_RANGE = re.compile(r"\((\d{1,12}),(\d{1,12})\)")


async def create(world: World, call: Call) -> Answer:
    """Open a download session of an instance's rows."""
    instance = world.instance(call.names["project"], call.names["instance_id"])
    rows = _rows(instance)
    is_limited = "instance_tunnel_limit_enabled" in call.query
    count = min(rows.row_count, MAX_ROWS) if is_limited else rows.row_count
    download_id = f"{call.now:%Y%m%d%H%M%S}{secrets.token_hex(8)}"
    while len(world.downloads) >= _MOST_SESSIONS:
        world.downloads.pop(next(iter(world.downloads)))
    world.downloads[download_id] = Download(instance.id, count, call.now)
    return _session(instance, download_id, world.downloads[download_id])


async def session(world: World, call: Call) -> Answer:
    """Answer with what a session is."""
    instance = world.instance(call.names["project"], call.names["instance_id"])
    return _session(instance, call.query["downloadid"], _download(world, call, instance))


async def data(world: World, call: Call) -> Answer:
    """Send a slice of the rows."""
    instance = world.instance(call.names["project"], call.names["instance_id"])
    download, rows = _download(world, call, instance), _rows(instance)
    if "arrow" in call.query:
        raise Refusal(400, "InvalidArgument", "the sandbox's tunnel does not send Arrow")
    found = _ROW_RANGE.fullmatch(call.query.get("rowrange", ""))
    if found is None:
        raise Refusal(400, "InvalidRowRange", "rowrange must be (start,count)")
    start, count = int(found[1]), int(found[2])
    if start > download.row_count:
        raise Refusal(400, "InvalidRowRange", f"there are {download.row_count} rows only")
    places = _places(call.query.get("columns"), rows)
    columns = [rows.columns[place] for place in places]
    stop = min(start + count, download.row_count)
    chosen = _chosen(world.engine.rows(rows, start=start, count=stop - start), places)
    return Answer(content_type="application/octet-stream", pieces=encode_rows(columns, chosen))


def _chosen(rows: Iterator[Sequence[object]], places: list[int]) -> Iterator[Sequence[object]]:
    return ([row[place] for place in places] for row in rows)


def _rows(instance: Instance) -> ResultSet:
    if not instance.is_terminated:
        raise Refusal(400, "InstanceNotTerminate", "The specified instance is not terminated.")
    if instance.task_status is not TaskStatus.SUCCESS:
        raise Refusal(400, "TaskFailed", instance.failure or "The task has been cancelled.")
    rows = instance.outcome.rows
    if rows is None:
        raise Refusal(400, "InstanceTypeNotSupported", "Only SELECT instances have rows.")
    if not instance.are_rows_kept:
        raise Refusal(404, "NoSuchObject", "The rows of this instance are not kept any more.")
    return rows


def _download(world: World, call: Call, instance: Instance) -> Download:
    download = world.downloads.get(call.query.get("downloadid", ""))
    if download is None or download.instance_id != instance.id:
        raise Refusal(400, "StatusConflict", "The session is expired or does not exist.")
    return download


def _places(names: str | None, rows: ResultSet) -> list[int]:
    if not names:
        return list(range(len(rows.columns)))
    known = {column.name: place for place, column in enumerate(rows.columns)}
    try:
        return [known[name.strip().strip("`").lower()] for name in names.split(",")]
    except KeyError as error:
        raise Refusal(400, "InvalidColumnSpec", f"there is no column {error}") from error


def _session(instance: Instance, download_id: str, download: Download) -> Answer:
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
    return text_answer(json.dumps(content), content_type="application/json")


def _column(column: Column) -> dict[str, object]:
    return {"name": column.name, "type": str(column.type), "nullable": True, "comment": ""}
