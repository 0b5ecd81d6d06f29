"""The quota groups that a task runs in, from the response to `?instancequota`. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from odps_bot.maxcompute.wire import amount_or_none, object_or_empty, parse_json_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """CPU and memory; None where the service does not say."""

    cpu_percent: int | None = None  #: 100 is one core
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUsage:
    """A quota group, and what it is used for, by all of its jobs together."""

    job: str  #: of the task, such as `job0`
    name: str | None = None
    limit: Resources = Resources()  #: more it never gets
    requested: Resources = Resources()  #: by all of its jobs
    available: Resources = Resources()  #: to all of its jobs, now
    used: Resources = Resources()
    tasks_ahead: int | None = None  #: that are served before this one


def parse_quota_usages(body: bytes) -> tuple[QuotaUsage, ...]:
    """Parse the response to `?instancequota`, each of whose groups is JSON in the text of JSON."""
    infos = object_or_empty(parse_json_object(body).get("quotaInfos"))
    jobs = sorted(infos, key=lambda job: (len(job), job))  # job9 before job10
    groups = ((job, object_or_empty(infos[job])) for job in jobs)
    return tuple(_usage(job, group) for job, group in groups if group)


def _usage(job: str, group: Mapping[str, Any]) -> QuotaUsage:
    name = group.get("GroupAlias")
    return QuotaUsage(
        job=job,
        name=name.strip() or None if isinstance(name, str) else None,
        limit=_resources(group.get("GroupMaxQuota")),
        requested=_resources(group.get("GroupRequest")),
        available=_resources(group.get("RuntimeQuota")),
        used=_resources(group.get("UsedQuota")),
        tasks_ahead=max(_tasks_ahead(group), default=None),
    )


def _resources(value: object) -> Resources:
    amounts = object_or_empty(value)
    return Resources(
        cpu_percent=amount_or_none(amounts.get("CPU")),
        memory_mb=amount_or_none(amounts.get("Memory")),
    )


def _tasks_ahead(group: Mapping[str, Any]) -> Iterator[int]:
    """Yield what is told of tasks ahead, as in `[[0, {"totalAheadTaskNum": 3}]]`."""
    waiting = group.get("AmWaitingResInfo")
    entries = waiting if isinstance(waiting, list) else []
    pairs = [pair for entry in entries if isinstance(entry, list) for pair in entry]
    for told in (group, *pairs, *entries):
        if isinstance(told, Mapping):
            ahead = amount_or_none(told.get("totalAheadTaskNum"))
            if ahead is not None:
                yield ahead
