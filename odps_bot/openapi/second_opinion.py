"""What MaxCompute itself finds about a job, beside our own diagnosis."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from odps_bot.maxcompute import MaxComputeError, SubStatus
from odps_bot.openapi.client import OpenApiClient
from odps_bot.openapi.job_info import JobInfo, JobSnapshot, SceneResult

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Older numbers say nothing of now.
OLDEST_SNAPSHOT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """The vendor's view of a job; texts are its own, and foreign."""

    scenes: tuple[SceneResult, ...] = ()
    sub_statuses: tuple[SubStatus, ...] = ()  #: oldest first
    signature: str | None = None  #: that of all runs of the statement, in the console
    #: CPU it has by CPU it wants, of the last two minutes; below 0.95 it lacks resources.
    cpu_usage_to_request_ratio: float | None = None
    quota_nickname: str | None = None


def ask_second_opinion(
    client: OpenApiClient, project: str, instance_id: str, *, now: datetime
) -> SecondOpinion | None:
    """Return what the OpenAPI says of a job; None where it says nothing or is not allowed to us.

    Two requests at most, of a few seconds each. Never raises MaxComputeError.
    """
    info = _unless_failed(lambda: client.get_job_info(instance_id))
    snapshot = None
    if info is None or not info.is_ended:
        snapshot = _unless_failed(lambda: _snapshot(client, project, instance_id, now))
    if info is None and snapshot is None:
        return None
    info = info or JobInfo()
    opinion = SecondOpinion(
        scenes=info.scenes,
        sub_statuses=info.sub_statuses,
        signature=info.signature or (snapshot.signature if snapshot else None),
        cpu_usage_to_request_ratio=_recent_ratio(snapshot, now),
        quota_nickname=info.quota_nickname,
    )
    return None if opinion == SecondOpinion() else opinion


def _snapshot(
    client: OpenApiClient, project: str, instance_id: str, now: datetime
) -> JobSnapshot | None:
    found = client.list_job_snapshots(project=project, instance_ids=(instance_id,), at=now)
    return next((one for one in found if one.instance_id == instance_id), None)


def _recent_ratio(snapshot: JobSnapshot | None, now: datetime) -> float | None:
    if snapshot is None or snapshot.at is None or now - snapshot.at > OLDEST_SNAPSHOT:
        return None
    return snapshot.cpu_ratio


def _unless_failed(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except MaxComputeError as error:
        log.info("the OpenAPI says nothing: %s", error)
        return None
