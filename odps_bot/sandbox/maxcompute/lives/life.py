"""The life of an instance, second by second. Pure."""

from collections.abc import Iterator
from itertools import accumulate

from odps_bot.sandbox.maxcompute.lives import moment
from odps_bot.sandbox.maxcompute.lives.attempts import (
    computed_s,
    is_running,
    shown_records,
    worker_at,
)
from odps_bot.sandbox.maxcompute.lives.plan import Phase, Plan
from odps_bot.sandbox.maxcompute.lives.schedule import Attempt, ScheduledStage, schedule
from odps_bot.sandbox.maxcompute.lives.sub_statuses import DESCRIPTIONS

_CORE = 100


class Life:
    """What `plan` makes of an instance; seconds are counted from its submission."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        #: When its stages may begin.
        self.runs_s = float(sum(phase.seconds for phase in plan.phases))
        self.stages = schedule(plan, starts_s=self.runs_s)
        #: When the last stage ends; infinite: never.
        self.written_s = max((stage.ends_s for stage in self.stages), default=self.runs_s)
        #: When the instance ends; infinite: only when somebody stops it.
        self.ends_s = self.written_s + sum(phase.seconds for phase in plan.finishing)

    def at(self, seconds: float) -> moment.Moment:
        """Return how it looks then."""
        entered = [(phase, since) for phase, since in self._phases() if since <= max(seconds, 0)]
        shown = [moment.SubStatus(phase.code, phase.text, since) for phase, since in entered]
        phase, since = entered[-1]
        position = _queue_position(phase, seconds - since)
        if seconds >= self.runs_s:
            position = 0
        stages = self._stages_at(seconds)
        cpu = _CORE * sum(stage.running + stage.backups for stage in stages)
        return moment.Moment(
            is_ended=seconds >= self.ends_s,
            sub_status=shown[-1],
            history=tuple(shown[:-1]),
            queue_position=position,
            queue_length=phase.queue_length,
            cpu=cpu,
            total_cpu=round(_CORE * sum(_computed_s(stage, seconds) for stage in self.stages)),
            stages=stages,
            group=self._group_at(cpu, stages, position),
        )

    def workers(self, stage: str, seconds: float) -> list[moment.Worker]:
        """Return the attempts of a stage then, by index; workers not begun are `Ready`."""
        return [
            worker_at(attempt, scheduled.plan, seconds)
            for scheduled in self.stages
            if scheduled.plan.name == stage
            for attempts in scheduled.workers
            for attempt in attempts
            if attempt.starts_s <= seconds or attempt is attempts[0]
        ]

    def _phases(self) -> Iterator[tuple[Phase, float]]:
        """Yield all phases with their beginnings."""
        plan = self.plan
        starts = accumulate((phase.seconds for phase in plan.phases), initial=0.0)
        yield from zip(plan.phases, starts, strict=False)
        code = plan.running_code
        yield Phase(code=code, seconds=0, description=DESCRIPTIONS[code]), self.runs_s
        starts = accumulate((phase.seconds for phase in plan.finishing), initial=self.written_s)
        yield from zip(plan.finishing, starts, strict=False)

    def _stages_at(self, seconds: float) -> tuple[moment.Stage, ...]:
        if seconds < self.runs_s:
            return ()
        return tuple(_stage_at(stage, seconds) for stage in self.stages)

    def _group_at(
        self, cpu: int, stages: tuple[moment.Stage, ...], position: int | None
    ) -> moment.Group:
        group = self.plan.group
        wanted = sum(stage.total - stage.ended for stage in stages if stage.status != "WAITING")
        return moment.Group(
            name=group.name,
            max_cpu=group.max_cpu,
            requested_cpu=group.others_want + _CORE * wanted,
            usable_cpu=group.max_cpu,
            used_cpu=min(group.others_use + cpu, group.max_cpu),
            tasks_ahead=max((position or 0) - 1, 0),
        )


def _queue_position(phase: Phase, elapsed_s: float) -> int | None:
    if phase.queue is None:
        return None
    first, last = phase.queue
    steps = first - last + 1
    return max(first - int(steps * elapsed_s / phase.seconds), last)


def _computed_s(stage: ScheduledStage, seconds: float) -> float:
    if seconds <= stage.ready_s:
        return 0.0
    return sum(computed_s(one, seconds) for attempts in stage.workers for one in attempts)


def _stage_at(stage: ScheduledStage, seconds: float) -> moment.Stage:
    total, plan = len(stage.workers), stage.plan
    running = backups = ended = read = 0
    status = "WAITING"
    if stage.ends_s <= seconds:
        status, ended, read = "TERMINATED", total, plan.records
    elif stage.ready_s <= seconds:
        for attempts in stage.workers:
            current = _current(attempts, seconds)
            running += is_running(current, seconds)
            ended += current.ends_s <= seconds and not current.dies
            read += shown_records(current, plan, seconds)
            backups += attempts[-1].is_backup and is_running(attempts[-1], seconds)
        status = "RUNNING" if running or ended else "READY"
    return moment.Stage(
        name=plan.name,
        status=status,
        total=total,
        running=running,
        ended=ended,
        backups=backups,
        input_records=read,
        output_records=round(read * plan.output_ratio),
        percentage=100 * read // max(plan.records, 1),
    )


def _current(attempts: tuple[Attempt, ...], seconds: float) -> Attempt:
    """Return the last attempt that has begun, or the first; no backup."""
    current = attempts[0]
    for attempt in attempts[1:]:
        if attempt.starts_s <= seconds and not attempt.is_backup:
            current = attempt
    return current
