"""What is told of each stage when an instance has ended. Pure."""

from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.lives.life import Life


@dataclass(frozen=True, slots=True)
class Records:
    """How records spread over the workers of a stage."""

    total: int
    least: int
    most: int

    def mean(self, workers: int) -> int:
        """Return the mean, in whole records."""
        return self.total // workers if workers else 0


@dataclass(frozen=True, slots=True)
class StageSummary:
    """A stage at the end."""

    name: str
    workers: int
    read: Records
    written: Records
    written_bytes: int


def stage_summaries(life: Life) -> tuple[StageSummary, ...]:
    """Return all stages, as if all of them had ended."""
    summaries = []
    for stage in life.stages:
        plan = stage.plan
        reads = [worker.records for worker in plan.workers]
        writes = [round(records * plan.output_ratio) for records in reads]
        summaries.append(
            StageSummary(
                name=plan.name,
                workers=len(reads),
                read=_records(reads),
                written=_records(writes),
                written_bytes=sum(writes) * plan.record_bytes,
            )
        )
    return tuple(summaries)


def _records(amounts: list[int]) -> Records:
    return Records(sum(amounts), min(amounts, default=0), max(amounts, default=0))
