"""How an instance looks at a moment: all answers about it are written from this."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.lives.logs import worker_log
from odps_bot.sandbox.maxcompute.lives.moment import Group, Moment, Stage, Worker
from odps_bot.sandbox.maxcompute.phases import is_in_queue, usual_phases
from odps_bot.sandbox.maxcompute.playback import Playback
from odps_bot.sandbox.maxcompute.progress import (
    ENDS_OF_WORKERS,
    RunTimes,
    StageProgress,
    TaskStatus,
    stage_progress,
    usual_log,
)

_CORE = 100
_GROUP_CPU = 67_200


@dataclass(frozen=True)
class View:
    """An instance at a moment; all its seconds count from `origin`."""

    origin: datetime
    seconds: float
    moment: Moment
    #: From 0 to 1.
    progress: float
    tells_records: bool = True
    _usual: tuple[StageProgress, ...] = ()
    _playback: Playback | None = None
    _end: TaskStatus | None = None

    def time(self, seconds: float) -> datetime:
        """Return the time at so many seconds."""
        return self.origin + timedelta(seconds=seconds)

    def workers(self, stage: str) -> list[Worker]:
        """Return the workers of a stage, each as often as it was started."""
        if self._playback is None:
            return [
                worker for one in self._usual if one.stage.name == stage for worker in one.workers
            ]
        return [
            _cut_worker(worker, self._end, self.seconds)
            for worker in self._playback.life.workers(stage, self.seconds)
        ]

    def last_workers(self, stage: str) -> list[Worker]:
        """Return the workers of a stage, each by what it did at last."""
        latest = {
            worker.index: worker
            for worker in self.workers(stage)
            if worker.attempt == 0 or worker.status != "Interrupted"
        }
        return list(latest.values())

    def log(self, log_id: str, kind: str) -> str | None:
        """Return a log of a worker; None where none has such an id, or it has not begun."""
        if self._playback is not None:
            return worker_log(self._playback.life, log_id, kind, self.seconds)
        for one in self._usual:
            for worker in one.workers:
                if worker.log_id == log_id and worker.starts_s is not None:
                    return usual_log(worker, kind, self.seconds)
        return None


def view_of(instance: Instance, now: datetime) -> View:
    """Return how an instance looks now; one that has ended, as it was then."""
    if instance.ended_at is not None:
        now = min(now, instance.ended_at)
    playback = instance.lifecycle.playback
    return _usual_view(instance, now) if playback is None else _played(instance, playback, now)


def waits_in_queue(instance: Instance, now: datetime) -> bool:
    """Return whether the scheduler keeps the instance in its queue."""
    if instance.started_at is not None or instance.is_terminated:
        return False
    return is_in_queue(view_of(instance, now).moment.sub_status)


def _played(instance: Instance, playback: Playback, now: datetime) -> View:
    seconds = playback.seconds((now - instance.created_at).total_seconds())
    if instance.task_status is TaskStatus.SUCCESS:
        seconds = max(seconds, playback.life.ends_s)
    moment = playback.life.at(seconds)
    end = instance.task_status if instance.task_status in ENDS_OF_WORKERS else None
    if end is not None:
        moment = replace(moment, stages=tuple(_cut_stage(one, end) for one in moment.stages), cpu=0)
    shares = [stage.percentage / 100 for stage in moment.stages]
    return View(
        origin=now - timedelta(seconds=seconds),
        seconds=seconds,
        moment=moment,
        progress=sum(shares) / len(shares) if shares else 0.0,
        tells_records=playback.tells_records,
        _playback=playback,
        _end=end,
    )


def _cut_stage(stage: Stage, end: TaskStatus) -> Stage:
    if stage.status == "TERMINATED":
        return stage
    return replace(stage, status=end.value.upper(), running=0, backups=0)


def _cut_worker(worker: Worker, end: TaskStatus | None, seconds: float) -> Worker:
    if end is None or worker.status != "Running":
        return worker
    return replace(worker, status=ENDS_OF_WORKERS[end], ends_s=seconds)


def _usual_view(instance: Instance, now: datetime) -> View:
    def seconds(instant: datetime) -> float:
        return (instant - instance.created_at).total_seconds()

    elapsed_s, started_at = seconds(now), instance.started_at
    began_s = None if started_at is None else seconds(started_at)
    phases = usual_phases(
        kind=instance.submission.task.kind,
        has_stages=bool(instance.stages),
        elapsed_s=elapsed_s,
        compiling_s=instance.lifecycle.compiling.total_seconds(),
        queued_s=instance.lifecycle.queued.total_seconds(),
        started_s=began_s,
    )
    stages = tuple(_stages(instance, now, began_s))
    running = sum(one.stage.running for one in stages)
    takes_s = instance.lifecycle.running.total_seconds()
    progress = instance.fraction(now)
    until_s = (began_s or 0.0) + progress * takes_s
    moment = Moment(
        is_ended=instance.is_terminated,
        sub_status=phases[-1],
        history=phases[:-1],
        queue_position=0 if began_s is not None else 1 if is_in_queue(phases[-1]) else None,
        queue_length=0,
        cpu=_CORE * running,
        total_cpu=round(_CORE * _computed_s(stages, until_s)),
        stages=tuple(one.stage for one in stages),
        group=_group(instance.quota, stages, running, is_waiting=is_in_queue(phases[-1])),
    )
    return View(instance.created_at, elapsed_s, moment, progress, _usual=stages)


def _stages(instance: Instance, now: datetime, began_s: float | None) -> list[StageProgress]:
    if began_s is None:
        return []
    rows, ended_at = instance.outcome.rows, instance.ended_at
    return stage_progress(
        instance.stages,
        fraction=instance.fraction(now),
        status=instance.task_status,
        output_records=rows.row_count if rows else 0,
        times=RunTimes(
            began_s,
            instance.lifecycle.running.total_seconds(),
            None if ended_at is None else (ended_at - instance.created_at).total_seconds(),
        ),
    )


def _computed_s(stages: tuple[StageProgress, ...], until_s: float) -> float:
    """Return for how long cores were used by then."""
    return sum(
        max((until_s if worker.ends_s is None else worker.ends_s) - worker.starts_s, 0.0)
        for one in stages
        for worker in one.workers
        if worker.starts_s is not None
    )


def _group(
    name: str, stages: tuple[StageProgress, ...], running: int, *, is_waiting: bool
) -> Group:
    wanted = sum(
        one.stage.total - one.stage.ended for one in stages if one.stage.status == "RUNNING"
    )
    used = _GROUP_CPU if is_waiting else _CORE * running
    return Group(
        name=name,
        max_cpu=_GROUP_CPU,
        requested_cpu=used + _CORE * (1 if is_waiting else wanted - running),
        usable_cpu=_GROUP_CPU,
        used_cpu=used,
        tasks_ahead=0,
    )
