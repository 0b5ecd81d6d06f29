"""What MaxCompute estimates a statement to cost: an instance of its own, polled later."""

from odps_bot.maxcompute import Instance, MaxComputeError, TaskState
from odps_bot.runs import Estimate, Outcome, ReasonCode
from odps_bot.runs.outcome import kept_detail


def poll_estimate(instance: Instance) -> Estimate | Outcome | None:
    """Return the estimate, why there is none, or None while it goes on. Raises MaxComputeError."""
    statuses = instance.get_task_statuses()
    if not statuses.is_terminated:
        return None
    if not statuses.is_successful:
        return Outcome(reason=ReasonCode.ESTIMATE_FAILED, detail=_why(instance))
    cost = instance.get_sql_cost()
    return Estimate(
        input_bytes=cost.input_bytes, complexity=cost.complexity, udf_count=cost.udf_count
    )


def _why(instance: Instance) -> str:
    try:
        results = instance.get_task_results().values()
    except MaxComputeError:
        return ""
    texts = (r.error.text for r in results if r.status in {TaskState.FAILED, None})
    return kept_detail("\n".join(texts).strip())
