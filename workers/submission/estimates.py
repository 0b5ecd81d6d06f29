"""What MaxCompute estimates a statement to cost: an instance of its own, looked at later."""

from dataclasses import dataclass

from odps_bot.maxcompute import Instance, MaxComputeError, TaskState
from odps_bot.runs import Estimate


@dataclass(frozen=True, kw_only=True)
class NoEstimate:
    """MaxCompute could not tell; `why` are its words, which may be none."""

    why: str


def poll_estimate(instance: Instance) -> Estimate | NoEstimate | None:
    """Return the estimate, why there is none, or None while it goes on. Raises MaxComputeError."""
    statuses = instance.get_task_statuses()
    if not statuses.is_terminated:
        return None
    if not statuses.is_successful:
        return NoEstimate(why=_why(instance))
    cost = instance.get_sql_cost()
    return Estimate(
        input_bytes=cost.input_bytes, complexity=cost.complexity, udf_count=cost.udf_count
    )


def _why(instance: Instance) -> str:
    try:
        results = instance.get_task_results().values()
    except MaxComputeError:
        return ""
    return "\n".join(r.text.strip() for r in results if r.status in {TaskState.FAILED, None})
