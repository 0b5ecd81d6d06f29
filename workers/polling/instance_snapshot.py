"""One poll of an instance, as a snapshot of its state."""

import logging
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest

from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import (
    DataType,
    Instance,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    ResultTable,
    TaskProgress,
    TaskResult,
    TaskState,
    TaskStatuses,
)
from odps_bot.maxcompute.models.data_types import STRING
from odps_bot.maxcompute.models.values import value_of
from odps_bot.messages.results.cells import inferred_type, json_text
from odps_bot.runs import (
    InstanceSnapshot,
    Outcome,
    ReasonCode,
    RunState,
    Stage,
    SubInstance,
    Table,
)
from odps_bot.runs.outcome import DETAIL_CHARACTERS, kept_detail
from workers.polling.xflow_snapshot import xflow_steps_of

log = logging.getLogger(__name__)

#: A statement that names no task has this one; one request less than to ask for it.
TASK = "AnonymousSQLTask"

#: What a record keeps of a result; messages show less of it.
KEPT_ROWS = 20
KEPT_COLUMNS = 20
CELL_CHARACTERS = 500
#: A longer array, map or struct is shown as it comes.
COMPOSITE_CHARACTERS = 20_000


class UnreadResultError(Exception):
    """The instance has ended, but its result could not be read; `__cause__` says why."""

    def __init__(self, end: RunState, ended_at: datetime | None) -> None:
        super().__init__(f"the result of an instance that {end} could not be read")
        self.end = end
        self.ended_at = ended_at


def snapshot_of(
    instance: Instance, *, known_steps: tuple[SubInstance, ...] | None = None
) -> InstanceSnapshot:
    """Ask MaxCompute how the instance is doing. Raises MaxComputeError, and UnreadResultError.

    Progress and place in the queue may be missing; they are no reason to lose a poll. Of an XFlow,
    which has no stages, the steps are given as last seen.
    """
    statuses = instance.get_task_statuses()
    if statuses.is_terminated:
        # First: the steps of a flow are no reason to lose its end.
        ended = _ended(instance, statuses)
        return ended if known_steps is None else _with_steps(ended, instance, known_steps)
    try:
        return _going_on(instance, known_steps)
    except (MaxComputeError, JobTimeoutException) as error:
        log.info("the progress of instance %s is not known: %s", instance.id, error)
        return InstanceSnapshot(is_progress_known=False)


def _with_steps(
    ended: InstanceSnapshot, flow: Instance, known: tuple[SubInstance, ...]
) -> InstanceSnapshot:
    try:
        return replace(ended, sub_instances=xflow_steps_of(flow, known))
    except JobTimeoutException as error:
        log.info("the last steps of %s are not known: %s", flow.id, error)
        return replace(ended, sub_instances=known)


def _going_on(instance: Instance, known_steps: tuple[SubInstance, ...] | None) -> InstanceSnapshot:
    if known_steps is not None:
        seen = InstanceSnapshot(sub_instances=xflow_steps_of(instance, known_steps))
    else:
        seen = InstanceSnapshot(stages=_stages(instance.get_task_progress(TASK)))
    return seen if seen.stages or seen.sub_instances else _in_queue(instance)


def _stages(progress: TaskProgress) -> tuple[Stage, ...]:
    return tuple(
        Stage(
            name=stage.name,
            status=stage.status.upper(),
            terminated_workers=stage.terminated_workers,
            running_workers=stage.running_workers,
            total_workers=stage.total_workers,
            progress_percent=stage.finished_percentage,
        )
        for stage in progress.stages
    )


def _in_queue(instance: Instance) -> InstanceSnapshot:
    queueing = instance.get_queueing_info()
    if queueing is None:
        return InstanceSnapshot()
    if queueing.wait_position:
        return InstanceSnapshot(queue_position=queueing.wait_position)
    return InstanceSnapshot(queue_status=queueing.sub_status)


