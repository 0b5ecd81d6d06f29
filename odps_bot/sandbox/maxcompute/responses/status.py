"""Status, progress and source of an instance."""

from datetime import timedelta

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
from odps_bot.sandbox.maxcompute.lives.moment import Stage
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.results import task_results
from odps_bot.sandbox.maxcompute.service_errors import no_such_object
from odps_bot.sandbox.maxcompute.submission import Task
from odps_bot.sandbox.maxcompute.view import view_of

#: How long `?instancestatus` waits for the end: see the Java SDK's `Instance.getStatus(boolean)`.
HOLD = timedelta(seconds=5)


async def status(context: Context, call: Call) -> Response:
    """Return status, owner and times."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    # An interactive instance tells its results at once: `Instance.reload` of the Java SDK.
    tells_results = call.is_interactive and instance.is_interactive and instance.is_terminated
    results = await task_results(context, instance) if tells_results else ""
    return Response(
        body=document(element("Instance", element("Status", instance.status), results)).body,
        headers={
            "x-odps-owner": instance.owner,
            "x-odps-start-time": http_date(instance.created_at),
            "x-odps-end-time": http_date(instance.ended_at),
        },
    )


async def blocking_status(context: Context, call: Call) -> Response:
    """Return the status when the instance has terminated, or after some seconds."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    if call.may_be_held:
        await context.lifecycles.hold(instance, HOLD)
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
    stages = view_of(execution, call.now).moment.stages
    return document(element("Progress", *map(_stage, stages)))


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
            *(
                [element("RunningCluster", text(submission.running_cluster))]
                if submission.running_cluster
                else []
            ),
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


def stage_name(stage: Stage) -> str:
    """Return the name of a stage in the progress."""
    return f"{stage.name}_job_0"


def _stage(stage: Stage) -> str:
    return element(
        "Stage",
        element("Status", stage.status),
        element("BackupWorkers", str(stage.backups)),
        element("TerminatedWorkers", str(stage.ended)),
        element("RunningWorkers", str(stage.running)),
        element("TotalWorkers", str(stage.total)),
        element("InputRecords", str(stage.input_records)),
        element("OutputRecords", str(stage.output_records)),
        element("FinishedPercentage", str(stage.percentage)),
        attributes={"ID": stage_name(stage)},
    )
