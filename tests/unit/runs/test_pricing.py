"""What a run is expected to cost, and what it has cost."""

from decimal import Decimal

import pytest

from odps_bot.config.rules import Money
from odps_bot.runs import Cost, Estimate, RunState
from odps_bot.runs.pricing import actual_fee, expected_fee, units

PRICE = Money(amount=Decimal("0.3"), currency="CNY")
GB = 1024**3
KNOWN = {"price_per_gb": PRICE, "estimate": Estimate(input_bytes=10 * GB, complexity=1.5)}
ENDED = {**KNOWN, "instance_id": "i1", "state": RunState.SUCCEEDED}


@pytest.mark.parametrize(
    ("size_bytes", "complexity", "expected"),
    [(GB, 1.0, "1"), (GB // 2, 4.0, "2"), (GB, 1.1, "1.1"), (0, 4.0, "0")],
)
def test_input_in_gigabytes_of_1024_mb_times_complexity_is_billed(size_bytes, complexity, expected):
    assert units(size_bytes, complexity) == Decimal(expected)


def test_an_estimate_without_a_price_costs_nobody_knows_what(make_run):
    assert expected_fee(make_run(**KNOWN)).amount == Decimal("4.5")
    assert expected_fee(make_run(**{**KNOWN, "price_per_gb": None})) is None
    assert expected_fee(make_run(**{**KNOWN, "estimate": None})) is None


@pytest.mark.parametrize(
    ("facts", "amount"),
    [
        ({"cost": Cost(input_bytes=20 * GB)}, "9"),
        ({"cost": Cost(input_bytes=20 * GB), "estimate": None}, "6"),
        ({"cost": Cost(input_bytes=20 * GB), "state": RunState.CANCELLED}, "9"),
        ({"cost": Cost(input_bytes=20 * GB), "state": RunState.FAILED}, "0"),
        ({"instance_id": None, "state": RunState.REJECTED}, "0"),
        ({"instance_id": None, "state": RunState.UNKNOWN}, None),
        ({"cost": None}, None),
        ({"cost": Cost()}, None),
        ({"state": RunState.RUNNING}, None),
        ({"price_per_gb": None}, None),
    ],
)
def test_what_was_read_is_billed_unless_it_failed_or_never_ran(make_run, facts, amount):
    found = actual_fee(make_run(**{**ENDED, **facts}))

    assert (found and found.amount) == (amount and Decimal(amount))
