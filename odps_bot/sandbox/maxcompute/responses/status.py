"""Status, progress and source of an instance."""

import asyncio
from contextlib import suppress

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.documents import (
    cdata,
    document,
    element,
    elements,
    http_date,
    text,
)
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.progress import StageProgress
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import no_such_object
from odps_bot.sandbox.maxcompute.submission import Task

#: How long `?instancestatus` waits for the end.
BLOCK_SECONDS = 5.0


async def status(context: Context, call: Call) -> Response:
    """Return status, owner and times."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    return Response(
        body=document(element("Instance", element("Status", instance.status))).body,
        headers={
            "x-odps-owner": instance.owner,
            "x-odps-start-time": http_date(instance.created_at),
            "x-odps-end-time": http_date(instance.ended_at),
        },
    )


async def blocking_status(context: Context, call: Call) -> Response:
    """Return the status when the instance has terminated, or after some seconds."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    with suppress(TimeoutError):
        await asyncio.wait_for(instance.ended.wait(), BLOCK_SECONDS)
    return await status(context, call)


async def task_status(context: Context, call: Call) -> Response:
    """Return the status of the instance and of its tasks."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    tasks = (
        element(
            "Task",
            element("Name", text(one.submission.task.name)),
            element("StartTime", http_date(one.started_at)),
            element("EndTime", http_date(one.ended_at)),
            element("Status", one.task_status.value),
            element("Histories"),
            attributes={"Type": one.submission.task.kind},
        )
        for one in instance.executions
    )
    status = element("Status", instance.status)
    return document(element("Instance", status, element("Tasks", *tasks)))


async def progress(context: Context, call: Call) -> Response:
    """Return the stages of a task; none while it is queued."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    name = call.query.get("instanceprogress") or call.query.get("taskname")
    execution = execution_of(instance, name)
    return document(element("Progress", *map(_stage, execution.progress(call.now))))


async def source(context: Context, call: Call) -> Response:
    """Return the job as it was submitted."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    submission = instance.submission
    return document(
        element(
            "Job",
            element("Name", text(submission.job_name or "NA")),
            element("Comment"),
            element("Owner", text(instance.owner)),
            element("CreationTime", http_date(instance.created_at)),
            element("LastModifiedTime", http_date(instance.ended_at or instance.created_at)),
            element("Priority", str(submission.priority)),
            element("Guid", text(submission.guid)),
            element("Tasks", *map(_task, submission.tasks)),
            elements("DAG", [("RunMode", "Sequence")]),
        )
    )


def execution_of(instance: Instance, task_name: str | None) -> Instance:
    """Return the execution of a task; without a name, of the one that runs or ran last.

    Raises `ServiceError` for a task that the instance does not have.
    """
    if not task_name:
        begun = [one for one in instance.executions if one.started_at is not None]
        return begun[-1] if begun else instance.executions[0]
    for one in instance.executions:
        if one.submission.task.name.lower() == task_name.lower():
            return one
    raise no_such_object(f"task '{task_name}' of instance '{instance.id}'")


def _task(task: Task) -> str:
    config = (
        element("Property", element("Name", text(name)), element("Value", text(value)))
        for name, value in task.properties
    )
    return element(
        task.kind,
        element("Name", text(task.name)),
        element("Comment"),
        element("Config", *config),
        element("Query", cdata(task.sql)) if task.has_query or not task.content else task.content,
    )


def _stage(stage: StageProgress) -> str:
    return element(
        "Stage",
        element("Status", stage.status),
        element("BackupWorkers", "0"),
        element("TerminatedWorkers", str(stage.terminated_workers)),
        element("RunningWorkers", str(stage.running_workers)),
        element("TotalWorkers", str(stage.total_workers)),
        element("InputRecords", str(stage.input_records)),
        element("OutputRecords", str(stage.output_records)),
        element("FinishedPercentage", str(stage.percentage)),
        attributes={"ID": stage.name},
    )
