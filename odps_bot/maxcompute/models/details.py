"""Summary, cost, workers and warnings of a task. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.wire import (
    count,
    number_or_none,
    parse_json,
    parse_json_object,
    time_or_none,
    whole_number_or_none,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCost:
    """The resources that a task used; None where the service does not say."""

    cpu_percent_seconds: int | None  #: 100 is one core for one second
    memory_mb_seconds: int | None
    input_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlCost:
    """What a statement would cost: input x complexity is billed.

    https://www.alibabacloud.com/help/en/maxcompute/product-overview/computing-pricing
    """

    input_bytes: int
    udf_count: int
    complexity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSummary:
    """The inputs, outputs and resource usage of a task."""

    text: str  #: as shown to people
    values: Mapping[str, Any]  #: Inputs, Outputs, Stages, Cost …
    is_final: bool | None  #: whether it can't change any more; None: unknown

    @property
    def cost(self) -> TaskCost | None:
        """The task's resource usage; None if the summary has none."""
        cost = self.values.get("Cost")
        if not isinstance(cost, Mapping):
            return None
        return TaskCost(
            cpu_percent_seconds=_amount(cost.get("CPU")),
            memory_mb_seconds=_amount(cost.get("Memory")),
            input_bytes=_amount(cost.get("Input")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A fuxi worker of a stage."""

    id: str
    log_id: str | None  #: the argument of `Task.get_worker_log`
    stage: str
    status: str
    start_time: datetime | None = None
    end_time: datetime | None = None


def parse_summary(body: bytes, *, is_final: bool | None) -> TaskSummary | None:
    """Parse the response to `?instancesummary`; None if there is no summary (yet)."""
    inner = parse_json_object(body).get("Instance")
    if not isinstance(inner, Mapping) or not inner.get("JsonSummary"):
        return None
    values = _object(inner["JsonSummary"])
    return TaskSummary(text=str(inner.get("Summary") or ""), values=values, is_final=is_final)


def _object(value: object) -> Mapping[str, Any]:
    """Return an object, which services write as such or as text; empty for anything else."""
    if isinstance(value, str):
        try:
            value = parse_json(value.encode())
        except MalformedResponseError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _amount(value: object) -> int | None:
    amount = whole_number_or_none(value)
    return amount if amount is not None and amount >= 0 else None


def parse_sql_cost(text: str) -> SqlCost:
    """Parse the result of an estimate; numbers can be strings."""
    cost = parse_json_object(text.encode())
    for key in ("Cost", "SQL"):
        cost = cost.get(key, {})
        if not isinstance(cost, dict):
            raise MalformedResponseError("The estimate has no cost.")
    input_bytes, complexity = _amount(cost.get("Input")), number_or_none(cost.get("Complexity"))
    if input_bytes is None or complexity is None:
        raise MalformedResponseError("The estimate has no cost.")
    return SqlCost(
        input_bytes=input_bytes, udf_count=count(cost.get("UDF")), complexity=float(complexity)
    )


def parse_detail(body: bytes) -> Any:
    """Parse the response to `?instancedetail` or `?detail`: JSON, or else text."""
    try:
        return parse_json(body) if body.strip() else {}
    except MalformedResponseError:
        return body.decode("utf-8", "replace")


def find_workers(detail: object) -> tuple[Worker, ...]:
    """Find the workers in the response to `?detail`, at any depth."""
    workers: list[Worker] = []
    waiting = [detail]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting.extend(reversed(found))
        elif isinstance(found, dict):
            if isinstance(instances := found.get("instances"), list):
                stage = str(found.get("name") or "")
                workers += (_worker(w, stage) for w in instances if isinstance(w, dict))
            else:
                waiting.extend(reversed(found.values()))
    return tuple(workers)


def parse_warnings(body: bytes) -> tuple[str, ...]:
    """Parse the response to `?info&key=warnings`."""
    warnings = parse_json_object(body).get("warnings")
    if isinstance(warnings, str):
        return (warnings,) if warnings else ()
    return tuple(map(str, warnings)) if isinstance(warnings, list) else ()


def _worker(worker: Mapping[str, Any], stage: str) -> Worker:
    return Worker(
        id=str(worker.get("id") or ""),
        log_id=str(worker["logId"]) if worker.get("logId") else None,
        stage=stage,
        status=str(worker.get("status") or ""),
        start_time=time_or_none(worker.get("startTime")),
        end_time=time_or_none(worker.get("endTime")),
    )
