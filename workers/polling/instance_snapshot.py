"""One poll of an instance, as a snapshot of its state."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest

from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import (
    AuthenticationError,
    DataType,
    Instance,
    InvalidRequestError,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    ResultTable,
    TaskResult,
    TaskState,
    TaskStatuses,
)
from odps_bot.maxcompute.instance import statuses_from_results
from odps_bot.maxcompute.models.data_types import STRING
from odps_bot.maxcompute.models.values import value_of
from odps_bot.messages.results.cells import inferred_type, json_text
from odps_bot.runs import (
    InstanceSnapshot,
    Outcome,
    ReasonCode,
    RunState,
    SubInstance,
    Table,
)
from odps_bot.runs.outcome import DETAIL_CHARACTERS, kept_detail
from workers.polling.task_progress import progress_of
from workers.polling.xflow_snapshot import xflow_steps_of

log = logging.getLogger(__name__)

#: The type of the task that a flow is.
XFLOW = "xflow"

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
    instance: Instance,
    *,
    known_steps: tuple[SubInstance, ...] = (),
    is_flow: bool = False,
    at: datetime | None = None,
) -> InstanceSnapshot:
    """Ask MaxCompute how the instance is doing. Raises MaxComputeError, and UnreadResultError.

    What a diagnosis needs is told where the time, `at`, is given.

    Only its own status can fail a poll, or say that there is no such instance: progress and place
    in the queue may be missing. Of an XFlow, which has no stages, the steps are given as last seen.
    """
    statuses = task_statuses_of(instance)
    is_flow = is_flow or any(task.type.lower() == XFLOW for task in statuses.tasks.values())
    if statuses.is_terminated:
        # First: the steps of a flow are no reason to lose its end.
        ended = _ended(instance, statuses)
        return _with_steps(ended, instance, known_steps) if is_flow else ended
    try:
        if is_flow and (steps := xflow_steps_of(instance, known_steps)):
            return InstanceSnapshot(sub_instances=steps)
        return progress_of(instance, statuses, at=at)
    except (MaxComputeError, JobTimeoutException) as error:
        log.info("the progress of instance %s is not known: %s", instance.id, error)
        return InstanceSnapshot(is_progress_known=False)


def task_statuses_of(instance: Instance) -> TaskStatuses:
    """Return the status of the instance and of its tasks; without tasks where those are refused.

    Raises MaxComputeError, and NotFoundError only if the instance's own status says so.
    """
    try:
        return instance.get_task_statuses()
    except (NotFoundError, InvalidRequestError, MalformedResponseError) as error:
        status = instance.reload()
        log.info("instance %s is %s, its tasks are not known: %s", instance.id, status.value, error)
        return TaskStatuses(instance_status=status, tasks={})


def _with_steps(
    ended: InstanceSnapshot, flow: Instance, known: tuple[SubInstance, ...]
) -> InstanceSnapshot:
    try:
        return replace(ended, sub_instances=xflow_steps_of(flow, known))
    except JobTimeoutException as error:
        log.info("the last steps of %s are not known: %s", flow.id, error)
        return replace(ended, sub_instances=known)


def _ended(instance: Instance, statuses: TaskStatuses) -> InstanceSnapshot:
    ends = [task.end_time for task in statuses.tasks.values() if task.end_time]
    ended_at = max(ends, default=None)
    if _end_in(statuses) is None:
        statuses = _statuses_in_results(instance, statuses, ended_at)
    seen = _snapshot_of_end(instance, statuses, ended_at)
    return replace(seen, task_names=tuple(task.name for task in statuses.tasks.values()))


def _snapshot_of_end(
    instance: Instance, statuses: TaskStatuses, ended_at: datetime | None
) -> InstanceSnapshot:
    match _end_in(statuses):
        case RunState.FAILED:
            why = _why_failed(instance, statuses, ended_at)
            return InstanceSnapshot(end=RunState.FAILED, ended_at=ended_at, outcome=why)
        case RunState.SUCCEEDED:
            return _succeeded(instance, ended_at)
        case end:
            return InstanceSnapshot(end=end, ended_at=ended_at)


def _end_in(statuses: TaskStatuses) -> RunState | None:
    """Return how an instance ended that has these tasks; None where they do not tell."""
    states = {task.status for task in statuses.tasks.values()}
    if TaskState.FAILED in states:
        return RunState.FAILED
    if TaskState.CANCELLED in states:
        return RunState.CANCELLED
    return RunState.SUCCEEDED if statuses.is_successful else None


def _statuses_in_results(
    instance: Instance, statuses: TaskStatuses, ended_at: datetime | None
) -> TaskStatuses:
    """Return the statuses that come with the results. Raises UnreadResultError without an end."""
    try:
        found = statuses_from_results(instance.get_task_results()) or statuses
    except (MaxComputeError, JobTimeoutException) as error:
        raise UnreadResultError(RunState.UNKNOWN, ended_at) from error
    if _end_in(found) is None:
        raise UnreadResultError(RunState.UNKNOWN, ended_at)
    return found


def _succeeded(instance: Instance, ended_at: datetime | None) -> InstanceSnapshot:
    try:
        results = instance.get_task_results()
        tables = [r for r in results.values() if r.format == "csv"]
        # Of several tasks the last one's rows are the result, as the tunnel has them.
        table = _table(tables[-1]) if tables else None
        texts = [r.text.strip() for r in results.values() if r.format != "csv"]
    except (MaxComputeError, JobTimeoutException) as error:
        if _may_be_read_later(error):
            raise UnreadResultError(RunState.SUCCEEDED, ended_at) from error
        # Forbidden, or "larger than the rendering limitation" and the like: it did succeed.
        is_forbidden = isinstance(error, AuthenticationError | PermissionDeniedError)
        detail = kept_detail(str(error)) if is_forbidden else ""
        why = Outcome(reason=ReasonCode.RESULT_UNREADABLE, detail=detail)
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


def _why_failed(instance: Instance, statuses: TaskStatuses, ended_at: datetime | None) -> Outcome:
    """Return what the failed tasks have left to say."""
    try:
        results = instance.get_task_results().values()
    except (MaxComputeError, JobTimeoutException) as error:
        if _may_be_read_later(error):
            raise UnreadResultError(RunState.FAILED, ended_at) from error
        return Outcome(reason=ReasonCode.TASK_FAILED_SILENTLY)
    detail = kept_detail(words_of_failure(results, statuses))
    reason = ReasonCode.TASK_FAILED if detail.strip() else ReasonCode.TASK_FAILED_SILENTLY
    return Outcome(reason=reason, detail=detail)


def words_of_failure(results: Iterable[TaskResult], statuses: TaskStatuses) -> str:
    """Return what the failed tasks say. Older services give no status with a result."""

    def has_failed(result: TaskResult) -> bool:
        task = statuses.tasks.get(result.task_name)
        status = result.status or (task.status if task else None)
        return status in {TaskState.FAILED, None}

    return "\n".join(r.error.text for r in results if has_failed(r)).strip()


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
        is_truncated=result.may_be_truncated(len(everything.rows)),
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
