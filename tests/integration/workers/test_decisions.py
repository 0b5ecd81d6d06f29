"""Before a run is submitted: its estimate, the questions that it raises, and the day's budgets."""

from dataclasses import replace
from decimal import Decimal

import pytest

from odps_bot.rules import Budgets, Money, Project, Role, Rules
from odps_bot.runs import RunState

CHANNEL, ALICE, BOB, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "T0SANDBOX1"
QUERY = "select city, sum(amount) from orders where ds >= '20261001' group by city"
#: The sandbox's thousand rows are small: so dear is a gigabyte that they cost some money.
PRICE = Money(amount=Decimal(1_000_000), currency="CNY")


@pytest.fixture
def ruled(world):
    """Return a function that lets the world live by other rules of its project."""

    def rule(*, budgets=None, users=None, **facts):
        project = Project(price_per_gb=PRICE, **facts)
        world.services = replace(
            world.services,
            rules=Rules(
                contact="Alice",
                default_role=Role.OPERATOR,
                users=users or {},
                default_project=project,
                budgets=budgets or Budgets(),
            ),
        )
        return world

    return rule


def settle(world, run):
    """Let the submit job run as often as it is booked."""
    for _ in range(100):
        world.submit(run)
        if world.run(run.run_id).state is not RunState.ASKED:
            break
        world.clock.push(seconds=1)
    world.deliver()
    return world.run(run.run_id)


def submissions(world):
    return [r for r in world.maxcompute.instances() if r.sql.startswith("select city")]


def test_a_cheap_read_is_estimated_and_runs(ruled):
    world = ruled(estimates=True, automatic_limit=Decimal(1_000))
    run = settle(world, world.ask(f"run {QUERY}"))

    assert run.state is RunState.RUNNING
    assert run.estimate.input_bytes > 0
    ended = world.follow(run)
    world.deliver()
    assert ended.state is RunState.SUCCEEDED


def test_above_the_limit_the_requester_is_asked_with_figures(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = settle(world, world.ask(f"run {QUERY}"))

    assert run.state is RunState.UNDECIDED
    assert run.question.kind == "cost"
    print(world.slack.messages(CHANNEL)[-1])
    print(world.slack.thread(CHANNEL, run.card_ts))
