"""What a run counts for in the budgets of a day: first what is reserved, then what it has cost."""

from decimal import Decimal

from odps_bot.config.rules import Money, Rules
from odps_bot.policy.cost_decision import reserved_amount
from odps_bot.runs.pricing import actual_fee
from odps_bot.runs.run import Run
from odps_bot.store.spending import Charge


def reserved_charge(run: Run, rules: Rules, price: Money) -> Charge:
    """Return what the run is expected to cost, given the price of its project."""
    return _charge(run, money(reserved_amount(rules.project(run.project), run.estimate), price))


def actual_charge(run: Run, rules: Rules) -> Charge | None:
    """Return what a run that has ended counts for, or None when it is not counted.

    Where MaxCompute does not say what it has used, what was reserved stays.
    """
    if not run.is_final or run.charged_on is None or run.price_per_gb is None:
        return None
    cost = actual_fee(run)
    return _charge(run, cost) if cost else reserved_charge(run, rules, run.price_per_gb)


def money(amount: Decimal, price: Money) -> Money:
    """Return the amount in the currency of the price."""
    return Money(amount=amount, currency=price.currency)


def _charge(run: Run, amount: Money) -> Charge:
    return Charge(
        run_id=run.run_id,
        name=run.name,
        user_id=run.user_id,
        channel_id=run.channel_id,
        project=run.project,
        amount=amount,
    )
