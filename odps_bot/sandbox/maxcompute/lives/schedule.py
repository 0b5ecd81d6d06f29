"""When each attempt of each worker runs: slots, waves and upstream stages. Pure."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from odps_bot.sandbox.maxcompute.lives.plan import Plan, Slots, StagePlan, WorkerPlan


@dataclass(frozen=True, slots=True)
class Attempt:
    """One start of a worker; `ends_s` is infinite when nothing ends it."""

    index: int
    number: int  #: 0 is the first
    starts_s: float
    ends_s: float
    plan: WorkerPlan
    is_backup: bool = False
    dies: bool = False


@dataclass(frozen=True, slots=True)
class ScheduledStage:
    """A stage with all its attempts, worker by worker."""

    plan: StagePlan
    ready_s: float  #: when its upstream stages have ended
    ends_s: float
    workers: tuple[tuple[Attempt, ...], ...]


def schedule(plan: Plan, *, starts_s: float) -> tuple[ScheduledStage, ...]:
    """Return the stages of a run that begins then; who is ready first gets slots first."""
    free = _slots(plan.slots, starts_s)
    ends: dict[int, float] = {}
    done: dict[str, ScheduledStage] = {}
    remaining = list(plan.stages)
    while remaining:
        able = [stage for stage in remaining if all(number in ends for number in stage.upstream)]
        ready = {
            stage.name: max([starts_s, *(ends[number] for number in stage.upstream)])
            for stage in able
        }
        stage = min(able, key=lambda one: ready[one.name])
        scheduled = _stage(stage, ready[stage.name], free)
        done[stage.name] = scheduled
        ends[stage.number] = scheduled.ends_s
        remaining.remove(stage)
    return tuple(done[stage.name] for stage in plan.stages)


def _slots(slots: Slots | None, starts_s: float) -> list[float] | None:
    """Return when each slot is free, as a heap."""
    if slots is None:
        return None
    first = starts_s + slots.delay_s
    later = (slots.most or slots.at_first) - slots.at_first
    free = [first] * slots.at_first
    free += [first + (number + 1) / slots.growth_per_s for number in range(later)]
    return free


def _stage(plan: StagePlan, ready_s: float, free: list[float] | None) -> ScheduledStage:
    workers = []
    for index, worker in enumerate(plan.workers):
        starts_s = ready_s if free is None else max(ready_s, heapq.heappop(free))
        attempts = tuple(_attempts(index, worker, starts_s))
        workers.append(attempts)
        if free is not None:
            heapq.heappush(free, ended_s(attempts))
    ends_s = max((ended_s(attempts) for attempts in workers), default=ready_s)
    return ScheduledStage(plan, ready_s, ends_s, tuple(workers))


def ended_s(attempts: Sequence[Attempt]) -> float:
    """Return when a worker with these attempts is over."""
    return max(attempt.ends_s for attempt in attempts)


def _attempts(index: int, plan: WorkerPlan, starts_s: float) -> Iterator[Attempt]:
    if starts_s == inf:
        yield Attempt(index, 0, inf, inf, plan)
        return
    for number in range(plan.deaths):
        ends_s = starts_s + plan.dies_after_s
        yield Attempt(index, number, starts_s, ends_s, plan, dies=True)
        starts_s = ends_s
    takes_s = inf if plan.stops_at is not None else plan.records / plan.speed
    ends_s = starts_s + takes_s
    yield Attempt(index, plan.deaths, starts_s, ends_s, plan)
    if plan.backup_after_s is not None and plan.backup_after_s < takes_s:
        # It reads the same from the beginning, so it is never the quicker one.
        begins_s = starts_s + plan.backup_after_s
        number = plan.deaths + 1
        yield Attempt(index, number, begins_s, ends_s, plan, is_backup=True)
