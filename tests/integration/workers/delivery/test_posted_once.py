"""A run has one card and one reply at its end, whatever Slack does."""

import json

import pytest

from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind

CHANNEL = "C0DATAENG1"


def cards(world):
    return [
        m
        for m in world.slack.messages(CHANNEL)
        if m.get("bot_id") and m.get("thread_ts", m["ts"]) == m["ts"]
    ]


def test_telling_twice_leaves_one_card_and_one_reply(world):
    run = world.finish(world.ask("run select 1 as one"))
    world.deliver()
    world.services.stores.outbox.enqueue(NotificationKind.COMPLETION, run.run_id)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, run.run_id)
    world.deliver()

    assert len(cards(world)) == 1
    assert len(world.replies(run)) == 1


@pytest.mark.parametrize("fault", ["drop_after", "http_500", "drop_before"])
def test_a_reply_of_unknown_fate_is_told_once(world, short_leases, fault):
    run = world.submit(world.ask("run select 1 as one"))
    run = world.follow(run)
    world.slack.faults.add(method="chat.postMessage", kind=fault, times=1)
    world.deliver()
    world.make_all_due()
    world.deliver()

    assert len(world.replies(run)) == 1
    assert world.run(run.run_id).completion_ts == world.replies(run)[0]["ts"]


def test_a_card_that_is_found_again_shows_how_the_run_stands_now(world, short_leases):
    run = world.ask("run select 1 as one")
    world.slack.faults.add(method="chat.postMessage", kind="drop_after", times=1)
    world.submit(run)
    world.ask_stop(run)
    world.deliver()
    world.make_all_due()
    world.deliver()

    (card,) = cards(world)
    assert card["text"].startswith("Stopped")
    assert len(world.replies(run)) == 1


def test_slack_too_busy_is_asked_later(world):
    run = world.submit(world.ask("run select 1 as one"))
    run = world.follow(run)
    world.slack.faults.add(method="chat.postMessage", kind="ratelimited", retry_after=1, times=1)
    world.deliver()
    assert world.replies(run) == []

    world.make_all_due()
    world.deliver()
    assert len(world.replies(run)) == 1


def test_blocks_that_slack_refuses_become_plainer(world):
    run = world.submit(world.ask("run select 1 as one"))
    run = world.follow(run)
    world.slack.faults.add(method="chat.postMessage", kind="error", code="invalid_blocks", times=2)
    world.deliver()

    (reply,) = world.replies(run)
    assert [block["type"] for block in reply["blocks"]][1] == "rich_text"


def test_a_channel_lost_in_mid_run_ends_in_a_direct_message(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.slack.kick(CHANNEL)
    run = world.follow(run)
    world.deliver()

    direct = [m for m in world.slack.messages("D0ALICEODPS") if "succeeded" in m["text"]]
    assert len(direct) == 1
    assert run.state is RunState.SUCCEEDED


def test_secrets_stay_out_of_jobs_and_channels(world):
    run = world.finish(world.ask("run select 1 as one"))
    world.say(f"logview {run.name}", response_url=f"{world.slack.url}/response/secret")

    jobs = {key: world.services.redis.hgetall(key) for key in world.services.redis.keys("rq:job:*")}
    assert jobs
    assert "secret" not in str(jobs)
    assert "response" not in json.dumps(str(jobs))


def test_what_slack_has_taken_leaves_an_audit_line(world):
    run = world.finish(world.ask("run select 1 as one"))
    lines = [line for line in world.services.stores.audit.read() if line.kind == "notification"]

    assert sorted(line.what for line in lines) == ["card", "completion", "final"]
    assert {line.run_id for line in lines} == {run.run_id}
    assert {line.outcome for line in lines} == {"done", "sent"}
