"""What the scheduler tells of running instances: sub-status, place in the queue, load."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.documents import cdata, document, element, text
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.lives.moment import SubStatus
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.listing import page
from odps_bot.sandbox.maxcompute.responses.status import execution_of
from odps_bot.sandbox.maxcompute.view import view_of, waits_in_queue

#: The service writes these times on its own clocks.
_ZONE = timezone(timedelta(hours=8))
_MEMORY_PER_CORE = 2_048


async def cached_instances(context: Context, call: Call) -> Response:
    """Return one page of running instances."""
    running = [
        instance
        for instance in context.instances.of(context.project(call.names["project"]))
        if not instance.is_terminated
    ]
    instances, marker, limit = page(call, running)
    queue = _queue(running, call.now)
    content = json.dumps([queueing_info(instance, queue, call.now) for instance in instances])
    return document(
        element(
            "Instances",
            element("Marker", text(marker)),
            element("MaxItems", str(limit)),
            element("Content", cdata(content)),
        )
    )


async def cached(context: Context, call: Call) -> Response:
    """Return the same for one instance; `{}` when it has terminated."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    info = {}
    if not instance.is_terminated:
        queue = _queue(context.instances.of(instance.project), call.now)
        info = queueing_info(instance, queue, call.now)
    return text_response(json.dumps(info), content_type="application/json")


def queueing_info(instance: Instance, queue: list[Instance], now: datetime) -> dict[str, object]:
    """Return what the scheduler tells of a running instance."""
    task, view = instance.submission.task, view_of(execution_of(instance, None), now)
    moment = view.moment
    return {
        "instanceId": instance.id,
        "instancePriority": instance.submission.priority,
        "instanceProgress": round(instance.fraction(now) if instance.parts else view.progress, 4),
        "jobName": instance.submission.job_name,
        "projectName": instance.project,
        "skynetId": task.settings.get("SKYNET_ID", ""),
        "startTime": f"{instance.created_at:%Y-%m-%d %H:%M:%S +0000}",
        "taskType": task.kind,
        "taskName": task.name,
        "userAccount": instance.owner,
        "status": instance.status,
        "cpuUsage": moment.cpu,
        "memUsage": moment.cpu * _MEMORY_PER_CORE // 100,
        "totalCpuUsage": moment.total_cpu,
        "totalMemUsage": moment.total_cpu * _MEMORY_PER_CORE // 100,
        **_place(instance, queue, moment.queue_position, moment.queue_length),
        "subStatus": _sub_status(moment.sub_status, view.time),
        "subStatusHistory": [_sub_status(one, view.time) for one in moment.history],
    }


def _queue(instances: list[Instance], now: datetime) -> list[Instance]:
    return [instance for instance in instances if waits_in_queue(instance, now)]


def _place(
    instance: Instance, queue: list[Instance], position: int | None, length: int
) -> dict[str, int]:
    """Return the place in the queue, which nobody tells before the scheduler has the instance."""
    if position is None:
        return {}
    if position and not length and instance in queue:
        position, length = queue.index(instance) + 1, len(queue)
    return {"waitPos": position, "queueLength": length}


def _sub_status(one: SubStatus, time: Callable[[float], datetime]) -> dict[str, object]:
    began = time(one.since_s).astimezone(_ZONE)
    return {
        "code": one.code,
        "description": one.description,
        "start_time": f"{began:%Y-%m-%d %H:%M:%S.%f %z}",
    }
