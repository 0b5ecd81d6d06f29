"""A day of a budget is one in the time zone of the rules."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import sleep

import pytest

from odps_bot.commands import find_command
from odps_bot.config.rules import Budgets, Money, Project, Role, Rules
from odps_bot.input.request import Request, Surface
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import RunState

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"
#: A price at which one scan of `customers` costs more than half of the budget.
PRICE = Money(amount=Decimal(1_000_000), currency="CNY")


@pytest.fixture
def ruled(world):
    """Return a function that lets the world live by rules with a time zone."""

    def rule(time_zone="Asia/Shanghai", budget=None):
        rules = Rules(
            default_role=Role.ADMIN,
            time_zone=time_zone,
            default_project=Project(price_per_gb=PRICE, estimates=True),
            budgets=Budgets(person=budget),
        )
        world.services = replace(world.services, rules=rules)
        return world

    return rule


def push_to(world, hour, minute=0):
    """Let it be the next such time of the day (UTC)."""
    now = world.clock()
    then = datetime.combine(now.date(), time(hour, minute), tzinfo=UTC)
    if then <= now:
        then += timedelta(days=1)
    world.clock.push(seconds=(then - now).total_seconds())
    return then.date()


def admit(world, sql):
    run = world.ask(f"run {sql}")
    for _ in range(100):
        if (run := world.submit(run)).state is not RunState.QUEUED:
            break
        sleep(0.05)  # The engine that answers an estimate runs by real time.
    return run


def says(world, typed):
    command, rest = find_command(typed)
    request = Request(
        team_id=TEAM,
        channel_id=CHANNEL,
        user_id=ALICE,
        trigger_id=typed,
        surface=Surface.COMMAND,
        text=rest,
    )
    return command.answer(request, world.services).text


def on(world, day):
    found = world.services.stores.spending.usage(
        TEAM, [day], ("person", ALICE), viewer=(ALICE, ""), limit=9
    )
    return sum(one.runs for one in found.sums)


def test_a_budget_resets_at_midnight_there(ruled):
    world = ruled()
    day = push_to(world, 15, 58)
    first = admit(world, "select count(name) as a from customers")
    world.clock.push(minutes=3)
    second = admit(world, "select count(name) as b from customers")

    assert first.charged_on == day
    assert second.charged_on == day + timedelta(days=1)
    assert (on(world, first.charged_on), on(world, second.charged_on)) == (1, 1)


def test_usage_is_that_of_the_day_there_and_says_so(ruled):
    world = ruled()
    push_to(world, 15, 58)
    admit(world, "select count(name) as a from customers")
    assert "1 run" in says(world, "usage")
    world.clock.push(minutes=3)

    assert "Nothing was spent" in says(world, "usage")
    assert "(days in Asia/Shanghai)" in says(world, "usage")
    assert "1 run" in says(world, "usage week")


def test_a_refusal_says_at_whose_midnight_the_budget_resets(ruled):
    world = ruled(budget=Decimal("0.001"))
    run = admit(world, "select count(name) as a from customers")

    assert run.state is RunState.REFUSED
    assert "It resets at midnight (Asia/Shanghai)." in outcome_in_words(run)


def test_a_run_that_crosses_midnight_counts_to_the_day_that_it_was_reserved_in(ruled):
    world = ruled()
    day = push_to(world, 15, 58)
    run = admit(world, "select count(name) as a from customers")
    world.clock.push(minutes=3)
    run = world.finish(run)

    assert run.state is RunState.SUCCEEDED
    assert run.charged_on == day
    assert (on(world, day), on(world, day + timedelta(days=1))) == (1, 0)


@pytest.mark.parametrize(("before", "after"), [("UTC", "Asia/Shanghai"), ("Asia/Shanghai", "UTC")])
def test_a_changed_time_zone_counts_nothing_twice_and_loses_nothing(ruled, before, after):
    world = ruled(before)
    day = push_to(world, 20)
    going_on = admit(world, "select count(name) as a from customers")
    ruled(after)
    later = admit(world, "select count(name) as b from customers")
    going_on, later = world.finish(going_on), world.finish(later)

    days = [day - timedelta(days=1), day, day + timedelta(days=1)]
    assert sum(on(world, each) for each in days) == 2
    assert {going_on.charged_on, later.charged_on} == {day, day + timedelta(days=1)}
    assert on(world, going_on.charged_on) == on(world, later.charged_on) == 1


def test_the_sums_of_a_day_are_kept_for_a_week_of_days_there(ruled):
    world = ruled("Pacific/Kiritimati")
    push_to(world, 12)
    run = admit(world, "select count(name) as a from customers")

    assert run.charged_on - world.clock().date() == timedelta(days=1)
    assert isinstance(run.charged_on, date)
    assert "1 run" in says(world, "usage week")
