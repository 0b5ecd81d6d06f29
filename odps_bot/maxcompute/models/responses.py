"""Parses response bodies into models. Pure.

Raises MalformedResponseError for a body that can't be parsed, or that lacks what it is for. What is
optional is read field by field: what is odd is not known, and no reason to lose the rest.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from odps_bot.maxcompute import wire
from odps_bot.maxcompute.error_documents import read_error_element
from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models import instances as models
from odps_bot.maxcompute.models.data_types import STRING, Column, DataType, parse_data_type
from odps_bot.maxcompute.models.results import TaskResult

T = TypeVar("T")

#: That of an instance for which nobody has set one.
LOWEST_PRIORITY = 9

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

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
            start_time=wire.time_or_none(task.findtext("StartTime")),
            end_time=wire.time_or_none(task.findtext("EndTime")),
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
        priority=_priority(root.findtext("Priority")),
        tasks=tuple(_task_source(task) for tasks in root.iterfind("Tasks") for task in tasks),
        owner=wire.text_at(root, "Owner"),
        creation_time=wire.time_or_none(root.findtext("CreationTime")),
    )


def parse_queueing_info(body: bytes) -> models.QueueingInfo | None:
    """Parse the response to `?cached`; None if the scheduler has no entry, or no longer."""
    info = wire.parse_json_object(body)
    return _queueing_info(info) if _has_id(info) else None


def parse_queueing_infos(body: bytes) -> tuple[list[models.QueueingInfo], str | None]:
    """Parse a page of `/cachedinstances` and the next page's marker; None on the last page."""
    root = wire.parse_xml(body)
    content = wire.text_at(root, "Content")
    infos = wire.parse_json(content.encode()) if content else []
    if not isinstance(infos, list):
        raise MalformedResponseError("The page does not contain a list of instances.")
    valid = [info for info in infos if isinstance(info, dict) and _has_id(info)]
    return [_queueing_info(info) for info in valid], wire.text_at(root, "Marker")


def parse_properties(body: bytes) -> dict[str, str]:
    """Parse the properties in the description of a project."""
    return wire.pairs_at(wire.parse_xml(body), "Properties/Property")


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
    if not text.strip() and len(result):
        # An error that stands there as elements, rather than as text.
        return read_error_element(result).text
    if result.get("Transform", "").lower() != "base64":
        return text
    try:
        return wire.decode(b64decode(text))
    except (binascii.Error, ValueError) as error:
        raise MalformedResponseError("The result is not valid Base64.") from error


def _descriptor(task: Element) -> Mapping[str, Any]:
    """Return what is said about the result; it is read without it, too."""
    text = wire.text_at(task, "ResultDescriptor")
    try:
        return wire.parse_json_object(text.encode()) if text else {}
    except MalformedResponseError:
        return {}


def _columns(schema: object) -> tuple[Column, ...] | None:
    """Return the columns with their types; None, for all of them are text, if one is not clear."""
    columns = schema.get("Columns") if isinstance(schema, Mapping) else None
    if not columns:
        return None
    try:
        return tuple(Column(str(c["Name"]), _type(str(c["Type"]))) for c in columns)
    except (TypeError, KeyError):
        return None


def _type(text: str) -> DataType:
    try:
        return parse_data_type(text)
    except MalformedResponseError:
        return STRING  # a new type: its values remain text


def _stage(stage: Element) -> models.StageProgress:
    return models.StageProgress(
        name=stage.get("ID", ""),
        status=(wire.text_at(stage, "Status") or "").upper(),
        backup_workers=wire.count(stage.findtext("BackupWorkers")),
        terminated_workers=wire.count(stage.findtext("TerminatedWorkers")),
        running_workers=wire.count(stage.findtext("RunningWorkers")),
        total_workers=wire.count(stage.findtext("TotalWorkers")),
        input_records=wire.amount_or_none(stage.findtext("InputRecords")),
        output_records=wire.amount_or_none(stage.findtext("OutputRecords")),
        finished_percentage=wire.count(stage.findtext("FinishedPercentage")),
    )


def _priority(text: str | None) -> int:
    given = wire.whole_number_or_none(text)
    return LOWEST_PRIORITY if given is None else given


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
    current = _sub_status(info.get("subStatus"))
    return models.QueueingInfo(
        instance_id=info["instanceId"],
        status=models.InstanceStatus(info.get("status")),
        priority=wire.whole_number_or_none(info.get("instancePriority")),
        progress=_fraction(info.get("instanceProgress")),
        wait_position=wire.amount_or_none(info.get("waitPos")),
        queue_length=wire.amount_or_none(info.get("queueLength")),
        sub_status=current.description if current else None,
        sub_status_code=current.code if current else None,
        sub_status_start_time=current.start_time if current else None,
        sub_status_history=_history(info.get("subStatusHistory")),
        owner=_text_or_none(info.get("userAccount")),
        project=_text_or_none(info.get("projectName")),
        job_name=_text_or_none(info.get("jobName")),
        task_name=_text_or_none(info.get("taskName")),
        task_type=_text_or_none(info.get("taskType")),
        start_time=wire.time_or_none(info.get("startTime")),
        cpu_usage=wire.number_or_none(info.get("cpuUsage")),
        memory_usage=wire.number_or_none(info.get("memUsage")),
        total_cpu_usage=wire.number_or_none(info.get("totalCpuUsage")),
        total_memory_usage=wire.number_or_none(info.get("totalMemUsage")),
        skynet_id=_word_or_none(info.get("skynetId")),
    )


def _has_id(info: Mapping[str, Any]) -> bool:
    instance_id = info.get("instanceId")
    return isinstance(instance_id, str) and models.is_instance_id(instance_id)


def _fraction(value: object) -> float | None:
    found = wire.number_or_none(value)
    return found if found is not None and 0 <= found <= 1 else None


def _sub_status(value: object) -> models.SubStatus | None:
    """Return a sub-status, which older services write as its description alone."""
    if not isinstance(value, Mapping):
        value = {"description": value}
    found = models.SubStatus(
        code=wire.whole_number_or_none(value.get("code")),
        description=_text_or_none(value.get("description")),
        start_time=wire.time_or_none(value.get("start_time") or value.get("startTime")),
    )
    return None if found.code is None and found.description is None else found


def _history(value: object) -> tuple[models.SubStatus, ...]:
    """Return the sub-statuses by time; one without a time stays behind the one before it."""
    found = map(_sub_status, value if isinstance(value, list) else ())
    timed: list[tuple[datetime, models.SubStatus]] = []
    for one in found:
        if one is not None:
            before = timed[-1][0] if timed else _LONG_AGO
            timed.append((one.start_time or before, one))
    return tuple(one for _, one in sorted(timed, key=itemgetter(0)))


def _text_or_none(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _word_or_none(value: object) -> str | None:
    """Return an id, which services write as text or as a number."""
    number = None if isinstance(value, str) else wire.whole_number_or_none(value)
    return _text_or_none(value) if number is None else str(number)
