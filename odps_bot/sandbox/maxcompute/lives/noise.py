"""What chance does to a life: no two workers are quite alike. Pure, by a seed."""

from dataclasses import replace
from random import Random

from odps_bot.sandbox.maxcompute.lives.plan import Plan, StagePlan, WorkerPlan


def noisy(plan: Plan, *, seed: int, sigma: float) -> Plan:
    """Return the plan with log-normal noise on the records and on the speed of each worker.

    What a stage writes is still what the next one reads, where it feeds only one.
    """
    random = Random(seed)  # noqa: S311  -- noise, no secret
    stages = [_noisy_stage(stage, random, sigma) for stage in plan.stages]
    return replace(plan, stages=tuple(_feeding_next(stage, stages) for stage in stages))


def _noisy_stage(stage: StagePlan, random: Random, sigma: float) -> StagePlan:
    workers = tuple(_noisy_worker(worker, random, sigma) for worker in stage.workers)
    return replace(stage, workers=workers)


def _noisy_worker(worker: WorkerPlan, random: Random, sigma: float) -> WorkerPlan:
    factor = random.lognormvariate(0, sigma)
    stops_at = worker.stops_at
    return replace(
        worker,
        records=max(1, round(worker.records * factor)),
        speed=worker.speed * random.lognormvariate(0, sigma),
        stops_at=None if stops_at is None else round(stops_at * factor),
    )


def _feeding_next(stage: StagePlan, stages: list[StagePlan]) -> StagePlan:
    following = [other for other in stages if stage.number in other.upstream]
    if len(following) != 1 or len(following[0].upstream) != 1 or not stage.records:
        return stage
    return replace(stage, output_ratio=following[0].records / stage.records)
