"""Lists of instances: all of a project by page, and running ones with their queue status."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.documents import (
    cdata,
    document,
    element,
    elements,
    http_date,
    text,
)
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import invalid_parameter
from odps_bot.sandbox.maxcompute.timing import QUEUE

MAX_ITEMS = 1_000
_STATUSES = {"Running", "Suspended", "Terminated"}


async def list_instances(context: Context, call: Call) -> Response:
    """Return one page, oldest first, with a marker for the next."""
    instances, marker, limit = _page(
        call, context.instances.of(context.project(call.names["project"]))
    )
    return document(
        element(
            "Instances",
            element("Marker", text(marker)),
            element("MaxItems", str(limit)),
            *map(_item, instances),
        )
    )


async def cached_instances(context: Context, call: Call) -> Response:
    """Return one page of running instances: progress, queue position, load."""
    running = [
        i
        for i in context.instances.of(context.project(call.names["project"]))
        if not i.is_terminated
    ]
    instances, marker, limit = _page(call, running)
    content = json.dumps([queueing_info(context, instance, call.now) for instance in instances])
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
    info = {} if instance.is_terminated else queueing_info(context, instance, call.now)
    return text_response(json.dumps(info), content_type="application/json")


def queueing_info(context: Context, instance: Instance, now: datetime) -> dict[str, object]:
    """Return progress, queue position and load of a running instance."""
    waiting = [
        i
        for i in context.instances.of(instance.project)
        if i.started_at is None and not i.is_terminated
    ]
    is_waiting = instance.started_at is None
    position = waiting.index(instance) + 1 if instance in waiting else 0
    running = sum(stage.running_workers for stage in instance.progress(now))
    task = instance.submission.task
    sub_status = _sub_status(instance, position)
    return {
        "instanceId": instance.id,
        "instancePriority": instance.submission.priority,
        "instanceProgress": round(instance.fraction(now), 4),
        "jobName": instance.submission.job_name,
        "projectName": instance.project,
        "skynetId": "",
        "startTime": f"{instance.created_at:%Y-%m-%d %H:%M:%S +0000}",
        "taskType": task.kind,
        "taskName": task.name,
        "userAccount": instance.owner,
        "status": instance.status,
        "cpuUsage": running * 100,
        "memUsage": running * 2048,
        "totalCpuUsage": running * 100,
        "totalMemUsage": running * 2048,
        "waitPos": position if is_waiting else 0,
        "queueLength": len(waiting) if is_waiting else 0,
        "subStatus": {
            "code": sub_status[0],
            "description": sub_status[1],
            "start_time": int(instance.created_at.timestamp() * 1000),
        },
        "subStatusHistory": [],
    }


def _sub_status(instance: Instance, position: int) -> tuple[int, str]:
    if instance.stop_requested.is_set():
        return 1080, "Cancelling"
    if instance.started_at is not None:
        return 1040, "Running"
    if QUEUE in instance.submission.task.settings or position > 1:
        return 1032, f"Waiting List: {position}"
    return 1010, "Waiting"


def _page(call: Call, instances: Sequence[Instance]) -> tuple[Sequence[Instance], str, int]:
    """Return the requested page, the marker of the next, and the page size."""
    limit = _max_items(call.query.get("maxitems"))
    chosen = [instance for instance in instances if _is_wanted(instance, call)]
    if marker := call.query.get("marker"):
        last = _read_marker(marker)
        chosen = [instance for instance in chosen if instance.id > last]
    chosen.sort(key=lambda instance: instance.id)
    page = chosen[:limit]
    following = b64encode(f"{page[-1].id}*".encode()).decode() if len(chosen) > limit else ""
    return page, following, limit


def _is_wanted(instance: Instance, call: Call) -> bool:
    query = call.query
    if (status := query.get("status")) is not None:
        if status not in _STATUSES:
            raise invalid_parameter(f"status '{status}' is not one of {sorted(_STATUSES)}")
        if instance.status != status:
            return False
    if query.get("onlyowner") == "yes" and instance.owner != call.caller.owner:
        return False
    if (job_name := query.get("jobname")) and instance.submission.job_name != job_name:
        return False
    return _is_in_range(instance, query.get("daterange"))


def _is_in_range(instance: Instance, date_range: str | None) -> bool:
    """Return whether an instance began in `from:to`, in epoch seconds; both can be empty."""
    if not date_range:
        return True
    start, _, end = date_range.partition(":")
    began = instance.created_at.timestamp()
    try:
        return (not start or began >= int(start)) and (not end or began <= int(end))
    except ValueError as error:
        raise invalid_parameter(f"daterange '{date_range}' is not `from:to`") from error


def _max_items(given: str | None) -> int:
    if not given:
        return MAX_ITEMS
    if not given.isdecimal() or not given.isascii():
        raise invalid_parameter(f"maxitems '{given}' is not a number")
    return min(max(int(given), 1), MAX_ITEMS)


def _read_marker(marker: str) -> str:
    try:
        return b64decode(marker, validate=True).decode().rstrip("*")
    except ValueError as error:
        raise invalid_parameter(f"marker '{marker}' is malformed") from error


def _item(instance: Instance) -> str:
    return elements(
        "Instance",
        [
            ("Name", instance.id),
            ("Owner", instance.owner),
            ("Status", instance.status),
            ("StartTime", http_date(instance.created_at)),
            *([("EndTime", http_date(instance.ended_at))] if instance.is_terminated else []),
        ],
    )
