"""Stages of common shapes, from which lives are made. Pure."""

from dataclasses import replace

from odps_bot.sandbox.maxcompute.lives.plan import StagePlan, WorkerPlan

MILLION = 1_000_000
SPEED = 50_000.0


def worker(records: int, speed: float = SPEED) -> WorkerPlan:
    """Return one without peculiarities."""
    return WorkerPlan(records=records, speed=speed)


def alike(count: int, records: int, speed: float = SPEED) -> tuple[WorkerPlan, ...]:
    """Return equal workers."""
    return (worker(records, speed),) * count


def stage(name: str, *groups: tuple[WorkerPlan, ...], output_ratio: float = 1.0) -> StagePlan:
    """Return a stage of these workers."""
    return StagePlan(name=name, workers=sum(groups, ()), output_ratio=output_ratio)


def after_a_scan(
    following: StagePlan, *, count: int = 40, seconds: float = 40
) -> tuple[StagePlan, ...]:
    """Return a stage with one before it that writes what it reads, in equal parts."""
    share, rest = divmod(following.records, count)
    shares = [share + (index < rest) for index in range(count)]
    scans = tuple(worker(records, records / seconds) for records in shares)
    return (StagePlan(name="M1", workers=scans), following)


def with_last(workers: tuple[WorkerPlan, ...], **changes: object) -> tuple[WorkerPlan, ...]:
    """Return the same workers, the last of which is different."""
    return (*workers[:-1], replace(workers[-1], **changes))  # type: ignore[arg-type]  # any field
