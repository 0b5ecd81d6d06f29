"""What a run counts for in the budgets of its day."""

from datetime import date
from decimal import Decimal

import pytest

from odps_bot.config.rules import Money, Project, Rules
from odps_bot.policy.charges import reserved_charge
from odps_bot.runs import Cost, Estimate, RunState
from odps_bot.runs.charges import settlement_of

PRICE = Money(amount=Decimal("0.3"), currency="CNY")
RULES = Rules(projects={"sandbox": Project(price_per_gb=PRICE, cap=Decimal(30))})
TEN_GB = Estimate(input_bytes=10 * 1024**3, complexity=1.0)
ENDED = {
    "instance_id": "i1",
    "state": RunState.SUCCEEDED,
    "charged_on": date(2026, 11, 22),
    "price_per_gb": PRICE,
}


@pytest.mark.parametrize(("estimate", "amount"), [(TEN_GB, 3), (None, 30)])
def test_the_estimate_is_reserved_or_else_the_cap(make_run, estimate, amount):
    charge = reserved_charge(make_run(estimate=estimate), RULES, PRICE)

    assert charge.amount == Money(amount=Decimal(amount), currency="CNY")
    assert charge.places == {"person": "U1", "channel": "C1", "project": "sandbox"}


def test_what_was_read_replaces_what_was_reserved(make_run):
    cost = Cost(input_bytes=20 * 1024**3)
    run = make_run(**ENDED, estimate=TEN_GB, cost=cost)

    settlement = settlement_of(run)
    assert settlement.cost == 6
    assert settlement.day == date(2026, 11, 22)
    assert settlement.fields == ("person:U1:CNY", "channel:C1:CNY", "project:sandbox:CNY")


def test_where_maxcompute_does_not_tell_what_was_reserved_stays(make_run):
    assert settlement_of(make_run(**ENDED, estimate=TEN_GB)).cost is None


@pytest.mark.parametrize(
    "missing", [{"state": RunState.RUNNING}, {"charged_on": None}, {"price_per_gb": None}]
)
def test_what_goes_on_or_was_never_counted_is_not_settled(make_run, missing):
    assert settlement_of(make_run(**{**ENDED, **missing})) is None
