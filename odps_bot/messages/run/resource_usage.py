"""The estimated and the actual usage of a run."""

from decimal import Decimal

from odps_bot.config.rules import Money
from odps_bot.messages import text as t
from odps_bot.runs.pricing import actual_fee, expected_fee
from odps_bot.runs.run import Cost, Estimate, Run

SECONDS_A_MINUTE = 60

#: Less is left out as insignificant.
LEAST_MINUTES = 0.1


def usage_in_words(run: Run) -> str:
    """Return estimate and cost side by side, or an empty string if neither is known."""
    estimate = f"estimate {_estimate(run.estimate)}" if run.estimate else ""
    if estimate and (expected := expected_fee(run)) is not None:
        estimate += f" ≈ {money(expected)}"
    used = f"used {_cost(run.cost)}" if run.cost and _cost(run.cost) else ""
    if used and (actual := actual_fee(run)) is not None:
        used += f" ≈ {money(actual)}" if actual.amount else " (not charged)"
    both = " · ".join(part for part in (used, estimate) if part)
    return both[:1].upper() + both[1:]


def money(sum_of: Money) -> str:
    """Return an amount; less than a hundredth is not shown as 0.00."""
    is_small = 0 < sum_of.amount < Decimal("0.01")
    return f"less than 0.01 {sum_of.currency}" if is_small else str(sum_of)


def _estimate(estimate: Estimate) -> str:
    return f"{t.data_size(estimate.input_bytes)}, complexity {estimate.complexity:g}"


def _cost(cost: Cost) -> str:
    parts = []
    if cost.input_bytes is not None:
        parts.append(f"{t.data_size(cost.input_bytes)} of input")
    times = ((cost.cpu_core_s, "core-minutes"), (cost.memory_gb_s, "GB-minutes of memory"))
    for seconds, unit in times:
        minutes = (seconds or 0) / SECONDS_A_MINUTE
        if minutes >= LEAST_MINUTES:
            parts.append(f"{minutes:,.1f} {unit}")
    return ", ".join(parts)
