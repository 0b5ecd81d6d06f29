"""The progress of each stage of an instance, computed from the time; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from odps_bot.sandbox.maxcompute.engine.stages import Stage

#: Workers of a stage that run at the same time.
_SLOTS = 8
#: The progress of a stuck instance.
STUCK_AT = 0.55
#: The maximum progress before the engine is done.
NOT_YET_DONE = 0.96


class TaskStatus(Enum):
    """The status of a task."""

    WAITING = "Waiting"
    RUNNING = "Running"
    SUCCESS = "Success"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True)
class StageProgress:
    """A stage as `?instanceprogress` shows it."""

    name: str
    status: str
    running_workers: int
    terminated_workers: int
    total_workers: int
    input_records: int
    output_records: int
    percentage: int


def fraction_done(*, elapsed: float, expected: float, is_engine_done: bool) -> float:
    """Return the progress of an instance, from 0 to 1 (arguments in seconds)."""
    fraction = 1.0 if elapsed >= expected else elapsed / expected
    return fraction if is_engine_done else min(fraction, NOT_YET_DONE)


def stage_progress(
    stages: Sequence[Stage], *, fraction: float, status: TaskStatus, output_records: int
) -> list[StageProgress]:
    """Return all stages; they share the time equally, one after the other."""
    if status is TaskStatus.SUCCESS:
        fraction = 1.0
    share = 1 / len(stages) if stages else 1.0
    shown = []
    for index, stage in enumerate(stages):
        local = min(max((fraction - index * share) / share, 0.0), 1.0)
        is_last = index + 1 == len(stages)
        outputs = output_records if is_last else _output_of(stage)
        shown.append(_progress(stage, local, status, outputs))
    return shown


def _progress(stage: Stage, local: float, status: TaskStatus, outputs: int) -> StageProgress:
    terminated = int(stage.workers * local)
    running = 0
    state = "TERMINATED" if terminated == stage.workers else "WAITING"
    if 0 < local < 1:
        state, running = "RUNNING", min(_SLOTS, stage.workers - terminated)
    if status in {TaskStatus.FAILED, TaskStatus.CANCELLED} and state != "TERMINATED":
        state, running = status.value.upper(), 0
    return StageProgress(
        name=stage.name,
        status=state,
        running_workers=running,
        terminated_workers=terminated,
        total_workers=stage.workers,
        input_records=int(stage.input_records * local),
        output_records=int(outputs * local),
        percentage=int(100 * local),
    )


def _output_of(stage: Stage) -> int:
    """Return a plausible number: a map writes what it reads, other stages about a tenth."""
    return stage.input_records if stage.kind == "M" else -(-stage.input_records // 10)
