"""What a diagnosis looks at, from what the client has read. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from odps_bot.diagnosis import final_summary, snapshots
from odps_bot.diagnosis.snapshots import Snapshot, Stage, Workers
from odps_bot.maxcompute import (
    QueueingInfo,
    QuotaUsage,
    StageProgress,
    StageWorkers,
    SubStatus,
    TaskProgress,
    TaskSummary,
    Worker,
)

T = TypeVar("T")

#: `R2_1` of `R2_1_job_0`, `M1_Stg1_job0` or `M1_<project>_<instance>_SQL_0_0_0_job_0`.
_NORMAL_FORM = re.compile(r"[A-Z]+\d+(?:_\d+(?=_|\Z))*")

#: More of them are kept of no instance: the last ones tell how it got to where it is.
MOST_SUB_STATUSES = 30
DESCRIPTION_CHARACTERS = 100

#: No job has more stages, or longer names; of more, those that run are kept first.
MOST_STAGES = 500
NAME_CHARACTERS = 100
#: Longer ids of logs are no use: a button cannot carry them.
LOG_ID_CHARACTERS = 1_000


def snapshot_from(
    *,
    at: datetime,
    queueing: QueueingInfo | None = None,
    progress: TaskProgress | None = None,
    workers: Sequence[StageWorkers] | None = None,
    quotas: Sequence[QuotaUsage] = (),
) -> Snapshot:
    """Return the snapshot of one task of an instance; None and empty: not asked for, or not told.

    Which stages there are is the progress's to say: without it, workers are left out.
    """
    return Snapshot(
        at=at,
        sub_status=_current_sub_status(queueing) if queueing else None,
        sub_status_history=_history(queueing.sub_status_history) if queueing else (),
        queue_position=queueing.wait_position if queueing else None,
        queue_length=queueing.queue_length if queueing else None,
        total_cpu=queueing.total_cpu_usage if queueing else None,
        stages=_stages(progress, workers),
        quota=_quota(quotas),
    )


def stage_summaries_from(summary: TaskSummary) -> tuple[final_summary.StageSummary, ...]:
    """Return what the summary of an ended task says of the input of its stages' workers."""
    stages = _named((stage.name, stage) for stage in summary.stages)
    return tuple(
        final_summary.StageSummary(
            name=name,
            workers=stage.workers or 0,
            least=stage.input_spread.least if stage.input_spread else None,
            mean=stage.input_spread.mean if stage.input_spread else None,
            most=stage.input_spread.most if stage.input_spread else None,
        )
        for name, stage in stages
    )


def stage_name(name: str) -> str:
    """Return the normal form of a stage's name, such as `R2_1` of `R2_1_job_0`.

    A name of another kind remains as it is, as far as names go.
    """
    name = name[:NAME_CHARACTERS]
    found = _NORMAL_FORM.match(name)
    return found[0] if found else name


def _current_sub_status(queueing: QueueingInfo) -> snapshots.SubStatus | None:
    current = SubStatus(
        code=queueing.sub_status_code,
        description=queueing.sub_status,
        start_time=queueing.sub_status_start_time,
    )
    return None if current.code is None and not current.description else _sub_status(current)


def _history(found: Sequence[SubStatus]) -> tuple[snapshots.SubStatus, ...]:
    return tuple(map(_sub_status, found[-MOST_SUB_STATUSES:]))


def _sub_status(found: SubStatus) -> snapshots.SubStatus:
    return snapshots.SubStatus(
        code=found.code,
        description=(found.description or "")[:DESCRIPTION_CHARACTERS],
        since=found.start_time,
    )


def _stages(
    progress: TaskProgress | None, workers: Sequence[StageWorkers] | None
) -> tuple[Stage, ...] | None:
    if progress is None:
        return None
    by_name = dict(_named((one.stage, one) for one in workers or ()))
    stages = list(_named((stage.name, stage) for stage in progress.stages))
    if len(stages) > MOST_STAGES:
        stages = sorted(stages, key=lambda one: not one[1].running_workers)[:MOST_STAGES]
    return tuple(_stage(name, stage, by_name.get(name)) for name, stage in stages)


def _named(found: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Yield each with the normal form of its name, and a number where several have the same.

    A statement of several jobs can have a stage `M1` in each; all responses list them in one order.
    """
    counts: dict[str, int] = {}
    for written, one in found:
        name = stage_name(written)
        counts[name] = counts.get(name, 0) + 1
        yield name if counts[name] == 1 else f"{name} ({counts[name]})", one


def _stage(name: str, stage: StageProgress, workers: StageWorkers | None) -> Stage:
    return Stage(
        name=name,
        status=stage.status[:NAME_CHARACTERS],
        total=stage.total_workers,
        running=stage.running_workers,
        ended=stage.terminated_workers,
        backups=stage.backup_workers,
        input_records=stage.input_records,
        output_records=stage.output_records,
        workers=_workers(workers) if workers and workers.ended + workers.running else None,
    )


def _workers(found: StageWorkers) -> Workers:
    return Workers(
        ended=found.ended,
        running=found.running,
        ended_mean_s=found.ended_mean_s,
        ended_mean_bytes=found.ended_mean_input_bytes,
        mean_records=found.mean_input_records,
        max_records=found.max_input_records,
        mean_records_without_oldest=found.mean_input_records_without_oldest,
        oldest=worker_from(found, found.oldest),
        heaviest=worker_from(found, found.heaviest),
        youngest_age_s=found.youngest_age_s,
        running_s=found.running_s,
        running_records=found.running_input_records,
        reruns=found.reruns,
        rerun_workers=found.rerun_workers,
        most_rerun=worker_from(found, found.most_rerun),
        first_start=found.first_start_time,
        last_end=found.last_end_time,
    )


def worker_from(stage: StageWorkers, worker: Worker | None) -> snapshots.Worker | None:
    """Return one of the workers that stand out in their stage, as rules look at it."""
    if worker is None:
        return None
    log_id = worker.log_id
    return snapshots.Worker(
        index=worker.index,
        attempt=worker.attempt,
        age_s=stage.age_s(worker),
        input_records=worker.input_records,
        input_bytes=worker.input_bytes,
        log_id=log_id if log_id and len(log_id) <= LOG_ID_CHARACTERS else None,
    )


def _quota(found: Sequence[QuotaUsage]) -> snapshots.Quota | None:
    """Return the group of the newest job of the task, which is the one that still waits."""
    if not found:
        return None
    usage = found[-1]
    return snapshots.Quota(
        name=(usage.name or "")[:NAME_CHARACTERS],
        max_cpu=usage.limit.cpu_percent,
        requested_cpu=usage.requested.cpu_percent,
        usable_cpu=usage.available.cpu_percent,
        used_cpu=usage.used.cpu_percent,
        tasks_ahead=usage.tasks_ahead,
    )
