"""The estimated cost of a query: input size and complexity, from its stages.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/product-overview/computing-pricing
"""

import json
from collections.abc import Sequence

from odps_bot.sandbox.maxcompute.engine.errors import metering_exceeded
from odps_bot.sandbox.maxcompute.engine.execution import Analysis
from odps_bot.sandbox.maxcompute.engine.stages import Stage

_BYTES_PER_RECORD = 28
#: Complexity grows with the number of shuffles, in the vendor's four steps.
_COMPLEXITY_STEPS = ((3, 1.0), (6, 1.5), (19, 2.0))


#: The limit of one statement, in GB x complexity of the estimate.
#: https://www.alibabacloud.com/help/en/maxcompute/product-overview/consumption-control
_LIMIT = "odps.sql.metering.value.max"
_GB = 2**30


def estimate_cost(analysis: Analysis) -> str:
    """Return the result of an SQLCost task; numbers are numbers, as clients expect."""
    size_bytes, complexity = _input_and_complexity(analysis)
    cost = {"Complexity": complexity, "Input": size_bytes, "UDF": 0}
    return json.dumps({"Cost": {"SQL": cost}})


def check_limit(analysis: Analysis) -> None:
    """Raise `SqlError` for an estimate above the statement's limit; ignore invalid limits."""
    try:
        limit = float(analysis.settings.get(_LIMIT, ""))
    except ValueError:
        return
    size_bytes, complexity = _input_and_complexity(analysis)
    used = size_bytes / _GB * complexity
    if used > limit:
        raise metering_exceeded(used, limit)


def _input_and_complexity(analysis: Analysis) -> tuple[int, float]:
    records = sum(stage.input_records for stage in analysis.stages if stage.kind == "M")
    return records * _BYTES_PER_RECORD, complexity_of(analysis.stages)


def complexity_of(stages: Sequence[Stage]) -> float:
    """Return the complexity of a statement."""
    shuffles = sum(stage.kind != "M" for stage in stages)
    return next((c for limit, c in _COMPLEXITY_STEPS if shuffles <= limit), 4.0)
