"""What was reserved for a run is settled in the step that ends it, whatever Slack does."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from odps_bot.config.rules import Money
from odps_bot.runs import Change, Cost, RunState, RunStore
from odps_bot.runs.charges import charge_of
from odps_bot.store import keys
from odps_bot.store.spending import Spending

TODAY = date(2026, 11, 22)
PRICE = Money(amount=Decimal("0.5"), currency="CNY")
ONE_GB = Cost(input_bytes=2**30)


@pytest.fixture
def spending(redis):
    return Spending(redis)


@pytest.fixture
def runs(redis):
    return RunStore(redis, keep=timedelta(days=14))


@pytest.fixture
def started(runs, make_run, create):
    """Return a function that keeps a run that goes on, and is charged today."""

    def started(**facts):
        usual = {"state": RunState.RUNNING, "instance_id": "i1", "price_per_gb": PRICE}
        run = make_run(**{"charged_on": TODAY, **usual, **facts})
        return create(runs, run, overdue_in=timedelta(minutes=1))

    return started


@pytest.fixture
def reserve(spending):
    """Return a function that reserves an amount for a run."""

    def reserve(run, amount, **budgets):
        charge = charge_of(run, Money(amount=Decimal(amount), currency="CNY"))
        return spending.reserve("T1", TODAY, charge, budgets=budgets)

    return reserve


@pytest.fixture
def end(runs):
    """Return a function that ends a run; nothing is delivered."""

    def end(run, state=RunState.SUCCEEDED, **facts):
        return runs.apply(
            run.run_id, lambda run: Change(run=msgspec.structs.replace(run, state=state, **facts))
        )

    return end


@pytest.fixture
def spent(spending):
    """Return a function that tells what every place of a run has spent; all are the same."""

    def spent(run):
        [amount] = {
            one.amount for one in spending.spent("T1", TODAY, charge_of(run, PRICE)).values()
        }
        return amount

    return spent


@pytest.fixture
def charges(spending):
    """Return a function that returns what each run of today counts for."""

    def charges():
        place, viewer = ("project", "sandbox"), ("U1", "C1")
        return list(spending.usage("T1", [TODAY], place, viewer=viewer, limit=9).dearest)

    return charges


def test_what_a_run_has_cost_takes_the_place_of_what_was_reserved(
    started, reserve, end, spent, charges
):
    run = started()
    reserve(run, 2)
    end(run, cost=ONE_GB)

    assert spent(run) == Decimal("0.5")
    [found] = charges()
    assert (found.name, found.amount.amount, found.is_over) == (run.name, Decimal("0.5"), True)


def test_a_run_that_failed_gives_its_budget_back_though_nothing_is_delivered(started, reserve, end):
    run, other = started(), started(run_id="other", name="r2")
    reserve(run, 2)
    assert reserve(other, 2, person=Decimal(3)) == "person"
    end(run, RunState.FAILED)

    assert reserve(other, 2, person=Decimal(3)) is None


def test_where_maxcompute_does_not_tell_what_was_reserved_stays(
    started, reserve, end, spent, charges
):
    run = started()
    reserve(run, 2)
    end(run)

    assert spent(run) == 2
    assert charges()[0].is_over


def test_a_run_is_settled_once_whatever_is_noted_afterwards(started, reserve, end, spent, runs):
    run = started()
    reserve(run, 2)
    end(run, cost=ONE_GB)
    for ts in ("1.1", "1.2"):
        runs.note(run.run_id, completion_ts=ts)

    assert spent(run) == Decimal("0.5")


def test_a_run_that_is_over_before_it_was_counted_is_not_counted_any_more(
    started, reserve, end, spent, charges
):
    run = started()
    end(run, cost=ONE_GB)

    assert reserve(run, 2) is None
    assert spent(run) == 0
    assert charges() == []


def test_a_run_without_a_price_leaves_no_account(started, end, redis):
    end(started(price_per_gb=None, charged_on=None))

    assert list(redis.scan_iter("odps-bot:charges:*")) == []


def test_sums_do_not_outlive_their_charges_nor_lose_their_end(started, reserve, end, redis):
    first, second = started(), started(run_id="second", name="r2")
    reserve(first, 2)
    reserve(second, 2)
    sums, charges = keys.spending("T1", TODAY), keys.charges("T1", TODAY)
    redis.expire(sums, 5)
    redis.expire(charges, 5)
    end(first, cost=ONE_GB)

    assert redis.ttl(sums) == redis.ttl(charges) > 86_400
    redis.delete(sums)
    end(second, cost=ONE_GB)
    assert redis.ttl(sums) > 86_400
