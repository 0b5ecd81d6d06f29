"""How far a running instance has got: side questions, each of which may be refused by itself.

They are asked for the names that the instance's tasks have, whoever chose them. What is not told
is not known; that says nothing of the instance.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from odps_bot.maxcompute import (
    Instance,
    MaxComputeError,
    QueueingInfo,
    StageProgress,
    TaskProgress,
    TaskState,
    TaskStatuses,
)
from odps_bot.runs import InstanceSnapshot, Stage
from odps_bot.runs.progress import is_wait, percent
from workers.polling.diagnosis_snapshot import snapshot_from
from workers.polling.side_questions import unless_refused

log = logging.getLogger(__name__)

#: So many tasks of an instance are asked for in one poll.
MOST_TASKS = 5

#: Of these, progress without stages says that they are queued or being compiled; others, such as
#: MERGE or CUPID, may never have any.
_WITH_STAGES = frozenset({"sql", "sqlrt", "sqlcost"})


def progress_of(
    instance: Instance, statuses: TaskStatuses, *, at: datetime | None = None
) -> InstanceSnapshot:
    """Return the stages, or else the place in the queue. Raises MaxComputeError without an answer.

    A request for each task that has begun, up to `MOST_TASKS`, and maybe one for the queue.
    """
    begun = [task.name for task in statuses.tasks.values() if task.status is not TaskState.WAITING]
    told: dict[str, TaskProgress] = {}
    for name in begun[:MOST_TASKS]:
        progress = unless_refused(partial(instance.get_task_progress, name))
        if progress is not None:
            told[name] = progress
    if stages := _stages(told, has_several=len(statuses.tasks) > 1):
        return _with_details(InstanceSnapshot(stages=stages), statuses, told, None, at=at)
    return _without_stages(instance, statuses, told, at=at)


def _with_details(
    seen: InstanceSnapshot,
    statuses: TaskStatuses,
    told: Mapping[str, TaskProgress],
    queueing: QueueingInfo | None,
    *,
    at: datetime | None,
) -> InstanceSnapshot:
    """Return it with what a diagnosis looks at: of the first task that has stages, or may have."""
    name = next((name for name in told if told[name].stages), next(iter(told), None))
    task = statuses.tasks.get(name or "")
    if at is None or (task is not None and task.type.lower() not in _WITH_STAGES):
        return seen
    details = snapshot_from(at=at, queueing=queueing, progress=told[name] if name else None)
    return replace(seen, details=details, task_type=task.type if task else seen.task_type)


def _stages(told: Mapping[str, TaskProgress], *, has_several: bool) -> tuple[Stage, ...]:
    """Return the stages of all tasks; several tasks may have stages of one name."""
    return tuple(
        _stage(stage, name=f"{task_name} {stage.name}" if has_several else stage.name)
        for task_name, progress in told.items()
        for stage in progress.stages
    )


def _stage(stage: StageProgress, *, name: str) -> Stage:
    return Stage(
        name=name,
        status=stage.status.upper(),
        terminated_workers=stage.terminated_workers,
        running_workers=stage.running_workers,
        total_workers=stage.total_workers,
        progress_percent=stage.finished_percentage,
    )


def _without_stages(
    instance: Instance,
    statuses: TaskStatuses,
    told: Mapping[str, TaskProgress],
    *,
    at: datetime | None,
) -> InstanceSnapshot:
    """Return what the scheduler says, and whether it has left the queue where nobody says so."""
    tasks = statuses.tasks
    awaits_stages = not tasks or any(tasks[name].type.lower() in _WITH_STAGES for name in told)
    try:
        queueing = instance.get_queueing_info()
    except MaxComputeError as error:
        if error.is_retryable:
            raise
        log.info("the place of instance %s in the queue is not known: %s", instance.id, error)
        return InstanceSnapshot(is_executing=not awaits_stages, is_progress_known=bool(told))
    if queueing is None:
        return InstanceSnapshot(is_executing=not awaits_stages)
    seen = _in_queue(queueing, awaits_stages=awaits_stages)
    return _with_details(seen, statuses, told, queueing, at=at)


def _in_queue(queueing: QueueingInfo, *, awaits_stages: bool) -> InstanceSnapshot:
    if queueing.wait_position:
        return InstanceSnapshot(queue_position=queueing.wait_position)
    so_far, status = percent(queueing.progress), (queueing.sub_status or "").strip()
    if so_far or (status and not is_wait(status)):
        return InstanceSnapshot(is_executing=True, progress_percent=so_far)
    return InstanceSnapshot(
        queue_status=status or None, is_executing=not awaits_stages and not status
    )
