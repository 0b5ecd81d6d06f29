"""The life of an instance phase by phase, with times. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise
from typing import NamedTuple

import msgspec

from odps_bot.diagnosis.holds import Snapshots, filled
from odps_bot.diagnosis.snapshots import Snapshot, SubStatus
from odps_bot.diagnosis.stage_phases import StagePhase, first_worker_at, stage_phases
from odps_bot.diagnosis.stages import is_over, running_workers
from odps_bot.diagnosis.sub_statuses import (
    COMPILING,
    FINISHING,
    JOB_SUBMITTED,
    ONLINE_FAILED,
    PLANNING,
    REPLICATION,
    RERUN,
    RUNNING,
    SUBMITTING,
    WAITING_FOR_FRAMEWORK,
    WAITING_FOR_QUOTA,
    code_of,
)
from odps_bot.store.codec import Instant


class PhaseKind(StrEnum):
    """What an instance does for a while."""

    WAITING_FOR_SLOT = "waiting_for_slot"  #: of the project, or of MaxCompute itself
    REPLICATION = "replication"  #: data comes from another cluster
    COMPILING = "compiling"  #: the optimizer included
    PLANNING = "planning"  #: the list of files is read
    QUEUED_IN_QUOTA = "queued_in_quota"
    RUNNING = "running"
    RERUN = "rerun"  #: accelerated mode failed; it begins again as a normal job
    FINISHING = "finishing"  #: metadata is written
    OTHER = "other"  #: a sub-status that nobody has documented; see its description


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A while in an instance's life."""

    kind: PhaseKind
    began: Instant
    ended: Instant | None = None  #: None: it goes on
    code: int | None = None  #: of the sub-status that it was in longest
    description: str = ""  #: of that; foreign text
    stages: tuple[StagePhase, ...] = ()  #: of the last RUNNING

    def lasted_s(self, now: datetime) -> float:
        """Return how long it lasted, or has lasted until now."""
        return max(0.0, ((self.ended or now) - self.began).total_seconds())


_KINDS = {
    **dict.fromkeys(WAITING_FOR_FRAMEWORK, PhaseKind.WAITING_FOR_SLOT),
    REPLICATION: PhaseKind.REPLICATION,
    **dict.fromkeys(COMPILING, PhaseKind.COMPILING),
    **dict.fromkeys(PLANNING, PhaseKind.PLANNING),
    # The vendor's engineers count the submission as waiting for resources.
    **dict.fromkeys({SUBMITTING, JOB_SUBMITTED, *WAITING_FOR_QUOTA}, PhaseKind.QUEUED_IN_QUOTA),
    **dict.fromkeys(RUNNING, PhaseKind.RUNNING),
    **dict.fromkeys({RERUN, *ONLINE_FAILED}, PhaseKind.RERUN),
    **dict.fromkeys(FINISHING, PhaseKind.FINISHING),
}


def planning_s(snapshots: Sequence[Snapshot]) -> float | None:
    """Return how long the list of files was read; None where nobody saw all of it."""
    whole = filled(snapshots)
    told = next((one for one in reversed(whole) if one.sub_status is not None), None)
    if told is None:
        return None
    lasted = [
        (later.since - earlier.since).total_seconds()
        if earlier.since is not None and later.since is not None
        else None
        for earlier, later in pairwise((*told.sub_status_history, told.sub_status))
        if earlier is not None and later is not None and code_of(earlier) in PLANNING
    ]
    known = [seconds for seconds in lasted if seconds is not None and seconds >= 0]
    return sum(known) if known and len(known) == len(lasted) else None


class _Step(NamedTuple):
    at: datetime
    kind: PhaseKind
    code: int | None = None
    description: str = ""


def phases_of(
    snapshots: Sequence[Snapshot], *, now: datetime, ended: datetime | None = None
) -> tuple[Phase, ...]:
    """Return the phases in their order; empty where nobody told anything.

    `now` is the time of the newest snapshot, `ended` when the instance ended if it has.
    """
    if not snapshots:
        return ()
    whole = filled(snapshots)
    end = ended or now
    steps = _refined(_steps(whole), whole)
    if ended is None:  # MaxCompute's clock may be ahead of ours
        steps = [step._replace(at=min(step.at, end)) for step in steps]
    steps = [step for step in steps if step.at <= end]
    if not steps:
        return ()
    phases = [
        _phase(group, until) for group, until in _grouped(steps, end, is_over=ended is not None)
    ]
    return tuple(_with_stages(phases, whole))


