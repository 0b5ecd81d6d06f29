"""What a run is expected to cost, and what it has cost, by the price of its project. Pure.

https://www.alibabacloud.com/help/en/maxcompute/product-overview/computing-pricing
"""

from decimal import Decimal

from odps_bot.config.rules import Money
from odps_bot.runs.run import Estimate, Run, RunState

#: Prices are per GB of 1,024 MB.
GB = 2**30


def units(input_bytes: int, complexity: float) -> Decimal:
    """Return what is billed: input in GB x complexity."""
    return Decimal(input_bytes) / GB * Decimal(str(complexity))


def fee(estimate: Estimate, price: Money) -> Money:
    """Return what pay-as-you-go would bill for the estimate."""
    amount = units(estimate.input_bytes, estimate.complexity) * price.amount
    return Money(amount=amount, currency=price.currency)


def expected_fee(run: Run) -> Money | None:
    """Return what the run is expected to cost; None where price or estimate is not known."""
    if run.estimate is None or run.price_per_gb is None:
        return None
    return fee(run.estimate, run.price_per_gb)


def actual_fee(run: Run) -> Money | None:
    """Return what a run that is over has cost; None where that is not known.

    What failed, or was never submitted, is not billed. MaxCompute does not tell the complexity of
    what has run: it is the estimate's, or 1.
    """
    price = run.price_per_gb
    if price is None or not run.is_final:
        return None
    if run.instance_id is None and run.state is not RunState.UNKNOWN:
        return Money(amount=Decimal(0), currency=price.currency)
    if run.state is RunState.FAILED:
        return Money(amount=Decimal(0), currency=price.currency)
    if run.cost is None or run.cost.input_bytes is None:
        return None
    complexity = run.estimate.complexity if run.estimate else 1.0
    return fee(Estimate(input_bytes=run.cost.input_bytes, complexity=complexity), price)
