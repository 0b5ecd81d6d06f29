"""Summary, cost and warnings of a task. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models.summaries import (
    StageSummary,
    TableAmount,
    read_stage_summaries,
    read_table_amounts,
)
from odps_bot.maxcompute.wire import (
    amount_or_none,
    count,
    number_or_none,
    object_or_empty,
    parse_json,
    parse_json_object,
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
            cpu_percent_seconds=amount_or_none(cost.get("CPU")),
            memory_mb_seconds=amount_or_none(cost.get("Memory")),
            input_bytes=amount_or_none(cost.get("Input")),
        )

    @property
    def inputs(self) -> dict[str, TableAmount]:
        """What was read, by table or partition."""
        return read_table_amounts(self.values.get("Inputs"))

    @property
    def outputs(self) -> dict[str, TableAmount]:
        """What was written, by table or partition."""
        return read_table_amounts(self.values.get("Outputs"))

    @property
    def stages(self) -> tuple[StageSummary, ...]:
        """What the workers of each stage have read and written."""
        return read_stage_summaries(self.values.get("Stages"))


def parse_summary(body: bytes, *, is_final: bool | None) -> TaskSummary | None:
    """Parse the response to `?instancesummary`; None if there is no summary (yet)."""
    inner = parse_json_object(body).get("Instance")
    if not isinstance(inner, Mapping) or not inner.get("JsonSummary"):
        return None
    values = object_or_empty(inner["JsonSummary"])
    return TaskSummary(text=str(inner.get("Summary") or ""), values=values, is_final=is_final)


def parse_sql_cost(text: str) -> SqlCost:
    """Parse the result of an estimate; numbers can be strings."""
    cost = parse_json_object(text.encode())
    for key in ("Cost", "SQL"):
        cost = cost.get(key, {})
        if not isinstance(cost, dict):
            raise MalformedResponseError("The estimate has no cost.")
    input_bytes, complexity = (
        amount_or_none(cost.get("Input")),
        number_or_none(cost.get("Complexity")),
    )
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


def parse_warnings(body: bytes) -> tuple[str, ...]:
    """Parse the response to `?info&key=warnings`."""
    warnings = parse_json_object(body).get("warnings")
    if isinstance(warnings, str):
        return (warnings,) if warnings else ()
    return tuple(map(str, warnings)) if isinstance(warnings, list) else ()