def _ended(instance: Instance, statuses: TaskStatuses) -> InstanceSnapshot:
    states = {task.status for task in statuses.tasks.values()}
    ends = [task.end_time for task in statuses.tasks.values() if task.end_time]
    ended_at = max(ends, default=None)
    if TaskState.FAILED in states:
        why = _why_failed(instance, ended_at)
        return InstanceSnapshot(end=RunState.FAILED, ended_at=ended_at, outcome=why)
    if TaskState.CANCELLED in states:
        return InstanceSnapshot(end=RunState.CANCELLED, ended_at=ended_at)
    if statuses.is_successful:
        return _succeeded(instance, ended_at)
    why = Outcome(reason=ReasonCode.NO_OUTCOME)
    return InstanceSnapshot(end=RunState.UNKNOWN, ended_at=ended_at, outcome=why)


def _succeeded(instance: Instance, ended_at: datetime | None) -> InstanceSnapshot:
    try:
        results = instance.get_task_results()
        tables = [r for r in results.values() if r.format == "csv"]
        table = _table(tables[0]) if tables else None
        texts = [r.text.strip() for r in results.values() if r.format != "csv"]
    except (MaxComputeError, JobTimeoutException) as error:
        if _may_be_read_later(error):
            raise UnreadResultError(RunState.SUCCEEDED, ended_at) from error
        # "Fetched data is larger than the rendering limitation" and the like: it did succeed.
        why = Outcome(reason=ReasonCode.RESULT_UNREADABLE)
        return InstanceSnapshot(end=RunState.SUCCEEDED, ended_at=ended_at, outcome=why)
    text = "\n".join(text for text in texts if text)[:DETAIL_CHARACTERS] or None
    return InstanceSnapshot(
        end=RunState.SUCCEEDED, ended_at=ended_at, table=table, result_text=text
    )


def _may_be_read_later(error: MaxComputeError | JobTimeoutException) -> bool:
    """Return whether the result may only have been cut, late or missing on its way."""
    if isinstance(error, JobTimeoutException | MalformedResponseError | NotFoundError):
        return True
    return error.is_retryable


def _why_failed(instance: Instance, ended_at: datetime | None) -> Outcome:
    """Return what the failed tasks have left to say."""
    try:
        results = instance.get_task_results().values()
    except (MaxComputeError, JobTimeoutException) as error:
        if _may_be_read_later(error):
            raise UnreadResultError(RunState.FAILED, ended_at) from error
        return Outcome(reason=ReasonCode.TASK_FAILED_SILENTLY)
    texts = [r.error.text for r in results if r.status in {TaskState.FAILED, None}]
    detail = kept_detail("\n".join(texts))
    reason = ReasonCode.TASK_FAILED if detail.strip() else ReasonCode.TASK_FAILED_SILENTLY
    return Outcome(reason=reason, detail=detail)


def _table(result: TaskResult) -> Table:
    everything = result.rows()
    columns = everything.columns[:KEPT_COLUMNS]
    column_types = [column.type for column in result.columns or ()]
    has_types = len(column_types) == len(everything.columns)
    data_types = column_types[:KEPT_COLUMNS] if has_types else [STRING] * len(columns)
    return Table(
        columns=tuple(name[:CELL_CHARACTERS] for name in columns),
        types=tuple(t.name for t in data_types) if has_types else _inferred_types(everything),
        column_count=len(everything.columns),
        rows=tuple(_row(row, data_types) for row in everything.rows[:KEPT_ROWS]),
        row_count=len(everything.rows),
        is_truncated=bool(result.is_truncated),
    )


def _inferred_types(table: ResultTable) -> tuple[str, ...]:
    columns = zip_longest(*(row[:KEPT_COLUMNS] for row in table.rows))
    types = [inferred_type(cells) for cells in columns] or ["string"] * KEPT_COLUMNS
    return tuple(types[: len(table.columns)])


def _row(row: tuple[str | None, ...], data_types: list[DataType]) -> tuple[str | None, ...]:
    """Return the shown cells of a row, as many as there are columns, whatever came."""
    cells = (*row[: len(data_types)], *[None] * (len(data_types) - len(row)))
    return tuple(
        None if cell is None else _cell(cell, data_type)
        for cell, data_type in zip(cells, data_types, strict=True)
    )


def _cell(cell: str, data_type: DataType) -> str:
    """Return the cell, cut; an array, map or struct as JSON, which services write in two ways."""
    if data_type.arguments and len(cell) <= COMPOSITE_CHARACTERS:
        try:
            return json_text(value_of(cell, data_type))[:CELL_CHARACTERS]
        except MalformedResponseError:
            pass
    return cell[:CELL_CHARACTERS]
