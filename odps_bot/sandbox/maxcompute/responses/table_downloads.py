"""The table tunnel, downwards: the rows of a table or of a partition, in any number of slices."""

import secrets

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.engine.catalog import PartitionValues, Table
from odps_bot.sandbox.maxcompute.engine.time_zones import DEFAULT, zone_info
from odps_bot.sandbox.maxcompute.responses import slices
from odps_bot.sandbox.maxcompute.responses.context import Context, TableDownload
from odps_bot.sandbox.maxcompute.responses.partition_specs import existing_partition
from odps_bot.sandbox.maxcompute.responses.tables import find_table
from odps_bot.sandbox.maxcompute.responses.tunnel_documents import MAX_SESSIONS, session_document
from odps_bot.sandbox.maxcompute.service_errors import ServiceError

#: In a table times are those of this clock.
ZONE = zone_info(DEFAULT)


async def create(context: Context, call: Call) -> Response:
    """Open a session for the rows that are there now."""
    table = find_table(context, call)
    if table.is_view:
        raise ServiceError(400, "InvalidArgument", f"'{table.name}' is a view.")
    values = tunnel_partition(table, call)
    content = await context.lifecycles.run_in_thread(lambda: context.engine.content(table, values))
    download_id = f"{call.now:%Y%m%d%H%M%S}{secrets.token_hex(8)}"
    while len(context.table_downloads) >= MAX_SESSIONS:
        context.table_downloads.pop(next(iter(context.table_downloads)))
    opened = TableDownload(table.project, table.name, values, content.rows, call.now)
    context.table_downloads[download_id] = opened
    return _session(table, call, download_id, opened)


async def session(context: Context, call: Call) -> Response:
    """Return a session."""
    table = find_table(context, call)
    return _session(table, call, call.query["downloadid"], _download(context, call, table))


async def data(context: Context, call: Call) -> Response:
    """Send a slice of the rows."""
    return _slice(context, call, is_arrow=False)


async def arrow(context: Context, call: Call) -> Response:
    """Send a slice of the rows as Arrow batches."""
    return _slice(context, call, is_arrow=True)


def tunnel_partition(table: Table, call: Call) -> PartitionValues | None:
    """Return the partition of a request, which a partitioned table needs; raises `ServiceError`."""
    spec = call.query.get("partition", "")
    if bool(spec) is not bool(table.partition_columns):
        reason = "a partition is required" if table.partition_columns else "there are no partitions"
        raise ServiceError(400, "InvalidPartitionSpec", f"'{table.name}': {reason}.")
    return existing_partition(table, spec) if spec else None


def _slice(context: Context, call: Call, *, is_arrow: bool) -> Response:
    table = find_table(context, call)
    download = _download(context, call, table)
    columns = slices.chosen_columns(call, table.columns)
    start, count = slices.row_range(call, download.row_count)
    return slices.stream(
        call,
        columns,
        context.engine.table_rows(table, download.partition, start=start, count=count),
        zone=ZONE,
        is_arrow=is_arrow,
        # PyODPS reads structs from the instance tunnel only.
        has_timestamp_structs=False,
    )


def _download(context: Context, call: Call, table: Table) -> TableDownload:
    download = context.table_downloads.get(call.query.get("downloadid", ""))
    if download is None or (download.project, download.table) != (table.project, table.name):
        raise ServiceError(400, "StatusConflict", "The session is expired or does not exist.")
    return download


def _session(table: Table, call: Call, download_id: str, download: TableDownload) -> Response:
    return session_document(
        call,
        opened_at=download.opened_at,
        owner=table.owner,
        columns=table.columns,
        partition_columns=table.partition_columns,
        content={"DownloadID": download_id, "RecordCount": download.row_count, "Status": "normal"},
    )
