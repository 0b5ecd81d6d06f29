"""Count a run to the budgets of a day: reserved before it is submitted, corrected at its end."""

from datetime import date
from decimal import Decimal

from odps_bot.config.rules import Money
from odps_bot.messages.run.questions import budget_used_up
from odps_bot.policy.cost_decision import budgets_of, is_nearly_used_up, reserved_amount
from odps_bot.runs import BudgetUse, Run
from odps_bot.runs.pricing import actual_fee
from odps_bot.services import Services
from odps_bot.store.spending import Charge
from workers.submission.queued_run import change_queued, refuse_queued


def charge_run(run: Run, services: Services) -> bool:
    """Return whether the budgets of today allow a run in `queued`; if not, it is refused.

    What it is expected to cost is reserved. Safe to repeat: a run is counted once.
    """
    if run.price_per_gb is None:
        return True
    # First, so that whatever comes next is counted to one day only.
    dated = change_queued(run, services, charged_on=_day(run, services))
    if dated is None or not is_within_budgets(dated, services):
        return False
    warnings = _warnings(dated, run.price_per_gb, services)
    return change_queued(dated, services, budget_warnings=warnings) is not None


def is_within_budgets(run: Run, services: Services, *, is_trial: bool = False) -> bool:
    """Reserve what the run is expected to cost, or refuse it where a budget is used up.

    A trial reserves nothing.
    """
    price = run.price_per_gb
    if price is None:
        return True
    budgets = budgets_of(services.rules.project(run.project), services.rules.budgets)
    charge, day = _charge(run, _reserved(run, price, services)), _day(run, services)
    spending = services.stores.spending
    scope = spending.reserve(run.team_id, day, charge, budgets=budgets, is_trial=is_trial)
    if scope is None:
        return True
    spent = spending.spent(run.team_id, day, charge)[scope]
    use = BudgetUse(scope=scope, spent=spent, budget=_money(budgets[scope], price))
    refuse_queued(run, budget_used_up(use, charge.amount), services)
    return False


def account(run_id: str, services: Services) -> None:
    """Count what a run that is over has cost in place of what was reserved; safe to repeat.

    Where MaxCompute does not tell, what was reserved stays.
    """
    run = services.stores.runs.get(run_id)
    if run is None or not run.is_final or run.charged_on is None or run.price_per_gb is None:
        return
    cost = actual_fee(run) or _reserved(run, run.price_per_gb, services)
    services.stores.spending.correct(run.team_id, _day(run, services), _charge(run, cost))


def _warnings(run: Run, price: Money, services: Services) -> tuple[BudgetUse, ...]:
    rules = services.rules
    charge = _charge(run, _reserved(run, price, services))
    spent = services.stores.spending.spent(run.team_id, _day(run, services), charge)
    return tuple(
        BudgetUse(scope=scope, spent=spent[scope], budget=_money(budget, price))
        for scope, budget in budgets_of(rules.project(run.project), rules.budgets).items()
        if is_nearly_used_up(spent[scope].amount, budget)
    )


def _day(run: Run, services: Services) -> date:
    return run.charged_on or services.clock().date()


def _reserved(run: Run, price: Money, services: Services) -> Money:
    return _money(reserved_amount(services.rules.project(run.project), run.estimate), price)


def _charge(run: Run, amount: Money) -> Charge:
    return Charge(
        run_id=run.run_id,
        name=run.name,
        user_id=run.user_id,
        channel_id=run.channel_id,
        project=run.project,
        amount=amount,
    )


def _money(amount: Decimal, price: Money) -> Money:
    return Money(amount=amount, currency=price.currency)
