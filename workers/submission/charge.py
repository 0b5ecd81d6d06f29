"""Count a run to the budgets of a day: what it may cost is reserved before it is submitted."""

from datetime import date

from odps_bot.config.rules import Money
from odps_bot.policy.charges import money, reserved_charge
from odps_bot.policy.cost_decision import budgets_of, is_nearly_used_up
from odps_bot.runs import BudgetUse, Outcome, ReasonCode, Run
from odps_bot.services import Services
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
    charge, day = reserved_charge(run, services.rules, price), _day(run, services)
    spending = services.stores.spending
    scope = spending.reserve(run.team_id, day, charge, budgets=budgets, is_trial=is_trial)
    if scope is None:
        return True
    spent = spending.spent(run.team_id, day, charge)[scope]
    use = BudgetUse(
        scope=scope,
        spent=spent,
        budget=money(budgets[scope], price),
        time_zone=services.rules.time_zone,
    )
    why = Outcome(reason=ReasonCode.BUDGET_USED_UP, budget=use, cost=charge.amount)
    refuse_queued(run, why, services)
    return False


def _warnings(run: Run, price: Money, services: Services) -> tuple[BudgetUse, ...]:
    rules = services.rules
    charge = reserved_charge(run, rules, price)
    spent = services.stores.spending.spent(run.team_id, _day(run, services), charge)
    return tuple(
        BudgetUse(scope=scope, spent=spent[scope], budget=money(budget, price))
        for scope, budget in budgets_of(rules.project(run.project), rules.budgets).items()
        if is_nearly_used_up(spent[scope].amount, budget)
    )


def _day(run: Run, services: Services) -> date:
    # Once dated it stays so, whatever midnight passes or the rules say meanwhile.
    return run.charged_on or services.rules.today(services.clock())
