"""What is reserved for a run in the budgets of a day before it is submitted."""

from decimal import Decimal

from odps_bot.config.rules import Money, Rules
from odps_bot.policy.cost_decision import reserved_amount
from odps_bot.runs.charges import charge_of
from odps_bot.runs.run import Run
from odps_bot.sql.classification import RunsAs, classify
from odps_bot.store.spending import Charge


def reserved_charge(run: Run, rules: Rules, price: Money) -> Charge:
    """Return what the run is expected to cost, given the price of its project.

    A statement about permissions costs nothing.
    """
    is_free = classify(run.sql, run.hints).runs_as is RunsAs.AUTHORIZATION
    reserved = reserved_amount(rules.project(run.project), run.estimate)
    if is_free:
        reserved = Decimal(0)
    return charge_of(run, money(reserved, price))


def money(amount: Decimal, price: Money) -> Money:
    """Return the amount in the currency of the price."""
    return Money(amount=amount, currency=price.currency)
