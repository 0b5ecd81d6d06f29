"""A day's budgets: nobody gets more than is left, however many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest

from odps_bot.config.rules import Money
from odps_bot.store.spending import Charge, Spending

TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)


def charge(run_id, amount, **facts):
    usual = {"name": run_id, "user_id": "U1", "channel_id": "C1", "project": "p"}
    money = Money(amount=Decimal(amount), currency=facts.pop("currency", "CNY"))
    return Charge(run_id=run_id, amount=money, **{**usual, **facts})


@pytest.fixture
def spending(redis):
    return Spending(redis)


@pytest.fixture
def spent(spending):
    """Return a function that tells what a place has spent."""

    def of(scope, day=TODAY, **facts):
        return spending.spent("T1", day, charge("any", 0, **facts))[scope].amount

    return of


def test_a_charge_counts_to_person_channel_and_project(spending, spent):
    assert spending.reserve("T1", TODAY, charge("r1", "1.25"), budgets={}) is None

    assert [spent(scope) for scope in ("person", "channel", "project")] == [Decimal("1.25")] * 3
    assert spent("person", user_id="U2") == 0
    assert spent("person", day=TOMORROW) == 0
    assert spent("person", currency="EUR") == 0


def test_what_exceeds_a_budget_is_not_counted_anywhere(spending, spent):
    budgets = {"person": Decimal(10), "project": Decimal(2)}

    assert spending.reserve("T1", TODAY, charge("r1", "1.5"), budgets=budgets) is None
    assert spending.reserve("T1", TODAY, charge("r2", "0.6"), budgets=budgets) == "project"
    assert spent("person") == Decimal("1.5")
    assert spending.reserve("T1", TODAY, charge("r3", "0.5"), budgets=budgets) is None


def test_a_budget_that_is_used_up_refuses_what_costs_nothing_known_too(spending):
    budgets = {"channel": Decimal(1)}
    spending.reserve("T1", TODAY, charge("r1", "1"), budgets=budgets)

    assert spending.reserve("T1", TODAY, charge("r2", "0"), budgets=budgets) == "channel"


def test_a_run_is_counted_once_however_often_it_is_reserved(spending, spent):
    for _ in range(3):
        assert (
            spending.reserve("T1", TODAY, charge("r1", 2), budgets={"person": Decimal(3)}) is None
        )

    assert spent("person") == 2


def test_a_trial_counts_nothing(spending, spent):
    budgets = {"person": Decimal(3)}

    assert spending.reserve("T1", TODAY, charge("r1", 2), budgets=budgets, is_trial=True) is None
    assert (
        spending.reserve("T1", TODAY, charge("r1", 4), budgets=budgets, is_trial=True) == "person"
    )
    assert spent("person") == 0


def test_of_twenty_who_ask_at_once_no_more_get_it_than_the_budget_has(spending, spent):
    def ask(number):
        return spending.reserve(
            "T1", TODAY, charge(f"r{number}", 1), budgets={"project": Decimal(7)}
        )

    with ThreadPoolExecutor(20) as people:
        answers = list(people.map(ask, range(20)))

    assert answers.count(None) == 7
    assert spent("project") == 7


def usage(spending, scope, who, *, days=(TODAY,), viewer=("U1", "C1"), limit=5):
    return spending.usage("T1", days, (scope, who), viewer=viewer, limit=limit)


def named(usage):
    return [charge.name for charge in usage.dearest]


def test_usage_sums_up_the_runs_of_a_place_by_currency(spending):
    for day in (TODAY, TOMORROW):
        spending.reserve("T1", day, charge(f"{day}", "1.5"), budgets={})
    spending.reserve("T1", TODAY, charge("euros", 7, currency="EUR"), budgets={})
    spending.reserve("T1", TODAY, charge("elsewhere", 9, project="p2"), budgets={})

    yuan, euros = usage(spending, "project", "p", days=[TODAY, TOMORROW]).sums
    assert (str(yuan.amount), str(yuan.reserved), yuan.runs) == ("3.00 CNY", "3.00 CNY", 2)
    assert (str(euros.amount), euros.runs) == ("7.00 EUR", 1)


def test_usage_names_the_dearest_runs_that_the_viewer_sees_and_counts_the_others(spending):
    for number in range(1, 10):
        spending.reserve("T1", TODAY, charge(f"r{number}", number), budgets={})
    spending.reserve("T1", TODAY, charge("r10", 99, user_id="U2", channel_id="C2"), budgets={})
    spending.reserve("T1", TODAY, charge("r11", 50, user_id="U2"), budgets={})

    found = usage(spending, "project", "p", limit=3)
    assert (named(found), found.hidden) == (["r11", "r9", "r8"], 1)
    assert named(usage(spending, "person", "U2", viewer=("U2", "C9"))) == ["r10", "r11"]
    assert named(usage(spending, "channel", "C2", viewer=("U1", "C2"))) == ["r10"]


@pytest.mark.parametrize("name", ['a"b', "ä\\ %d", '","user_id":"U2', "U2"])
def test_a_place_is_found_by_its_whole_name_alone(spending, name):
    spending.reserve("T1", TODAY, charge("r1", 1, project=name), budgets={})
    spending.reserve("T1", TODAY, charge("r2", 1, project=f"{name}2"), budgets={})

    assert named(usage(spending, "project", name)) == ["r1"]
    assert named(usage(spending, "person", "U2")) == []


def test_a_damaged_entry_hides_no_other(spending, redis):
    spending.reserve("T1", TODAY, charge("r1", 2), budgets={})
    redis.hset("odps-bot:charges:T1:2026-11-22", "r9:about", "{")
    redis.hset("odps-bot:charges:T1:2026-11-22", "r8:about", '"project":"p","currency":"')

    assert named(usage(spending, "project", "p", viewer=("U1", "C1"))) == ["r1"]
