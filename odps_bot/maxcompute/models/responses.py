"""Parses response bodies into models. Pure.

Raises MalformedResponseError for a body that can't be parsed.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from odps_bot.maxcompute import wire
from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models import instances as models
from odps_bot.maxcompute.models.data_types import STRING, Column, DataType, parse_data_type
from odps_bot.maxcompute.models.results import TaskResult

T = TypeVar("T")

_TRUNCATED = {"FULL": False, "TRUNCATED": True}


def parse_instance_status(body: bytes) -> models.InstanceStatus:
    """Parse `<Instance><Status>`."""
    return _instance_status(wire.parse_xml(body))


def parse_task_statuses(body: bytes) -> models.TaskStatuses:
    """Parse the response to `?taskstatus`."""
    root = wire.parse_xml(body)
    tasks = [
        models.TaskStatus(
            name=wire.text_at(task, "Name") or "",
            type=task.get("Type", ""),
            status=models.TaskState(wire.text_at(task, "Status")),
            start_time=wire.parse_http_date(task.findtext("StartTime")),
            end_time=wire.parse_http_date(task.findtext("EndTime")),
        )
        for task in root.iterfind("Tasks/Task")
    ]
    return models.TaskStatuses(
        instance_status=_instance_status(root),
        tasks=_by_name((task.name, task) for task in tasks),
    )


def parse_task_results(body: bytes) -> dict[str, TaskResult]:
    """Parse the response to `?result`, or to the submission of a job that ended immediately."""
    results = [_task_result(task) for task in wire.parse_xml(body).iterfind("Tasks/Task")]
    return _by_name((result.task_name, result) for result in results)


def _by_name(named: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Return what belongs to tasks by their names; none gets lost where two have the same."""
    found: dict[str, T] = {}
    for name, value in named:
        key, number = name, 1
        while key in found:
            number += 1
            key = f"{name} ({number})"
        found[key] = value
    return found


def parse_progress(body: bytes) -> models.TaskProgress:
    """Parse the response to `?instanceprogress`; every element of a stage is optional."""
    return models.TaskProgress(stages=tuple(map(_stage, wire.parse_xml(body).iterfind("Stage"))))


def parse_source(body: bytes) -> models.InstanceSource:
    """Parse the response to `?source`."""
    root = wire.parse_xml(body)
    return models.InstanceSource(
        guid=wire.text_at(root, "Guid"),
        priority=wire.whole_number(root.findtext("Priority"), default=9),
        tasks=tuple(_task_source(task) for tasks in root.iterfind("Tasks") for task in tasks),
        owner=wire.text_at(root, "Owner"),
        creation_time=wire.parse_http_date(root.findtext("CreationTime")),
    )


def parse_instances(body: bytes) -> tuple[list[models.InstanceSummary], str | None]:
    """Parse a page of a listing and the next page's marker; None on the last page."""
    root = wire.parse_xml(body)
    instances = [_instance_summary(instance) for instance in root.iterfind("Instance")]
    return instances, wire.text_at(root, "Marker")


def parse_queueing_info(body: bytes) -> models.QueueingInfo | None:
    """Parse the response to `?cached`; None if the scheduler has no entry, or no longer."""
    info = wire.parse_json_object(body)
    return _queueing_info(info) if info.get("instanceId") else None


def parse_queueing_infos(body: bytes) -> tuple[list[models.QueueingInfo], str | None]:
    """Parse a page of `/cachedinstances` and the next page's marker; None on the last page."""
    root = wire.parse_xml(body)
    content = wire.text_at(root, "Content")
    infos = wire.parse_json(content.encode()) if content else []
    if not isinstance(infos, list):
        raise MalformedResponseError("The page does not contain a list of instances.")
    valid = [info for info in infos if isinstance(info, dict) and info.get("instanceId")]
    return [_queueing_info(info) for info in valid], wire.text_at(root, "Marker")


def parse_token(body: bytes) -> str:
    """Parse the response to `?sign_bearer_token`."""
    token = wire.text_at(wire.parse_xml(body), "Result")
    if token is None:
        raise MalformedResponseError("The response has no token.")
    return token


def _instance_status(root: Element) -> models.InstanceStatus:
    word = wire.text_at(root, "Status")
    if word is None:
        raise MalformedResponseError("The response has no status.")
    return models.InstanceStatus(word)


def _instance_summary(instance: Element) -> models.InstanceSummary:
    # One pass over the children: a listing has thousands of these.
    fields = {child.tag: (child.text or "").strip() for child in instance}
    return models.InstanceSummary(
        id=fields.get("Name", ""),
        status=models.InstanceStatus(fields.get("Status")),
        owner=fields.get("Owner") or None,
        start_time=wire.parse_http_date(fields.get("StartTime")),
        end_time=wire.parse_http_date(fields.get("EndTime")),
    )


