"""Details of an instance: summary, cost, workers, logs, warnings, quota."""

import json
from datetime import datetime

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.progress import StageProgress
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.status import execution_of
from odps_bot.sandbox.maxcompute.service_errors import no_such_object
from odps_bot.sandbox.maxcompute.submission import read_xml

_BYTES_PER_RECORD = 28
_JSON = "application/json"


async def summary(context: Context, call: Call) -> Response:
    """Return inputs, outputs, stages and cost of a task; empty while it runs."""
    instance = _instance(context, call)
    inner: dict[str, object] = {}
    if instance.is_terminated and instance.stages:
        content = _json_summary(instance, call.now)
        inner = {"JsonSummary": json.dumps(content), "Summary": _summary_text(content)}
    return Response(
        body=json.dumps({"Instance": inner}).encode(),
        content_type=_JSON,
        headers={"x-odps-task-finalized": str(instance.is_terminated).lower()},
    )


async def detail(context: Context, call: Call) -> Response:
    """Return every stage and its workers."""
    instance = _instance(context, call)
    stages = [_stage_detail(instance, stage) for stage in instance.progress(call.now)]
    return text_response(json.dumps({"Instance": {"Stages": stages}}), content_type=_JSON)


async def detail2(context: Context, call: Call) -> Response:
    """Return the same in the older format."""
    instance = _instance(context, call)
    tasks = [
        {
            "name": stage.name,
            "status": stage.status,
            "instances": [
                {
                    "id": f"Odps/{instance.project}_{instance.id}_{stage.name}#{index}_0",
                    "logId": _log_id(stage, index),
                    "startTime": _epoch(instance.started_at),
                    "endTime": _epoch(instance.ended_at),
                    "status": worker["Status"],
                }
                for index, worker in enumerate(_workers(instance, stage))
            ],
        }
        for stage in instance.progress(call.now)
    ]
    jobs = [{"name": "job0", "status": instance.task_status.value.upper(), "tasks": tasks}]
    content = {
        "mapReduce": {"jobs": jobs, "jsonSummary": json.dumps(_json_summary(instance, call.now))}
    }
    return text_response(json.dumps(content), content_type=_JSON)


async def log(context: Context, call: Call) -> Response:
    """Return the log of a worker."""
    instance = _instance(context, call)
    log_id = call.query.get("id", "")
    known = {
        _log_id(stage, index)
        for stage in instance.progress(call.now)
        for index in range(stage.total_workers)
    }
    if log_id not in known:
        raise no_such_object(f"log '{log_id}'")
    kind = call.query.get("logtype") or "stdout"
    size = call.query.get("size", "")
    content = f"{kind} of {log_id} of {instance.id}: the sandbox's workers log nothing\n"
    return text_response(content[: int(size)] if size.isdecimal() and int(size) else content)


async def info(context: Context, call: Call) -> Response:
    """Return an information by its key; `warnings` is the only one."""
    instance = _instance(context, call)
    if call.query.get("key") != "warnings":
        return text_response("")
    return text_response(json.dumps({"warnings": list(instance.warnings)}), content_type=_JSON)


async def put_info(context: Context, call: Call) -> Response:
    """Accept an information and discard it."""
    _instance(context, call)
    read_xml(call.body)
    return Response()


async def quota(context: Context, call: Call) -> Response:
    """Return the quota group of a task."""
    instance = _instance(context, call)
    running = sum(stage.running_workers for stage in instance.progress(call.now))
    group = {
        "GroupAlias": "sandbox_quota",
        "GroupMaxQuota": {"CPU": 800, "Memory": 32768},
        "UsedQuota": {"CPU": running * 100, "Memory": running * 2048},
        "totalAheadTaskNum": 0,
    }
    infos = {} if instance.is_terminated else {"job0": json.dumps(group)}
    return text_response(json.dumps({"quotaInfos": infos} if infos else {}), content_type=_JSON)


def _instance(context: Context, call: Call) -> Instance:
    instance = context.instance(call.names["project"], call.names["instance_id"])
    return execution_of(instance, call.query.get("taskname"))


def _json_summary(instance: Instance, now: datetime) -> dict[str, object]:
    rows = instance.outcome.rows
    scans = [stage for stage in instance.stages if stage.kind == "M"]
    inputs = {
        name: [scan.input_records, scan.input_records * _BYTES_PER_RECORD]
        for name, scan in zip(instance.outcome.inputs, scans, strict=False)
    }
    written = rows.row_count if rows else 0
    outputs = {name: [written, written * _BYTES_PER_RECORD] for name in instance.outcome.outputs}
    seconds = 0.0
    if instance.started_at is not None:
        seconds = ((instance.ended_at or now) - instance.started_at).total_seconds()
    workers = sum(stage.workers for stage in instance.stages)
    return {
        "Inputs": inputs,
        "Outputs": outputs,
        "Stages": {
            stage.name: {
                "InputRecords": stage.input_records,
                "OutputRecords": stage.output_records,
                "WorkerCount": stage.total_workers,
            }
            for stage in instance.progress(now)
        },
        "Cost": {
            "CPU": int(100 * seconds * workers),
            "Memory": int(1024 * seconds * workers),
            "Input": sum(scan.input_records * _BYTES_PER_RECORD for scan in scans),
        },
    }


def _summary_text(content: dict[str, object]) -> str:
    lines = []
    for part in ("Inputs", "Outputs"):
        lines.append(f"{part}:")
        tables = content[part]
        if isinstance(tables, dict):
            lines += [
                f"\t{name}: {records} ({size} bytes)" for name, (records, size) in tables.items()
            ]
    return "\n".join([*lines, ""])


def _stage_detail(instance: Instance, stage: StageProgress) -> dict[str, object]:
    return {
        "StageId": stage.name,
        "Status": stage.status,
        "Progress": stage.percentage,
        "StartTime": _epoch(instance.started_at),
        "EndTime": _epoch(instance.ended_at),
        "Workers": _workers(instance, stage),
    }


def _workers(instance: Instance, stage: StageProgress) -> list[dict[str, object]]:
    shown = []
    for index in range(stage.total_workers):
        state = "WAITING"
        if index < stage.terminated_workers:
            state = "TERMINATED"
        elif index < stage.terminated_workers + stage.running_workers:
            state = "RUNNING"
        shown.append(
            {
                "WorkerID": f"{stage.name}#{index}_0",
                "LogID": _log_id(stage, index),
                "Status": state,
                "StartTime": _epoch(instance.started_at),
                "EndTime": _epoch(instance.ended_at),
                "GblCounter": "",
            }
        )
    return shown


def _log_id(stage: StageProgress, index: int) -> str:
    return f"{stage.name}_{index}"


def _epoch(instant: datetime | None) -> int:
    return 0 if instant is None else int(instant.timestamp())
