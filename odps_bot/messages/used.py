"""What a run was expected to use, and what it has used."""

from odps_bot.messages import text as t
from odps_bot.runs.record import Cost, Estimate, Run

SECONDS_A_MINUTE = 60


def usage_in_words(run: Run) -> str:
    """Return estimate and cost side by side, or an empty text where neither is known."""
    estimate = f"estimate {_estimate(run.estimate)}" if run.estimate else ""
    used = f"used {_cost(run.cost)}" if run.cost and _cost(run.cost) else ""
    both = " · ".join(part for part in (used, estimate) if part)
    return both[:1].upper() + both[1:]


def _estimate(estimate: Estimate) -> str:
    return f"{t.data_size(estimate.input_bytes)}, complexity {estimate.complexity:g}"


def _cost(cost: Cost) -> str:
    parts = []
    if cost.input_bytes is not None:
        parts.append(f"{t.data_size(cost.input_bytes)} of input")
    if cost.cpu_core_s is not None:
        parts.append(f"{_minutes(cost.cpu_core_s)} core-minutes")
    if cost.memory_gb_s is not None:
        parts.append(f"{_minutes(cost.memory_gb_s)} GB-minutes of memory")
    return ", ".join(parts)


def _minutes(seconds: float) -> str:
    minutes = seconds / SECONDS_A_MINUTE
    return "less than 0.1" if 0 < minutes < 0.1 else f"{minutes:,.1f}"  # noqa: PLR2004  -- as it says
