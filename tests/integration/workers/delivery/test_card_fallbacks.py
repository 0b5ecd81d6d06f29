"""The card in its forms: a plan where Slack takes one, else the same in plain blocks."""

from functools import partial

import pytest

from odps_bot.runs import RunState, Stage, SubInstance, lifecycle
from odps_bot.sandbox.maxcompute.faults import http_error
from odps_bot.store.notification_kind import NotificationKind

CHANNEL = "C0DATAENG1"

STAGES = (
    Stage(
        name="M1",
        status="RUNNING",
        terminated_workers=1,
        running_workers=1,
        total_workers=2,
        progress_percent=50,
    ),
)
FLOW = (SubInstance(name="train", instance_id="20261122120003123gtrain", status="Running"),)


def with_parts(world, run, **facts):
    """Let the run have parts that a card shows."""
    runs, now = world.services.stores.runs, world.clock()
    runs.apply(run.run_id, partial(lifecycle.begin_submission, now=now))
    runs.apply(run.run_id, partial(lifecycle.submitted, instance_id="i1", now=now))
    runs.note(run.run_id, **facts)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, run.run_id)
    world.deliver()


def block_types(world, run):
    card_ts = world.run(run.run_id).card_ts
    (card,) = [m for m in world.slack.messages(CHANNEL) if m["ts"] == card_ts]
    return [block["type"] for block in card["blocks"]]


def refuse(world, *, times):
    world.slack.faults.add(method="chat.update", kind="error", code="invalid_blocks", times=times)


@pytest.fixture
def run(world):
    """A run whose card is posted."""
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    return run


@pytest.mark.parametrize("parts", [{"stages": STAGES}, {"sub_instances": FLOW}])
def test_stages_and_flows_are_shown_as_a_plan(world, run, parts):
    with_parts(world, run, **parts)

    assert "plan" in block_types(world, run)


def test_a_plan_that_is_refused_becomes_a_paragraph(world, run):
    refuse(world, times=1)
    with_parts(world, run, stages=STAGES)

    assert "plan" not in block_types(world, run)
    assert "section" in block_types(world, run)


def test_a_plan_that_was_refused_is_not_tried_again_for_a_day(world, run):
    refuse(world, times=1)
    with_parts(world, run, stages=STAGES)
    world.make_all_due()
    with_parts(world, run, stages=STAGES * 2)

    assert "plan" not in block_types(world, run)
    (key,) = world.services.redis.keys("odps-bot:refused-form:*")
    assert 0 < world.services.redis.ttl(key) <= 86_400


def test_where_nothing_but_text_is_taken_a_plan_is_not_to_blame(world, run):
    refuse(world, times=2)
    with_parts(world, run, stages=STAGES)

    assert world.services.redis.keys("odps-bot:refused-form:*") == []


def test_a_run_that_has_ended_tells_what_it_has_used(world):
    run = world.finish(world.ask("run select count(*) as n from orders where ds >= '20261001'"))

    cost = world.run(run.run_id).cost
    assert cost.input_bytes > 0
    assert cost.cpu_core_s >= 0


def test_what_it_has_used_is_asked_once_and_may_stay_unknown(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.maxcompute.faults.add(http_error(500), operation="summary", times=50)
    run = world.follow(run)

    assert run.state is RunState.SUCCEEDED
    assert run.cost is None


def test_the_end_mentions_whoever_wants_to_be_notified(world, run):
    world.services.stores.runs.note(run.run_id, notify=("U0BOB",))
    world.follow(run)
    world.deliver()

    (reply,) = world.replies(run)
    assert reply["text"].startswith("<@U0ALICE> <@U0BOB> ")
