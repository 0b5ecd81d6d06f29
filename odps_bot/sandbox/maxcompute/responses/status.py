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
    """Return the status of the instance and of its task."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    task = instance.submission.task
    return document(
        element(
            "Instance",
            element("Status", instance.status),
            element(
                "Tasks",
                element(
                    "Task",
                    element("Name", text(task.name)),
                    element("StartTime", http_date(instance.started_at)),
                    element("EndTime", http_date(instance.ended_at)),
                    element("Status", instance.task_status.value),
                    element("Histories"),
                    attributes={"Type": task.kind},
                ),
            ),
        )
    )


async def progress(context: Context, call: Call) -> Response:
    """Return the stages of a task; none while it is queued."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    name = call.query.get("instanceprogress") or call.query.get("taskname")
    check_task(instance, name)
    return document(element("Progress", *map(_stage, instance.progress(call.now))))


async def source(context: Context, call: Call) -> Response:
    """Return the job as it was submitted."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    submission = instance.submission
    task = submission.task
    config = (
        element("Property", element("Name", text(name)), element("Value", text(value)))
        for name, value in task.properties
    )
    return document(
        element(
            "Job",
            element("Name", text(submission.job_name or "NA")),
            element("Comment"),
            element("Owner", text(instance.owner)),
            element("CreationTime", http_date(instance.created_at)),
            element("LastModifiedTime", http_date(instance.ended_at or instance.created_at)),
            element("Priority", str(submission.priority)),
            *(
                [element("RunningCluster", text(submission.running_cluster))]
                if submission.running_cluster
                else []
            ),
            element("Guid", text(submission.guid)),
            element(
                "Tasks",
                element(
                    task.kind,
                    element("Name", text(task.name)),
                    element("Comment"),
                    element("Config", *config),
                    element("TableName", text(task.table))
                    if task.table
                    else element("Query", cdata(task.sql)),
                ),
            ),
            elements("DAG", [("RunMode", "Sequence")]),
        )
    )


def check_task(instance: Instance, name: str | None) -> None:
    """Raise `ServiceError` for a task that the instance does not have."""
    if name and name.lower() != instance.submission.task.name.lower():
        raise no_such_object(f"task '{name}' of instance '{instance.id}'")


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
