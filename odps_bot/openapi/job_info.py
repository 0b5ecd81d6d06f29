"""What the OpenAPI says of a job. Pure; each field is optional, and read by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odps_bot.maxcompute import SubStatus
from odps_bot.maxcompute.wire import (
    amount_or_none,
    number_or_none,
    object_or_empty,
    parse_json_object,
    time_or_none,
    whole_number_or_none,
)

#: More of a job's lists is never read.
_MOST = 50
_ENDED = frozenset({"success", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneResult:
    """A finding of the vendor; texts are its own."""

    scene: str = ""  #: such as LackResource
    tag: str = ""  #: such as SubscriptionLackResource
    type: str = ""  #: such as warning
    summary: str = ""
    description: str = ""
    params: Mapping[str, str]  #: nodes, where data are skewed or expanded


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInfo:
    """A job, running or ended. Findings of ended ones come a day later."""

    status: str | None = None  #: submitted, running, success, failed, cancelled
    signature: str | None = None  #: that of all runs of a statement
    quota_nickname: str | None = None
    input_bytes: int | None = None
    sub_statuses: tuple[SubStatus, ...] = ()  #: oldest first
    scenes: tuple[SceneResult, ...] = ()

    @property
    def is_ended(self) -> bool:
        """Whether it has ended, as far as is known."""
        return self.status in _ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSnapshot:
    """What a running job wanted and had a while ago."""

    instance_id: str
    at: datetime | None = None
    cpu_ratio: float | None = None  #: used by requested
    memory_ratio: float | None = None  #: likewise
    signature: str | None = None


def parse_job_info(body: bytes) -> JobInfo:
    """Parse the response to GetJobInfo. Raises MalformedResponseError if it is no JSON object."""
    data = object_or_empty(parse_json_object(body).get("data"))
    sub_statuses = [_sub_status(one) for one in _objects(data.get("jobSubStatusList"))]
    return JobInfo(
        status=(_text(data.get("status")) or "").lower() or None,
        signature=_text(data.get("signature")),
        quota_nickname=_text(data.get("quotaNickname")),
        input_bytes=amount_or_none(data.get("inputBytes")),
        sub_statuses=tuple(sorted(sub_statuses, key=_start_s)),
        scenes=tuple(_scene(one) for one in _objects(data.get("sceneResults"))),
    )


def parse_job_snapshots(body: bytes) -> tuple[JobSnapshot, ...]:
    """Parse the response to ListJobSnapshotInfos, as `parse_job_info` does."""
    data = object_or_empty(parse_json_object(body).get("data"))
    return tuple(
        JobSnapshot(
            instance_id=_text(one.get("instanceId")) or "",
            at=time_or_none(one.get("snapshotTime")),
            cpu_ratio=_ratio(one.get("cpuUsageToRequestRatio")),
            memory_ratio=_ratio(one.get("memoryUsageToRequestRatio")),
            signature=_text(one.get("signature")),
        )
        for one in _objects(data.get("jobInfoList"))
    )


def _objects(value: object) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, Mapping)][:_MOST]


def _scene(found: Mapping[str, Any]) -> SceneResult:
    params = object_or_empty(found.get("params"))
    return SceneResult(
        scene=_text(found.get("scene")) or "",
        tag=_text(found.get("sceneTag")) or "",
        type=_text(found.get("type")) or "",
        summary=_text(found.get("summary")) or "",
        description=_text(found.get("description")) or "",
        params={name: text for name, value in params.items() if (text := _text(value))},
    )


def _sub_status(found: Mapping[str, Any]) -> SubStatus:
    return SubStatus(
        code=whole_number_or_none(found.get("code")),
        description=_text(found.get("description")),
        start_time=time_or_none(found.get("startTime")),
    )


def _start_s(found: SubStatus) -> float:
    return found.start_time.timestamp() if found.start_time else 0


def _ratio(value: object) -> float | None:
    found = number_or_none(value)
    return float(found) if found is not None and found >= 0 else None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