def _task_result(task: Element) -> TaskResult:
    result = task.find("Result")
    text, result_format = "", "text"
    if result is not None:
        text, result_format = _result_text(result), result.get("Format", "text").lower()
    status = wire.text_at(task, "Status")
    descriptor = _descriptor(task)
    return TaskResult(
        task_name=wire.text_at(task, "Name") or "",
        format=result_format,
        text=text,
        task_type=task.get("Type", ""),
        status=None if status is None else models.TaskState(status),
        is_truncated=_TRUNCATED.get(str(descriptor.get("SelectResultStatus")).upper()),
        columns=_columns(descriptor.get("Schema")),
    )


def _result_text(result: Element) -> str:
    text = result.text or ""
    if result.get("Transform") != "Base64":
        return text
    try:
        return wire.decode(b64decode(text))
    except (binascii.Error, ValueError) as error:
        raise MalformedResponseError("The result is not valid Base64.") from error


def _descriptor(task: Element) -> Mapping[str, Any]:
    text = wire.text_at(task, "ResultDescriptor")
    return wire.parse_json_object(text.encode()) if text else {}


def _columns(schema: object) -> tuple[Column, ...] | None:
    columns = schema.get("Columns") if isinstance(schema, Mapping) else None
    if not columns:
        return None
    try:
        return tuple(Column(str(c["Name"]), _type(str(c["Type"]))) for c in columns)
    except (TypeError, KeyError) as error:
        raise MalformedResponseError("The columns of the result can't be parsed.") from error


def _type(text: str) -> DataType:
    try:
        return parse_data_type(text)
    except MalformedResponseError:
        return STRING  # a new type: its values remain text


def _stage(stage: Element) -> models.StageProgress:
    return models.StageProgress(
        name=stage.get("ID", ""),
        status=(wire.text_at(stage, "Status") or "").upper(),
        backup_workers=wire.whole_number(stage.findtext("BackupWorkers")),
        terminated_workers=wire.whole_number(stage.findtext("TerminatedWorkers")),
        running_workers=wire.whole_number(stage.findtext("RunningWorkers")),
        total_workers=wire.whole_number(stage.findtext("TotalWorkers")),
        input_records=wire.whole_number(stage.findtext("InputRecords")),
        output_records=wire.whole_number(stage.findtext("OutputRecords")),
        finished_percentage=wire.whole_number(stage.findtext("FinishedPercentage")),
    )


def _task_source(task: Element) -> models.TaskSource:
    properties = wire.pairs_at(task, "Config/Property")
    return models.TaskSource(
        name=wire.text_at(task, "Name") or "",
        type=task.tag,
        query=task.findtext("Query"),
        settings=_settings(properties.get("settings")),
        properties=properties,
    )


def _settings(text: str | None) -> dict[str, str]:
    """Parse settings leniently: a submitter can write anything there."""
    try:
        settings = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(settings, dict):
        return {}
    return {name: str(value) for name, value in settings.items()}


def _queueing_info(info: Mapping[str, Any]) -> models.QueueingInfo:
    return models.QueueingInfo(
        instance_id=str(info.get("instanceId")),
        status=models.InstanceStatus(info.get("status")),
        priority=_whole_number_or_none(info.get("instancePriority")),
        progress=_number_or_none(info.get("instanceProgress")),
        wait_position=_whole_number_or_none(info.get("waitPos")),
        queue_length=_whole_number_or_none(info.get("queueLength")),
        sub_status=_sub_status(info.get("subStatus")),
        owner=_text_or_none(info.get("userAccount")),
        project=_text_or_none(info.get("projectName")),
        job_name=_text_or_none(info.get("jobName")),
        task_name=_text_or_none(info.get("taskName")),
        task_type=_text_or_none(info.get("taskType")),
        start_time=_scheduler_time(info.get("startTime")),
        cpu_usage=_number_or_none(info.get("cpuUsage")),
        memory_usage=_number_or_none(info.get("memUsage")),
    )


def _sub_status(value: object) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("description")
    return _text_or_none(value)


def _text_or_none(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _number_or_none(value: object) -> float | None:
    return None if value is None or value == "" else float(wire.number(value))


def _whole_number_or_none(value: object) -> int | None:
    return None if value is None or value == "" else wire.whole_number(value)


def _scheduler_time(value: object) -> datetime | None:
    """Parse `2026-01-01 00:00:00 +0000` or `2026-01-01 00:00:00.000000Z`."""
    text = str(value or "").strip().replace(" +", "+").replace(" -", "-")
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedResponseError(f"{text[:60]!r} is not a time.") from error
