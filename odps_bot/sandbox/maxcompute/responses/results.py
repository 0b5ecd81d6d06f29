"""`?result`: rows as CSV, or text."""

import json
from base64 import b64encode

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.csv_text import csv_text
from odps_bot.sandbox.maxcompute.documents import cdata, document, element, error_document, text
from odps_bot.sandbox.maxcompute.engine.outcomes import ResultSet
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, no_such_object
from odps_bot.sandbox.maxcompute.timing import ERROR_FORMAT

#: The codes of these errors are words.
_ERROR_WORDS = {"ODPS-0130161": "ParseError", "ODPS-0130131": "NoSuchTable"}

#: READ_TABLE_MAX_ROW of a project by default.
MAX_ROWS = 10_000
MAX_BYTES = 10 * 1024 * 1024


async def result(context: Context, call: Call) -> Response:
    """Return the results of an instance; none while it runs."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    return await result_document(context, instance)


async def result_document(context: Context, instance: Instance) -> Response:
    """Return the results of an instance; raises `ServiceError` if too large or dropped."""
    if not instance.is_terminated:
        return document(element("Instance", element("Tasks")))
    return document(element("Instance", await task_results(context, instance)))


async def task_results(context: Context, instance: Instance) -> str:
    """Return the element with the results of an ended instance; raises as `result_document`."""
    tasks = [await _task(context, one) for one in instance.executions if one.is_terminated]
    return element("Tasks", *tasks)


async def _task(context: Context, instance: Instance) -> str:
    rows = instance.outcome.rows
    parts: tuple[str, ...]
    if instance.task_status is TaskStatus.SUCCESS and rows is not None:
        if not instance.are_rows_kept:
            raise no_such_object(f"result of instance '{instance.id}'")
        content = await context.lifecycles.run_in_thread(lambda: _csv(context, rows))
        parts = (_encoded(content), element("ResultDescriptor", cdata(_descriptor(rows))))
    else:
        parts = (element("Result", cdata(_said(instance)), attributes={"Format": "text"}),)
    task = instance.submission.task
    return element(
        "Task",
        element("Name", text(task.name)),
        *parts,
        element("Status", text(instance.task_status.value)),
        attributes={"Type": task.kind},
    )


def result_text(instance: Instance) -> str:
    """Return the text result of an instance without rows."""
    if instance.task_status is TaskStatus.SUCCESS:
        return instance.outcome.text
    return instance.failure


def _said(instance: Instance) -> str:
    """Return the text result, or the document that some services put an error into."""
    is_document = instance.submission.task.settings.get(ERROR_FORMAT, "").lower() == "xml"
    if not instance.failure or not is_document:
        return result_text(instance)
    return error_document(
        code=_ERROR_WORDS.get(instance.failure[:12], instance.failure.partition(":")[0]),
        message=instance.failure,
        request_id=instance.id,
    )


def _csv(context: Context, rows: ResultSet) -> bytes:
    content = csv_text(rows.columns, context.engine.rows(rows, count=MAX_ROWS)).encode()
    if len(content) > MAX_BYTES:
        raise ServiceError(
            400,
            "InvalidParameter",
            "ODPS-0420061: Invalid parameter in HTTP request - "
            "Fetched data is larger than the rendering limitation allowed. "
            "Please try to read your data by instance tunnel.",
        )
    return content


def _encoded(content: bytes) -> str:
    attributes = {"Transform": "Base64", "Format": "csv"}
    return element("Result", cdata(b64encode(content).decode()), attributes=attributes)


def _descriptor(rows: ResultSet) -> str:
    return json.dumps(
        {
            "IsSelect": True,
            "SelectResultStatus": "TRUNCATED" if rows.row_count > MAX_ROWS else "FULL",
            "Schema": {"Columns": [{"Name": c.name, "Type": str(c.type)} for c in rows.columns]},
        }
    )
