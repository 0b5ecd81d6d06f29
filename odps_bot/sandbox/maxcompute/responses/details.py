"""Details of a task: warnings and other information, and its quota group."""

import json
from datetime import datetime, timedelta

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.lives.moment import Group
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.workers import task_instance
from odps_bot.sandbox.maxcompute.submission import read_xml
from odps_bot.sandbox.maxcompute.view import view_of

_JSON = "application/json"
#: A quota is told no more often than that for each instance.
_QUOTA_INTERVAL = timedelta(seconds=30)
_MEMORY_PER_CORE = 2_048


async def info(context: Context, call: Call) -> Response:
    """Return an information by its key; `warnings` is the only one."""
    instance = task_instance(context, call)
    if call.query.get("key") != "warnings":
        return text_response("")
    return text_response(json.dumps({"warnings": list(instance.warnings)}), content_type=_JSON)


async def put_info(context: Context, call: Call) -> Response:
    """Accept an information and discard it."""
    task_instance(context, call)
    read_xml(call.body)
    return Response()


async def quota(context: Context, call: Call) -> Response:
    """Return the quota group of a task; `{}` after its end, and if it was told a moment ago."""
    instance = task_instance(context, call)
    content: dict[str, object] = {}
    if not instance.is_terminated and not _was_told(instance, call.now):
        instance.quota_told_at = call.now
        group = _group(view_of(instance, call.now).moment.group)
        content = {"quotaInfos": {"job0": json.dumps(group)}}
    return text_response(json.dumps(content), content_type=_JSON)


def _was_told(instance: Instance, now: datetime) -> bool:
    told_at = instance.quota_told_at
    return told_at is not None and now - told_at < _QUOTA_INTERVAL


def _group(group: Group) -> dict[str, object]:
    waiting = {
        "RunningInstanceNum": 1,
        "TotalInstanceNum": 1,
        "SuId": 0,
        "totalAheadResourceDesire": {},
        "totalAheadTaskNum": group.tasks_ahead,
        "waitingQueueItemInfo": {},
    }
    return {
        "AmWaitingResInfo": [[0, waiting]],
        "GroupAlias": group.name,
        "GroupId": 1,
        "GroupMaxQuota": _resources(group.max_cpu),
        "GroupRequest": _resources(group.requested_cpu),
        "RuntimeQuota": _resources(group.usable_cpu),
        "UsedQuota": _resources(group.used_cpu),
    }


def _resources(cpu: int) -> dict[str, int]:
    return {"CPU": cpu, "Memory": cpu * _MEMORY_PER_CORE // 100}
