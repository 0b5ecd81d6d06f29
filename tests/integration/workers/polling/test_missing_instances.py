"""MaxCompute does not know an instance: once is a mishap, again and again is the end."""

from datetime import timedelta

import pytest

from odps_bot.messages.run.card import run_card
from odps_bot.runs import ReasonCode, RunState
from odps_bot.sandbox.maxcompute.faults import http_error
from workers.polling.poll import poll

STUCK = "run set sandbox.stuck=true; select count(*) from customers"
NO_SUCH = "<Error><Code>NoSuchObject</Code><Message>no such instance</Message></Error>"


@pytest.fixture
def run(world):
    run = world.submit(world.ask(STUCK))
    world.deliver()
    return run


def not_found(world, body=NO_SUCH, **where):
    world.maxcompute.faults.add(http_error(404, body), **where)


@pytest.mark.parametrize("body", [NO_SUCH, "<html>not found</html>", ""])
def test_one_stray_404_does_not_end_a_run(world, run, body):
    not_found(world, body, times=1)
    world.look(run)
    assert world.run(run.run_id).state is RunState.RUNNING

    world.look(run)
    found = world.run(run.run_id)
    assert (found.missing, found.unreachable_since) == (None, None)


def test_what_was_just_submitted_may_not_be_readable_yet(world, run):
    not_found(world, times=99)
    for _ in range(8):
        world.clock.push(seconds=30)
        poll(run.run_id, world.services)
    assert world.run(run.run_id).state is RunState.RUNNING

    world.maxcompute.faults.clear()
    assert world.look(run).missing is None


def test_a_card_says_that_an_instance_was_not_found_and_is_looked_for(world, run):
    not_found(world, times=99)
    world.look(run)
    missed = world.look(run)
    text = str(run_card(missed, now=world.clock()).blocks)

    assert "MaxCompute has not found this instance since" in text


def test_an_instance_that_stays_away_is_given_up_within_minutes(world, run):
    world.clock.push(hours=1)
    not_found(world, times=99)
    began = world.clock()
    gone = world.follow(run)

    assert (gone.state, gone.outcome.reason) == (RunState.UNKNOWN, ReasonCode.INSTANCE_GONE)
    assert timedelta(minutes=1) < world.clock() - began < timedelta(minutes=3)


def test_a_stray_404_at_a_stop_leaves_the_stop_to_the_next_poll(world, run):
    world.ask_stop(run)
    not_found(world, operation="stop", times=1)
    poll(run.run_id, world.services, is_prompted=True)
    stopping = world.run(run.run_id)
    assert (stopping.state, stopping.is_stop_sent) == (RunState.STOPPING, False)

    assert world.look(run).is_stop_sent
    assert world.follow(run).state is RunState.CANCELLED


def test_a_run_whose_status_is_not_found_when_it_is_to_be_stopped_is_stopped_later(world, run):
    world.ask_stop(run)
    not_found(world, operation="taskstatus", times=1)
    poll(run.run_id, world.services, is_prompted=True)
    assert world.run(run.run_id).state is RunState.STOPPING

    assert world.follow(run).state is RunState.CANCELLED
