"""One look at an instance: what MaxCompute says of it, in our words."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from odps_bot.maxcompute import (
    DataType,
    Instance,
    MalformedResponseError,
    MaxComputeError,
    ResultTable,
    TaskProgress,
    TaskResult,
    TaskState,
    TaskStatuses,
)
from odps_bot.maxcompute.models.data_types import STRING
from odps_bot.maxcompute.models.values import value_of
from odps_bot.messages.results.cells import inferred_type, json_text
from odps_bot.messages.results.tables import SHOWN_COLUMNS, SHOWN_ROWS
from odps_bot.messages.run.refusals import NO_OUTCOME, REASON_NOT_SHOWN, RESULT_NOT_SHOWN
from odps_bot.messages.text import ordinal
from odps_bot.runs import RunState, Stage, SubInstance, Table
from workers.polling.xflow_snapshot import xflow_steps_of

#: A statement that names no task has this one; one request less than to ask for it.
TASK = "AnonymousSQLTask"

#: What a record keeps of a result; the message cuts it shorter.
CELL_CHARACTERS = 500
#: A longer array, map or struct is shown as it comes.
COMPOSITE_CHARACTERS = 20_000
TEXT_CHARACTERS = 8_000


@dataclass(frozen=True, kw_only=True)
class InstanceSnapshot:
    """What a look has shown."""

    stages: tuple[Stage, ...] = ()
    queue_status: str | None = None
    outcome: RunState | None = None  #: None: it goes on
    ended_at: datetime | None = None
    table: Table | None = None
    text: str | None = None
    sub_instances: tuple[SubInstance, ...] = ()  #: of an XFlow


def snapshot_of(
    instance: Instance, *, is_last_try: bool, known_steps: tuple[SubInstance, ...] | None = None
) -> InstanceSnapshot:
    """Ask MaxCompute how the instance is doing. Raises MaxComputeError.

    A result that cannot be read may only have been cut on its way: until the last try that is an
    error like others, then the end is told without it. Of an XFlow, which has no stages, the steps
    are given as last seen.
    """
    statuses = instance.get_task_statuses()
    steps = () if known_steps is None else xflow_steps_of(instance, known_steps)
    if statuses.is_terminated:
        return replace(_ended(instance, statuses, is_last_try=is_last_try), sub_instances=steps)
    if known_steps is not None:
        queue_status = None if steps else _waiting_for(instance)
        return InstanceSnapshot(sub_instances=steps, queue_status=queue_status)
    stages = _stages(instance.get_task_progress(TASK))
    return InstanceSnapshot(stages=stages, queue_status=None if stages else _waiting_for(instance))


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


def _waiting_for(instance: Instance) -> str | None:
    queueing = instance.get_queueing_info()
    if queueing is None:
        return None
    if queueing.wait_position:
        return f"{ordinal(queueing.wait_position)} in the queue"
    return queueing.sub_status


def _ended(instance: Instance, statuses: TaskStatuses, *, is_last_try: bool) -> InstanceSnapshot:
    states = {task.status for task in statuses.tasks.values()}
    ends = [task.end_time for task in statuses.tasks.values() if task.end_time]
    ended_at = max(ends, default=None)
    if TaskState.FAILED in states:
        reason = _text(instance, TaskState.FAILED, is_last_try=is_last_try)
        return InstanceSnapshot(outcome=RunState.FAILED, ended_at=ended_at, text=reason)
    if TaskState.CANCELLED in states:
        return InstanceSnapshot(outcome=RunState.CANCELLED, ended_at=ended_at)
    if statuses.is_successful:
        return _succeeded(instance, ended_at, is_last_try=is_last_try)
    return InstanceSnapshot(outcome=RunState.UNKNOWN, ended_at=ended_at, text=NO_OUTCOME)


def _succeeded(
    instance: Instance, ended_at: datetime | None, *, is_last_try: bool
) -> InstanceSnapshot:
    try:
        results = instance.get_task_results()
        tables = [r for r in results.values() if r.format == "csv"]
        table = _table(tables[0]) if tables else None
        texts = [r.text.strip() for r in results.values() if r.format != "csv"]
    except MaxComputeError as error:
        if _may_pass(error, is_last_try=is_last_try):
            raise
        # "Fetched data is larger than the rendering limitation" and the like: it did succeed.
        return InstanceSnapshot(
            outcome=RunState.SUCCEEDED, ended_at=ended_at, text=RESULT_NOT_SHOWN
        )
    text = "\n".join(text for text in texts if text)[:TEXT_CHARACTERS] or None
    return InstanceSnapshot(outcome=RunState.SUCCEEDED, ended_at=ended_at, table=table, text=text)


def _may_pass(error: MaxComputeError, *, is_last_try: bool) -> bool:
    is_unreadable = isinstance(error, MalformedResponseError)
    return error.is_retryable or (is_unreadable and not is_last_try)


def _text(instance: Instance, state: TaskState, *, is_last_try: bool) -> str:
    """Return what the tasks in this state have left to say."""
    try:
        results = instance.get_task_results().values()
    except MaxComputeError as error:
        if _may_pass(error, is_last_try=is_last_try):
            raise
        return REASON_NOT_SHOWN
    told = [r.text.strip() for r in results if r.status in {state, None}]
    return "\n".join(told)[:TEXT_CHARACTERS]


def _table(result: TaskResult) -> Table:
    everything = result.rows()
    columns = everything.columns[:SHOWN_COLUMNS]
    told = [column.type for column in result.columns or ()]
    has_types = len(told) == len(everything.columns)
    data_types = told[:SHOWN_COLUMNS] if has_types else [STRING] * len(columns)
    return Table(
        columns=tuple(name[:CELL_CHARACTERS] for name in columns),
        types=tuple(t.name for t in data_types) if has_types else _inferred_types(everything),
        column_count=len(everything.columns),
        rows=tuple(_row(row, data_types) for row in everything.rows[:SHOWN_ROWS]),
        row_count=len(everything.rows),
        is_truncated=bool(result.is_truncated),
    )


def _inferred_types(table: ResultTable) -> tuple[str, ...]:
    columns = zip_longest(*(row[:SHOWN_COLUMNS] for row in table.rows))
    types = [inferred_type(cells) for cells in columns] or ["string"] * SHOWN_COLUMNS
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
