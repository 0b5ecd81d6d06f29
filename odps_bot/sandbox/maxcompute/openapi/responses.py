"""What the OpenAPI says of jobs: GetJobInfo and ListJobSnapshotInfos."""

import json
from datetime import datetime
from typing import Any

from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.lives.moment import Moment, SubStatus
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.status import execution_of
from odps_bot.sandbox.maxcompute.service_errors import ServiceError
from odps_bot.sandbox.maxcompute.view import View, view_of

#: MaxCompute's own limit: a job that has less of what it requests lacks resources.
_ENOUGH = 0.95
_CORE = 100
_MEMORY_PER_CORE = 2_048

_ENDS = {TaskStatus.SUCCESS: "success", TaskStatus.FAILED: "failed"}


def job_info(context: Context, instance_id: str, now: datetime) -> dict[str, Any]:
    """Return the data of GetJobInfo; raises `ServiceError` for an unknown job."""
    instance = next((one for one in context.instances if one.id == instance_id), None)
    if instance is None:
        raise ServiceError(404, "OBJECT_NOT_EXIST", "This object does not exist.")
    view = view_of(execution_of(instance, None), now)
    sub_statuses = (*view.moment.history, view.moment.sub_status)
    return {
        **_common(context, instance, now),
        "jobSubStatusList": [_sub_status(one, view) for one in sub_statuses],
        "sceneResults": _scenes(instance, view.moment),
        **({"endAtTime": _epoch(instance.ended_at)} if instance.ended_at else {}),
        **({"cuUsage": view.moment.total_cpu} if instance.is_terminated else {}),
    }


def job_snapshots(
    context: Context, body: bytes, query: dict[str, str], now: datetime
) -> dict[str, Any]:
    """Return the data of ListJobSnapshotInfos: the jobs that run; raises `ServiceError`."""
    wanted = _object(body)
    if not isinstance(wanted.get("to"), int):
        raise ServiceError(400, "InvalidParameter", "The parameter to is required.")
    projects, ids = wanted.get("projectList"), wanted.get("instanceIdList")
    running = [
        instance
        for instance in context.instances
        if instance.started_at is not None
        and not instance.is_terminated
        and (not projects or instance.project in projects)
        and (not ids or instance.id in ids)
    ]
    number, size = _number(query, "pageNumber", 1), _number(query, "pageSize", 10)
    page = running[(number - 1) * size : number * size]
    return {
        "jobInfoList": [_snapshot(context, instance, now) for instance in page],
        "pageNumber": number,
        "pageSize": size,
        "totalCount": len(running),
    }


def _snapshot(context: Context, instance: Instance, now: datetime) -> dict[str, Any]:
    moment = view_of(execution_of(instance, None), now).moment
    used, wanted = moment.cpu / _CORE, _wanted_cores(moment)
    ratio = round(min(used / wanted, 1.0), 4) if wanted else 1.0
    return {
        **_common(context, instance, now),
        "status": "running",
        "snapshotTime": int(now.timestamp()),
        "cpuRequest": wanted,
        "cpuUsage": used,
        "cpuUsageToRequestRatio": ratio,
        "memoryRequest": wanted * _MEMORY_PER_CORE,
        "memoryUsage": used * _MEMORY_PER_CORE,
        "memoryUsageToRequestRatio": ratio,
    }


def _common(context: Context, instance: Instance, now: datetime) -> dict[str, Any]:
    task, began = instance.submission.task, instance.started_at
    until = instance.ended_at or now
    return {
        "tenantId": "478403690625249",
        "region": context.region,
        "instanceId": instance.id,
        "jobOwner": instance.owner,
        "project": instance.project,
        "jobType": task.kind,
        "priority": instance.submission.priority,
        "status": _status(instance),
        "submittedAtTime": _epoch(instance.created_at),
        **({"runningAtTime": _epoch(began)} if began else {}),
        "waitingTime": int(((began or until) - instance.created_at).total_seconds()),
        **({"runningTime": int((until - began).total_seconds())} if began else {}),
        "totalTime": int((until - instance.created_at).total_seconds()),
        "quotaNickname": "sandbox_quota",
        "quotaType": "subscription",
        **({"signature": task.signature} if task.signature else {}),
        "extPlantFrom": "",
        "extNodeId": task.settings.get("SKYNET_ID", ""),
    }


def _status(instance: Instance) -> str:
    if instance.is_terminated:
        return _ENDS.get(instance.task_status, "cancelled")
    return "submitted" if instance.started_at is None else "running"


def _scenes(instance: Instance, moment: Moment) -> list[dict[str, Any]]:
    """Return what MaxCompute would find; of its scenes only this one is documented with texts."""
    wanted = _wanted_cores(moment)
    if instance.is_terminated or not wanted or moment.cpu / _CORE >= _ENOUGH * wanted:
        return []
    return [
        {
            "scene": "LackResource",
            "sceneTag": "SubscriptionLackResource",
            "type": "warning",
            "summary": "Insufficient computing resources available for the job.",
            "description": f"The job uses {moment.cpu / _CORE:g} of {wanted} requested cores.",
            "params": {},
        }
    ]


def _wanted_cores(moment: Moment) -> int:
    return sum(stage.total - stage.ended for stage in moment.stages if stage.status == "RUNNING")


def _sub_status(one: SubStatus, view: View) -> dict[str, Any]:
    began = view.time(one.since_s)
    return {
        "code": one.code,
        "description": one.description,
        "startTime": f"{began:%Y-%m-%d %H:%M:%S.%f %z}",
    }


def _epoch(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError(400, "InvalidBody", "The body is no JSON.") from error
    return found if isinstance(found, dict) else {}


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return min(max(int(text), 1), 100) if text.isdecimal() and text.isascii() else default