def _steps(snapshots: Snapshots) -> list[_Step]:
    """Return what the scheduler told, and where it told nothing, what our snapshots showed."""
    told = next((one for one in reversed(snapshots) if one.sub_status is not None), None)
    if told is None:
        return [_Step(one.at, kind) for one in snapshots if (kind := _seen_kind(one)) is not None]
    steps: list[_Step] = []
    for one in (*told.sub_status_history, *filter(None, [told.sub_status])):
        at = one.since or _first_seen(one, snapshots)
        if at is not None:
            code = code_of(one)
            kind = _KINDS.get(code or 0, PhaseKind.OTHER)
            steps.append(_Step(at, kind, code, one.description))
    return sorted(steps, key=lambda step: step.at)


def _first_seen(sub_status: SubStatus, snapshots: Snapshots) -> datetime | None:
    code = code_of(sub_status)
    return next((one.at for one in snapshots if code_of(one.sub_status) == code), None)


def _seen_kind(snapshot: Snapshot) -> PhaseKind | None:
    if running_workers(snapshot):
        return PhaseKind.RUNNING
    if snapshot.stages:
        is_written = all(map(is_over, snapshot.stages))
        has_begun = any(stage.ended for stage in snapshot.stages)
        if is_written:
            return PhaseKind.FINISHING
        return PhaseKind.RUNNING if has_begun else PhaseKind.QUEUED_IN_QUOTA
    return PhaseKind.QUEUED_IN_QUOTA if snapshot.queue_position else None


def _refined(steps: list[_Step], snapshots: Snapshots) -> list[_Step]:
    """Return the steps with what "running" hides: no worker yet, or all rows written already."""
    if not steps or steps[-1].kind is not PhaseKind.RUNNING:
        return steps
    last = steps[-1]
    began = first_worker_at(snapshots)
    seen = [one for one in snapshots if one.at >= last.at and one.stages]
    refined = steps[:-1]
    if seen and _seen_kind(seen[0]) is PhaseKind.QUEUED_IN_QUOTA:
        refined.append(last._replace(kind=PhaseKind.QUEUED_IN_QUOTA))
        if began is not None:
            refined.append(last._replace(at=max(began, last.at)))
    else:
        refined.append(last)
    written = [one.at for one in seen if _seen_kind(one) is PhaseKind.FINISHING]
    if written and seen[-1].at >= written[0] and _seen_kind(seen[-1]) is PhaseKind.FINISHING:
        refined.append(_Step(written[0], PhaseKind.FINISHING, last.code, last.description))
    return refined


def _grouped(
    steps: list[_Step], end: datetime, *, is_over: bool
) -> list[tuple[list[tuple[_Step, datetime]], datetime | None]]:
    """Return neighbours of one kind together, each step with its end, and each group with its."""
    ends = [later.at for _, later in pairwise(steps)] + [end]
    groups = [
        list(group)
        for _, group in groupby(zip(steps, ends, strict=True), key=lambda pair: pair[0].kind)
    ]
    untils: list[datetime | None] = [group[-1][1] for group in groups]
    if untils and not is_over:
        untils[-1] = None
    return list(zip(groups, untils, strict=True))


def _phase(group: list[tuple[_Step, datetime]], until: datetime | None) -> Phase:
    longest = max(group, key=lambda pair: pair[1] - pair[0].at)[0]
    return Phase(
        kind=longest.kind,
        began=group[0][0].at,
        ended=until,
        code=longest.code,
        description=longest.description,
    )


def _with_stages(phases: list[Phase], snapshots: Snapshots) -> list[Phase]:
    """Return the phases, the last one that runs with its stages."""
    at = next(
        (i for i in range(len(phases) - 1, -1, -1) if phases[i].kind is PhaseKind.RUNNING), None
    )
    if at is not None:
        stages = stage_phases(snapshots)
        phases[at] = msgspec.structs.replace(phases[at], stages=stages)
    return phases
