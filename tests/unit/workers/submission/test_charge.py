"""What a run may cost is reserved in the budgets of its day, once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from odps_bot.config.rules import Budgets, Money, Project, Rules
from odps_bot.runs import BudgetUse, Estimate, Outcome, ReasonCode, RunState
from workers.submission.charge import charge_run, is_within_budgets

PRICE = Money(amount=Decimal(1), currency="CNY")


def yuan(amount):
    return Money(amount=Decimal(amount), currency="CNY")


@pytest.fixture
def charged(services, make_run):
    """Return a function that charges a run of so many yuan; returns whether, and the run."""

    def charged(cost, *, person=None, channel=None, project=None, spent=0, **facts):
        services.rules = Rules(
            projects={"sandbox": Project(price_per_gb=PRICE, daily_budget=project)},
            budgets=Budgets(person=person, channel=channel),
        )
        for scope in ("person", "channel", "project"):
            services.stores.spending.sums[scope] = Decimal(spent)
        estimate = Estimate(input_bytes=cost * 1024**3, complexity=1.0)
        run = make_run(**{"price_per_gb": PRICE, "estimate": estimate, **facts})
        services.stores.runs.add(run)
        return charge_run(run, services), services.stores.runs.get(run.run_id)

    return charged


def test_without_a_price_nothing_is_counted(charged, services):
    is_allowed, run = charged(5, price_per_gb=None, person=Decimal(1))

    assert is_allowed
    assert run.charged_on is None
    assert services.stores.spending.reserved == []


@pytest.mark.parametrize(("cost", "is_allowed"), [(5, True), (6, False)])
def test_a_budget_may_be_used_up_to_the_last(charged, cost, is_allowed):
    assert charged(cost, person=Decimal(10), spent=5)[0] is is_allowed


@pytest.mark.parametrize("scope", ["person", "channel", "project"])
def test_the_refusal_names_the_budget_what_was_spent_and_what_it_would_cost(
    charged, services, scope
):
    _, run = charged(6, **{scope: Decimal(10)}, spent=5)

    assert run.state is RunState.REFUSED
    assert run.outcome == Outcome(
        reason=ReasonCode.BUDGET_USED_UP,
        budget=BudgetUse(scope=scope, spent=yuan(5), budget=yuan(10)),
        cost=yuan(6),
    )
    assert services.stores.spending.reserved == []


@pytest.mark.parametrize(("cost", "is_warned"), [(2, False), (3, True)])
def test_people_are_warned_from_four_fifths_of_a_budget_on(charged, cost, is_warned):
    _, run = charged(cost, person=Decimal(10), spent=5)

    nearly = BudgetUse(scope="person", spent=yuan(5 + cost), budget=yuan(10))
    assert run.budget_warnings == ((nearly,) if is_warned else ())


def test_it_counts_to_the_day_on_which_it_was_charged_first(charged, services, noon):
    services.clock.push(timedelta(hours=12))

    assert charged(1)[1].charged_on == date(2026, 11, 23)
    assert charged(1, charged_on=noon.date())[1].charged_on == date(2026, 11, 22)


def test_a_trial_reserves_nothing(services, make_run):
    run = make_run(price_per_gb=PRICE)
    services.stores.runs.add(run)

    assert is_within_budgets(run, services, is_trial=True)
    assert services.stores.spending.reserved == []
