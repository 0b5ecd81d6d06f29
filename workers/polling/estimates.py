"""What MaxCompute estimates a statement to cost: an instance of its own, polled later."""

from collections.abc import Mapping

from odps_bot.maxcompute import Instance, MaxComputeError, TaskState
from odps_bot.messages.failures import is_compile_error
from odps_bot.runs import Estimate, Outcome, ReasonCode
from odps_bot.runs.outcome import kept_detail


def poll_estimate(
    instance: Instance, *, sql: str, hints: Mapping[str, str]
) -> Estimate | Outcome | None:
    """Return the estimate, why there is none, or None while it goes on. Raises MaxComputeError.

    `sql` and `hints` are what is estimated.
    """
    statuses = instance.get_task_statuses()
    if not statuses.is_terminated:
        return None
    if not statuses.is_successful:
        return no_estimate(_why(instance), sql=sql, hints=hints)
    cost = instance.get_sql_cost()
    return Estimate(
        input_bytes=cost.input_bytes, complexity=cost.complexity, udf_count=cost.udf_count
    )


def no_estimate(error_text: str, *, sql: str, hints: Mapping[str, str]) -> Outcome:
    """Return what an error of an estimate means: that `sql` can never run, or no more than that."""
    is_fatal = is_compile_error(error_text, sql=sql, hints=hints)
    reason = ReasonCode.COMPILE_ERROR if is_fatal else ReasonCode.ESTIMATE_FAILED
    return Outcome(reason=reason, detail=kept_detail(error_text))


def _why(instance: Instance) -> str:
    try:
        results = instance.get_task_results().values()
    except MaxComputeError:
        return ""
    texts = (r.error.text for r in results if r.status in {TaskState.FAILED, None})
    return "\n".join(texts).strip()
