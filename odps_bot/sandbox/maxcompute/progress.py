"""The progress of each stage of a statement and of its workers, computed from the time; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from odps_bot.sandbox.maxcompute.engine import stages as engine
from odps_bot.sandbox.maxcompute.lives.attempts import log_id
from odps_bot.sandbox.maxcompute.lives.moment import Stage, Worker

#: The progress of a stuck instance.
STUCK_AT = 0.55
#: The maximum progress before the engine is done.
NOT_YET_DONE = 0.96
#: Of the sample tables, on average.
BYTES_PER_RECORD = 28
#: A worker logs at this interval how far it has got, and so often at most.
_LOG_EVERY_S, _MOST_LINES = 10.0, 400


class TaskStatus(Enum):
    """The status of a task."""

    WAITING = "Waiting"
    RUNNING = "Running"
    SUCCESS = "Success"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


class StageProgress(NamedTuple):
    """A stage and its workers."""

    stage: Stage
    workers: tuple[Worker, ...]


@dataclass(frozen=True, slots=True)
class RunTimes:
    """When an instance runs, in seconds since its submission."""

    began_s: float = 0.0
    #: How long it is meant to take.
    takes_s: float = 0.0
    ended_s: float | None = None


#: How workers end that still run when their instance does.
ENDS_OF_WORKERS = {TaskStatus.FAILED: "Failed", TaskStatus.CANCELLED: "Interrupted"}


def fraction_done(*, elapsed: float, expected: float, is_engine_done: bool) -> float:
    """Return the progress of an instance, from 0 to 1 (arguments in seconds)."""
    fraction = 1.0 if elapsed >= expected else elapsed / expected
    return fraction if is_engine_done else min(fraction, NOT_YET_DONE)


def stage_progress(
    stages: Sequence[engine.Stage],
    *,
    fraction: float,
    status: TaskStatus,
    output_records: int,
    times: RunTimes = RunTimes(),
) -> list[StageProgress]:
    """Return all stages; they share the time equally, one after the other.

    The workers of a stage begin together and end one by one.
    """
    if status is TaskStatus.SUCCESS:
        fraction = 1.0
    shown = []
    for number, stage in enumerate(stages):
        outputs = output_records if number + 1 == len(stages) else _output_of(stage)
        seen = _SeenStage(stage, number, len(stages), outputs, fraction, status, times)
        shown.append(seen.progress())
    return shown


@dataclass(frozen=True)
class _SeenStage:
    """Stage `number` of `count` when its instance has got as far as `fraction`."""

    stage: engine.Stage
    number: int
    count: int
    outputs: int
    fraction: float
    status: TaskStatus
    times: RunTimes

    @property
    def local(self) -> float:
        """How far the stage has got."""
        return min(max(self.fraction * self.count - self.number, 0.0), 1.0)

    def progress(self) -> StageProgress:
        workers = tuple(self._workers())
        running = sum(worker.status == "Running" for worker in workers)
        ended = sum(worker.status == "Terminated" for worker in workers)
        state = "RUNNING" if running else "WAITING"
        if ended == self.stage.workers:
            state = "TERMINATED"
        elif self.status in ENDS_OF_WORKERS:
            state = self.status.value.upper()
        stage = Stage(
            name=self.stage.plain_name,
            status=state,
            total=self.stage.workers,
            running=running,
            ended=ended,
            backups=0,
            input_records=sum(worker.input_records for worker in workers),
            output_records=sum(worker.output_records for worker in workers),
            percentage=int(100 * self.local),
        )
        return StageProgress(stage, workers)

    def _workers(self) -> Iterator[Worker]:
        name, count = self.stage.plain_name, self.stage.workers
        for index in range(count):
            ends = (index + 1) / count
            done = min(self.local / ends, 1.0)
            status, starts_s, ends_s = self._state(ends, is_done=done >= 1)
            yield Worker(
                index=index,
                attempt=0,
                status=status,
                starts_s=starts_s,
                ends_s=ends_s,
                input_records=int(_part(self.stage.input_records, index, count) * done),
                output_records=int(_part(self.outputs, index, count) * done),
                record_bytes=BYTES_PER_RECORD,
                log_id=log_id(name, index, 0),
            )

    def _state(self, ends: float, *, is_done: bool) -> tuple[str, float | None, float | None]:
        """Return status, start and end of the worker that ends with this share of the stage."""
        if is_done:
            return "Terminated", self._seconds(0), self._seconds(ends)
        has_begun = self.fraction * self.count >= self.number
        if self.status in ENDS_OF_WORKERS:
            if self.local == 0:
                return "Ready", None, None
            return ENDS_OF_WORKERS[self.status], self._seconds(0), self.times.ended_s
        return ("Running", self._seconds(0), None) if has_begun else ("Ready", None, None)

    def _seconds(self, local: float) -> float:
        """Return when the stage has got so far."""
        share = (self.number + local) / self.count
        seconds = self.times.began_s + share * self.times.takes_s
        return seconds if self.times.ended_s is None else min(seconds, self.times.ended_s)


def usual_log(worker: Worker, kind: str, seconds: float) -> str:
    """Return a log of a worker that has begun; only its standard output has lines."""
    if kind != "stdout" or worker.starts_s is None:
        return ""
    until_s = seconds if worker.ends_s is None else worker.ends_s
    steps = min(int((until_s - worker.starts_s) // _LOG_EVERY_S) + 1, _MOST_LINES)
    lines = (
        f"Read from 0 num:{records} size:{records * worker.record_bytes}\n"
        for records in (worker.input_records * step // steps for step in range(1, steps + 1))
    )
    return "".join(lines)


def _part(records: int, index: int, workers: int) -> int:
    """Return how many of the records a worker has."""
    return records // workers + (index < records % workers)


def _output_of(stage: engine.Stage) -> int:
    """Return a plausible number: a map writes what it reads, other stages about a tenth."""
    return stage.input_records if stage.kind == "M" else -(-stage.input_records // 10)
