"""What the history of tasks tells of an instance that has ended."""

import json
from collections.abc import Iterator, Mapping
from functools import partial

from odps_bot.sandbox.maxcompute.accounts import account_number
from odps_bot.sandbox.maxcompute.cost import complexity_of
from odps_bot.sandbox.maxcompute.engine.tasks_history import EndedTask
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.progress import BYTES_PER_RECORD, TaskStatus
from odps_bot.sandbox.maxcompute.view import view_of

#: The longest statement that the history has.
MAX_OPERATION_TEXT = 256 * 1024

_CORE = 100
_MEMORY_PER_CORE = 2_048
_STATUS = {
    TaskStatus.SUCCESS: "Terminated",
    TaskStatus.FAILED: "Failed",
    TaskStatus.CANCELLED: "Cancelled",
}
#: The settings in which a scheduler says what it runs; the first one that is given counts.
_SCHEDULED = {
    "ext_platform_id": ("EXT_PLATFORM_ID",),
    "ext_node_id": ("EXT_NODE_ID", "SKYNET_ID"),
    "ext_bizdate": ("EXT_BIZDATE",),
    "ext_task_id": ("EXT_TASK_ID",),
    "ext_dagtype": ("EXT_DAGTYPE",),
    "ext_node_name": ("EXT_NODE_NAME", "SKYNET_NODENAME"),
    "ext_node_onduty": ("EXT_NODE_ONDUTY", "SKYNET_ONDUTY"),
}


def ended_tasks(instance: Instance) -> Iterator[EndedTask]:
    """Yield the tasks of an instance that have run; a workflow is none, but its steps are."""
    if instance.submission.xflow is not None:
        return
    for execution in instance.executions:
        if execution.ended_at is None or (instance.parts and execution.started_at is None):
            continue
        task = execution.submission.task
        texts = (task.sql, task.content, execution.failure, *(text for _, text in task.properties))
        yield EndedTask(
            execution.ended_at,
            size=sum(map(len, texts)),
            values=partial(_values, execution, instance.id),
        )


def _values(execution: Instance, instance_id: str) -> Mapping[str, object]:
    task = execution.submission.task
    return {
        "task_catalog": execution.project,
        "task_name": task.name,
        "task_type": task.kind,
        "inst_id": instance_id,
        "status": _STATUS.get(execution.task_status),
        "owner_id": account_number(execution.owner),
        "owner_name": execution.owner,
        "result": execution.failure or None,
        "priority": execution.submission.priority,
        "submit_time": execution.created_at,
        "start_time": execution.started_at,
        "end_time": execution.ended_at,
        "operation_text": task.sql[:MAX_OPERATION_TEXT] or None,
        "signature": task.signature,
        "quota_name": execution.quota,
        "settings": json.dumps(dict(task.settings), ensure_ascii=False) if task.settings else None,
        **_scheduled(task.settings),
        **_work(execution),
    }


def _scheduled(settings: Mapping[str, str]) -> dict[str, str | None]:
    return {
        column: next((settings[name] for name in names if settings.get(name)), None)
        for column, names in _SCHEDULED.items()
    }


def _work(execution: Instance) -> dict[str, object]:
    """Return what the task has read, written and used; nothing for one without stages."""
    if not execution.stages or execution.ended_at is None:
        return {}
    view = view_of(execution, execution.ended_at)
    scans = [
        worker
        for stage in view.moment.stages
        if stage.name.startswith("M")
        for worker in view.last_workers(stage.name)
    ]
    rows, total_cpu = execution.outcome.rows, view.moment.total_cpu
    written = rows.row_count if rows else None
    return {
        "input_records": sum(worker.input_records for worker in scans),
        "input_bytes": sum(worker.input_bytes for worker in scans),
        "input_tables": _listed(execution.outcome.inputs),
        "output_records": written,
        "output_bytes": None if written is None else written * BYTES_PER_RECORD,
        "output_tables": _listed(execution.outcome.outputs),
        "complexity": complexity_of(execution.stages),
        "cost_cpu": float(total_cpu),
        "cost_mem": float(total_cpu * _MEMORY_PER_CORE // _CORE),
    }


def _listed(tables: tuple[str, ...]) -> str:
    return f"[{', '.join(tables)}]"
