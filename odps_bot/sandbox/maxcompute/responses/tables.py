"""Tables and their partitions: their columns, and how much they hold."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.csv_text import csv_text
from odps_bot.sandbox.maxcompute.documents import document, element, http_date, text
from odps_bot.sandbox.maxcompute.engine.catalog import Column, PartitionValues, Table
from odps_bot.sandbox.maxcompute.engine.engine import Content
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.partition_specs import (
    existing_partition,
    partition_prefix,
)
from odps_bot.sandbox.maxcompute.responses.results import MAX_ROWS
from odps_bot.sandbox.maxcompute.responses.table_listing import table_type
from odps_bot.sandbox.maxcompute.service_errors import invalid_parameter, no_such_object

#: Of a page.
_MAX_PARTITIONS = 1_000
_NUMBER = re.compile(r"\d{1,9}")


async def table(context: Context, call: Call) -> Response:
    """Return the columns of a table and how much it holds, or how that is stored."""
    found = find_table(context, call)
    if "extended" in call.query:
        reserved = {"Transactional": "true"} if found.is_transactional else {}
        stored = await _storage(context, found)
        return _table(found, {**stored, "Reserved": json.dumps(reserved)})
    schema: dict[str, object] = {
        "tableName": found.name,
        "owner": found.owner,
        "comment": found.comment,
        **_times(found),
        "columns": _listed(found.columns),
        "partitionKeys": _listed(found.partition_columns),
        "isVirtualView": found.is_view,
        "lifecycle": found.lifecycle or -1,
    }
    if not found.is_view:
        content = await context.lifecycles.run_in_thread(lambda: context.engine.content(found))
        schema |= {"size": content.size_bytes, "recordNum": content.rows}
    return _table(found, schema)


def _table(found: Table, schema: Mapping[str, object]) -> Response:
    root = element(
        "Table",
        element("Name", text(found.name)),
        element("TableId", text(found.name)),
        element("Type", text(table_type(found))),
        element("Schema", text(json.dumps(schema)), attributes={"format": "Json"}),
    )
    headers = {"x-odps-owner": found.owner, "x-odps-creation-time": http_date(found.created_at)}
    return document(root, **headers)


async def partition(context: Context, call: Call) -> Response:
    """Return how much a partition holds, or how that is stored."""
    found = find_table(context, call)
    values = existing_partition(found, call.query["partition"])
    if "extended" in call.query:
        stored = await _storage(context, found, values)
        return _partition_document(
            {**stored, "IsExstore": False, "LifeCycle": found.lifecycle or -1}
        )
    content = await context.lifecycles.run_in_thread(lambda: context.engine.content(found, values))
    return _partition_document(
        {
            **_times(found),
            "partitionSize": content.size_bytes,
            "partitionRecordNum": content.rows,
        }
    )


def _partition_document(schema: Mapping[str, object]) -> Response:
    return document(element("Partition", element("Schema", text(json.dumps(schema)))))


async def partitions(context: Context, call: Call) -> Response:
    """Return a page of the partitions of a table, by their values."""
    found = find_table(context, call)
    if not found.partition_columns:
        raise invalid_parameter(f"table '{found.name}' is not a partitioned table")
    prefix = partition_prefix(found, call.query.get("partition", ""))
    is_reverse = "reverse" in call.query
    passed = _passed(call.query.get("marker"))
    listed = [
        values
        for values in sorted(found.partitions, reverse=is_reverse)
        if values[: len(prefix)] == prefix
        and (passed is None or (values < passed if is_reverse else values > passed))
    ]
    size = _page_size(call)
    page = listed[:size]
    contents = await context.lifecycles.run_in_thread(
        lambda: context.engine.partition_contents(found)
    )
    is_last = len(listed) <= size
    root = element(
        "Partitions",
        element("Marker", "" if is_last else _marker(page[-1])),
        element("MaxItems", text(size)),
        *(_partition(found, values, contents.get(values, Content(0, 0))) for values in page),
    )
    return document(root)


async def data(context: Context, call: Call) -> Response:
    """Return the first rows of a table or of a partition as CSV, as `table.head()` asks."""
    found = find_table(context, call)
    given = call.query.get("linenum", "")
    if not _NUMBER.fullmatch(given):
        raise invalid_parameter(f"linenum '{given}' is no number of rows")
    spec = call.query.get("partition")
    values = existing_partition(found, spec) if spec else None
    indexes = _indexes(found, call.query.get("cols", ""))
    columns = [found.all_columns[index] for index in indexes]
    count = min(int(given), MAX_ROWS)

    def first_rows() -> str:
        rows = context.engine.table_rows(found, values, count=count)
        return csv_text(columns, ([row[index] for index in indexes] for row in rows))

    content = await context.lifecycles.run_in_thread(first_rows)
    return text_response(content, content_type="text/csv; charset=utf-8")


def _marker(last: PartitionValues) -> str:
    return b64encode(json.dumps(last).encode()).decode()


def _passed(marker: str | None) -> PartitionValues | None:
    """Return the last partition of the page before."""
    if not marker:
        return None
    try:
        return tuple(str(value) for value in json.loads(b64decode(marker, validate=True)))
    except (ValueError, TypeError) as error:
        raise invalid_parameter(f"unknown marker '{marker}'") from error


def _indexes(table: Table, names: str) -> list[int]:
    known = [column.name for column in table.all_columns]
    if not names:
        return list(range(len(known)))
    try:
        return [known.index(name.strip().strip("`").lower()) for name in names.split(",")]
    except ValueError as error:
        raise invalid_parameter(f"cols '{names}': {error}") from error


def _page_size(call: Call) -> int:
    given = call.query.get("maxitems") or str(_MAX_PARTITIONS)
    if not _NUMBER.fullmatch(given) or not int(given):
        raise invalid_parameter(f"maxitems '{given}' is no number of partitions")
    return min(int(given), _MAX_PARTITIONS)


def _partition(table: Table, values: PartitionValues, content: Content) -> str:
    columns = [
        element("Column", attributes={"Name": column.name, "Value": value})
        for column, value in zip(table.partition_columns, values, strict=True)
    ]
    created = int(table.created_at.timestamp())
    facts = (
        ("CreationTime", created),
        ("LastDDLTime", created),
        ("LastModifiedTime", created),
        ("PartitionSize", content.size_bytes),
        ("PartitionRecordCount", content.rows),
    )
    return element("Partition", *columns, *(element(name, text(fact)) for name, fact in facts))


def _times(table: Table) -> dict[str, object]:
    created = int(table.created_at.timestamp())
    return {"createTime": created, "lastDDLTime": created, "lastModifiedTime": created}


async def _storage(
    context: Context, table: Table, partition: PartitionValues | None = None
) -> dict[str, object]:
    """Return how much is stored for a table or a partition, three times each."""
    content = await context.lifecycles.run_in_thread(
        lambda: Content(0, 0) if table.is_view else context.engine.content(table, partition)
    )
    files = int(content.rows > 0)
    return {"IsArchived": False, "PhysicalSize": 3 * content.size_bytes, "FileNum": files}


def find_table(context: Context, call: Call) -> Table:
    """Return the table of a request; raises `ServiceError`."""
    found = context.engine.table(context.project(call.names["project"]), call.names["table"])
    if found is None:
        raise no_such_object(f"table '{call.names['table']}'")
    return found


def _listed(columns: Iterable[Column]) -> list[dict[str, object]]:
    return [
        {
            "name": c.name,
            "type": str(c.type),
            "comment": c.comment,
            "label": "",
            "isNullable": True,
        }
        for c in columns
    ]
