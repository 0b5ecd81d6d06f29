"""MaxCompute answers polls with a refusal: it is told with its reason, and silence is silence."""

from datetime import timedelta
from typing import Any

import pytest

from odps_bot.messages.run.card import run_card
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import MilestoneCode, ReasonCode, Run, RunState
from odps_bot.sandbox.maxcompute import POLLS, expire_token, forbid, reset_before, throttle
from workers.polling.poll import poll

STUCK = "run set sandbox.stuck=true; select 1"

REFUSALS = {
    "403": (forbid(), "NoPermission", "odps:Read", "My account lacks a permission"),
    "401": (
        expire_token(),
        "ODPS-0410051",
        "security token is invalid or has expired",
        "MaxCompute rejected my access key",
    ),
    "429": (
        throttle(timedelta(seconds=3)),
        "RequestQuotaExceeded",
        "request quota of the project is exceeded",
        "MaxCompute is receiving too many requests",
    ),
}


@pytest.fixture
def run(world: Any) -> Run:
    run: Run = world.submit(world.ask(STUCK))
    world.deliver()
    return world.look(run)


def refuse(world: Any, name: str, times: int = 999) -> None:
    world.maxcompute.faults.add(REFUSALS[name][0], operation=POLLS, times=times)


def card_in_slack(world: Any, run: Run) -> str:
    card_ts = world.run(run.run_id).card_ts
    world.make_all_due()
    world.deliver()
    return next(
        message["text"]
        for message in world.slack.messages(run.channel_id)
        if message["ts"] == card_ts
    )


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_of_polls_is_on_the_card_in_the_thread_and_in_lists(world, run, name):
    _, code, said, what = REFUSALS[name]
    refuse(world, name)
    for _ in range(4):
        refused = world.look(run)

    assert refused.state is RunState.RUNNING
    assert (refused.refusal.code, said in refused.refusal.message) == (code, True)
    card = card_in_slack(world, run)
    assert "hasn't given me this job's status since" in card
    assert said in card
    assert "Likely cause:" in card
    assert "has not responded" not in card
    thread = str(world.slack.thread(run.channel_id, refused.card_ts))
    assert f"No status from MaxCompute; still trying. {what}." in thread
    assert what in run_card(world.run(run.run_id), now=world.clock()).text
    world.maxcompute.faults.add(REFUSALS[name][0], operation="cachedinstances", times=9)
    assert what in str(world.inquire("list mine")[0])


@pytest.mark.parametrize("name", REFUSALS)
def test_when_the_status_is_given_again_the_refusal_is_gone(world, run, name):
    refuse(world, name)
    for _ in range(4):
        world.look(run)
    world.maxcompute.faults.clear()
    world.clock.push(minutes=5)
    back = world.look(run)

    assert (back.refusal, back.unreachable_since) == (None, None)
    assert MilestoneCode.REACHABLE in {milestone.code for milestone in back.milestones}
    assert "hasn't given me" not in card_in_slack(world, run)
    assert world.ask_stop(run) is None
    assert world.finish(run).state is RunState.CANCELLED


def test_a_maxcompute_that_is_silent_is_said_to_be_silent(world, run):
    world.maxcompute.faults.add(reset_before(), operation=POLLS, times=999)
    for _ in range(3):
        silent = world.look(run)

    assert silent.refusal is None
    assert "MaxCompute has not responded since" in card_in_slack(world, run)


def test_a_refusal_after_silence_and_silence_after_a_refusal_are_told_as_they_are(world, run):
    world.maxcompute.faults.add(reset_before(), operation=POLLS, times=999)
    for _ in range(3):
        world.look(run)
    world.maxcompute.faults.clear()
    world.clock.push(minutes=5)
    refuse(world, "403")
    world.look(run)
    assert "odps:Read" in card_in_slack(world, run)

    world.maxcompute.faults.clear()
    world.maxcompute.faults.add(reset_before(), operation=POLLS, times=999)
    assert world.look(run).refusal is None


def test_a_job_whose_status_is_refused_can_be_stopped(world, run):
    refuse(world, "403", times=2)
    world.ask_stop(run)
    poll(run.run_id, world.services, is_prompted=True)

    assert world.run(run.run_id).is_stop_sent
    assert world.finish(run).state is RunState.CANCELLED


@pytest.mark.parametrize("name", ["403", "401"])
def test_what_is_refused_for_too_long_is_given_up_and_why_is_told(world, run, name):
    refuse(world, name)
    for _ in range(12):
        world.clock.push(hours=3)
        given_up = world.look(run)

    assert (given_up.state, given_up.outcome.reason) == (RunState.UNKNOWN, ReasonCode.OUT_OF_REACH)
    words = outcome_in_words(given_up)
    assert "I couldn't reach MaxCompute" not in words
    assert "It may still be running" in words
    assert REFUSALS[name][2] in words


def test_what_is_throttled_is_never_given_up(world, run):
    refuse(world, "429")
    for _ in range(15):
        world.clock.push(hours=3)
        throttled = world.look(run)

    assert throttled.state is RunState.RUNNING


def test_a_single_refusal_is_no_news(world, run):
    refuse(world, "403", times=1)
    world.deliver()
    before = world.run(run.run_id).milestones
    world.look(run)

    assert world.run(run.run_id).milestones == before


@pytest.mark.parametrize(("name", "said"), [("403", "odps:Read"), ("401", "0410051")])
def test_a_watch_that_is_refused_says_why(world, name, said):
    elsewhere = world.services.maxcompute.default.run_sql("set sandbox.stuck=true; select 1")
    fault = REFUSALS[name][0]
    world.maxcompute.faults.add(fault, operation=(*POLLS, "source", "xsource"), times=99)
    run = world.submit(world.ask(f"watch {elsewhere.id}"))

    assert run.state is RunState.REFUSED
    assert said in outcome_in_words(run)
    assert "No instance" not in outcome_in_words(run)


def test_a_result_that_is_refused_leaves_a_success_and_is_told(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.maxcompute.faults.add(forbid(), operation="result", times=99)
    ended = world.follow(run)
    world.deliver()

    assert ended.state is RunState.SUCCEEDED
    assert "odps:Read" in str(world.replies(run))
