"""The workers of a task: their states, and what they log."""

import json

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.lives.moment import Stage, Worker
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.status import execution_of
from odps_bot.sandbox.maxcompute.service_errors import no_such_object
from odps_bot.sandbox.maxcompute.view import View, view_of

_JSON = "application/json"


async def detail(context: Context, call: Call) -> Response:
    """Return all workers; without jobs as long as none has been planned."""
    instance = task_instance(context, call)
    view = view_of(instance, call.now)
    content: dict[str, object] = {}
    if view.moment.stages:
        tasks = [_task(instance, view, stage) for stage in view.moment.stages]
        content = {"jobs": [{"name": job_name(instance), "tasks": tasks}]}
        content["jsonSummary"] = json.dumps(_graph(view))
    return text_response(json.dumps({"mapReduce": content}), content_type=_JSON)


async def older_detail(context: Context, call: Call) -> Response:
    """Return the same in the older format, and only after the end."""
    instance = task_instance(context, call)
    if not instance.is_terminated:
        return text_response("{}", content_type=_JSON)
    view = view_of(instance, call.now)
    stages = [_older_stage(instance, view, stage) for stage in view.moment.stages]
    return text_response(json.dumps({"Instance": {"Stages": stages}}), content_type=_JSON)


async def log(context: Context, call: Call) -> Response:
    """Return the log of a worker, or as many of its last bytes as were asked for."""
    instance = task_instance(context, call)
    log_id = call.query.get("id", "")
    found = view_of(instance, call.now).log(log_id, call.query.get("logtype") or "stdout")
    if found is None:
        raise no_such_object(f"log '{log_id}'")
    content = found.encode()
    size = call.query.get("size", "")
    if size.isdecimal() and int(size):
        content = content[-int(size) :]
    return Response(body=content, content_type="text/plain")


def task_instance(context: Context, call: Call) -> Instance:
    """Return the execution of the task that a request is about."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    return execution_of(instance, call.query.get("taskname"))


def job_name(instance: Instance) -> str:
    """Return the name that MaxCompute gives to the job of a task."""
    return f"{instance.project}_{instance.id}_SQL_0_0_0_job_0"


def _task(instance: Instance, view: View, stage: Stage) -> dict[str, object]:
    workers = [_worker(instance, view, stage, worker) for worker in view.workers(stage.name)]
    return {"name": stage.name, "instances": workers}


def _worker(instance: Instance, view: View, stage: Stage, worker: Worker) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": _worker_id(instance, stage, worker),
        "logId": worker.log_id,
        "status": worker.status,
        "startTime": _epoch(view, worker.starts_s),
        "endTime": _epoch(view, worker.ends_s),
        "gblCounter": "",
    }
    if view.tells_records:
        shown |= {
            "input_records": worker.input_records,
            "input_bytes": worker.input_bytes,
            "output_records": worker.output_records,
            "output_bytes": worker.output_bytes,
        }
    return shown


def _worker_id(instance: Instance, stage: Stage, worker: Worker) -> str:
    return f"Odps/{job_name(instance)}/{stage.name}#{worker.index}_{worker.attempt}"


def _older_stage(instance: Instance, view: View, stage: Stage) -> dict[str, object]:
    workers = view.workers(stage.name)
    starts = [worker.starts_s for worker in workers if worker.starts_s is not None]
    ends = [worker.ends_s for worker in workers if worker.ends_s is not None]
    return {
        "StageId": stage.name,
        "Status": stage.status,
        "Progress": stage.percentage,
        "StartTime": _epoch(view, min(starts, default=None)),
        "EndTime": _epoch(view, max(ends, default=None)),
        "Workers": [
            {
                "WorkerID": _worker_id(instance, stage, worker),
                "LogID": worker.log_id,
                "Status": worker.status,
                "StartTime": _epoch(view, worker.starts_s),
                "EndTime": _epoch(view, worker.ends_s),
                "GblCounter": "",
            }
            for worker in workers
        ],
    }


def _graph(view: View) -> dict[str, object]:
    """Return how the stages are connected: odpscmd draws its graph from these counts."""
    stages = view.moment.stages
    tasks = {
        stage.name: {
            "output_record_counts": {
                other.name: stage.output_records
                for other in stages
                if stage.name[1:].partition("_")[0] in other.name.split("_")[1:]
            }
        }
        for stage in stages
    }
    return {"jobs": [{"tasks": tasks}]}


def _epoch(view: View, seconds: float | None) -> int:
    return 0 if seconds is None else int(view.time(seconds).timestamp())
