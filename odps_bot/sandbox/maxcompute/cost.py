"""What a query would cost: bytes read and complexity, from its stages.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/product-overview/computing-pricing
"""

import json

from odps_bot.sandbox.maxcompute.engine.execution import Understood

_BYTES_PER_RECORD = 28
#: Complexity grows with what has to be shuffled, in the vendor's four steps.
_COMPLEXITY_STEPS = ((3, "1.0"), (6, "1.5"), (19, "2.0"))


def estimate_cost(understood: Understood) -> str:
    """Return the result text of an SQLCost task; numbers are strings, as the service sends them."""
    size = sum(s.input_records * _BYTES_PER_RECORD for s in understood.stages if s.kind == "M")
    shuffles = sum(stage.kind != "M" for stage in understood.stages)
    complexity = next((c for limit, c in _COMPLEXITY_STEPS if shuffles <= limit), "4.0")
    return json.dumps({"Cost": {"SQL": {"Complexity": complexity, "Input": str(size), "UDF": "0"}}})
