"""One look at an instance: what MaxCompute says of it, in our words."""

from dataclasses import dataclass
from datetime import datetime

from odps_bot import following
from odps_bot.maxcompute import (
    ApiError,
    Client,
    Instance,
    TaskResult,
    TaskState,
    TaskStatuses,
)
from odps_bot.messages.refusals import NO_OUTCOME
from odps_bot.messages.tables import SHOWN_COLUMNS, SHOWN_ROWS
from odps_bot.runs import Run, RunState, Stage, Table

#: A statement that names no task has this one; one request less than to ask for it.
TASK = "AnonymousSQLTask"

#: A cell in a record; the table on the screen cuts it shorter.
CELL_CHARACTERS = 500
TEXT_CHARACTERS = 8_000


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a look has shown."""

    stages: tuple[Stage, ...] = ()
    waiting_for: str | None = None
    outcome: RunState | None = None  #: None: it goes on
    ended_at: datetime | None = None
    table: Table | None = None
    text: str | None = None


def look_at(run: Run, maxcompute: Client) -> Sight:
    """Ask MaxCompute how the run's instance is doing. Raises MaxComputeError."""
    assert run.instance_id is not None
    instance = maxcompute.get_instance(run.instance_id, project=run.project)
    statuses = instance.get_task_statuses()
    if statuses.is_terminated:
        return _outcome(instance, statuses)
    stages = tuple(
        Stage(
            name=stage.name,
            status=stage.status,
            terminated_workers=stage.terminated_workers,
            running_workers=stage.running_workers,
            total_workers=stage.total_workers,
            finished_percentage=stage.finished_percentage,
        )
        for stage in instance.get_task_progress(TASK).stages
    )
    return Sight(stages=stages, waiting_for=None if stages else _waiting_for(instance))


def _waiting_for(instance: Instance) -> str | None:
    queueing = instance.get_queueing_info()
    if queueing is None:
        return None
    if queueing.wait_position:
        return f"{queueing.wait_position}. in the queue"
    return queueing.sub_status
