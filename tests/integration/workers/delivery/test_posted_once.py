"""A run has one card and one reply at its end, whatever Slack does."""

import json
from unittest.mock import Mock

import pytest

from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.preferences import NotifyStyle
from workers.delivery.completion import deliver_completion

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"


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


def direct(world):
    return [m for m in world.slack.messages("D0ALICEODPS") if "succeeded" in m["text"]]


@pytest.mark.parametrize("fault", ["drop_after", "http_500", "drop_before"])
def test_a_reply_whose_channel_and_response_are_lost_is_told_once(world, short_leases, fault):
    run = world.submit(world.ask("run select 1 as one"))
    run = world.follow(run)
    refused = {"method": "chat.postMessage", "kind": "error", "code": "not_in_channel"}
    world.slack.faults.add(**refused, times=2)
    world.slack.faults.add(method="chat.postMessage", kind=fault, times=1)
    for _ in range(3):
        world.deliver()
        world.make_all_due()

    # What was certainly not told directly is told where it belongs: nothing is refused there now.
    (told,) = direct(world) if fault == "drop_after" else world.replies(run)
    assert len(direct(world)) + len(world.replies(run)) == 1
    assert world.run(run.run_id).completion_ts == told["ts"]
    assert world.waiting() == 0


def test_a_worker_that_dies_after_telling_the_end_directly_has_told_it(
    world, short_leases, monkeypatch
):
    run = world.submit(world.ask("run select 1 as one"))
    world.slack.kick(CHANNEL)
    run = world.follow(run)
    with monkeypatch.context() as dying:
        dying.setattr("odps_bot.runs.RunStore.note", Mock(side_effect=SystemExit))
        with pytest.raises(SystemExit):
            deliver_completion(run.run_id, world.services)
    world.deliver()

    assert len(direct(world)) == 1
    assert world.run(run.run_id).completion_ts == direct(world)[0]["ts"]


@pytest.mark.parametrize("most_messages", [None, 15])
def test_the_end_is_told_once_in_a_long_thread(world, short_leases, most_messages):
    run = world.submit(world.ask("run select 1 as one"))
    world.slack._workspace.most_messages = most_messages
    for number in range(205):
        world.slack.say("alice", CHANNEL, f"chat {number}", thread_ts=run.card_ts)
    run = world.follow(run)
    world.slack.faults.add(method="chat.postMessage", kind="drop_after", times=1)
    for _ in range(8):
        world.deliver()
        world.make_all_due()

    assert len(world.replies(run)) == 1
    assert world.run(run.run_id).completion_ts == world.replies(run)[0]["ts"]


@pytest.fixture
def wants_direct(world):
    """Alice wants a direct message beside the reply."""
    world.services.stores.preferences.choose_notify(TEAM, ALICE, NotifyStyle.DIRECT)


@pytest.mark.parametrize("fault", ["drop_after", "http_500", "drop_before"])
def test_the_direct_message_beside_the_reply_comes_once(world, short_leases, wants_direct, fault):
    run = world.follow(world.submit(world.ask("run select 1 as one")))
    world.deliver()
    world.services.stores.outbox.enqueue(NotificationKind.EPHEMERAL, f"end-{run.run_id}")
    world.slack.faults.add(method="chat.postMessage", kind=fault, times=1)
    for _ in range(3):
        world.deliver()
        world.make_all_due()

    assert len(direct(world)) == 1
    assert world.waiting() == 0


def test_a_worker_that_dies_before_it_has_recorded_the_end_causes_one_direct_message(
    world, short_leases, wants_direct, monkeypatch
):
    run = world.follow(world.submit(world.ask("run select 1 as one")))
    with monkeypatch.context() as dying:
        dying.setattr("odps_bot.runs.RunStore.note", Mock(side_effect=SystemExit))
        with pytest.raises(SystemExit):
            deliver_completion(run.run_id, world.services)
    for _ in range(3):
        world.deliver()
        world.make_all_due()

    assert len(direct(world)) == 1
    assert len(world.replies(run)) == 1


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
