"""A card that can't be updated is replaced, or gets its last state when its channel is back."""

from datetime import timedelta

import pytest

from odps_bot.runs import RunState
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery.lost_cards import LONGEST_PAUSE, PATIENCE, SHORTEST_PAUSE

CHANNEL, ALICE, DIRECT, TEAM = "C0DATAENG1", "U0ALICE", "D0ALICEODPS", "T0SANDBOX1"
GONE = ["message_not_found", "edit_window_closed", "cant_update_message", "block_mismatch"]


def refuse_updates(world, code, *, times=None):
    world.slack.faults.add(method="chat.update", kind="error", code=code, times=times)


def card(world, run):
    ts = world.run(run.run_id).card_ts
    return next((m for m in world.slack.messages(CHANNEL) if m["ts"] == ts), None)


def cards(world, run):
    found = [m for m in world.slack.messages(CHANNEL) if m.get("bot_id")]
    return [m for m in found if f"run {run.name} in" in m["text"]]


def updates(world):
    return [entry for entry in world.slack.traffic() if entry["method"] == "chat.update"]


def deliver_all(world, *, rounds=4):
    for _ in range(rounds):
        world.make_all_due()
        world.deliver()


@pytest.fixture
def running(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    return world.run(run.run_id)


def let_the_channel_be_tried(world):
    world.services.redis.delete(keys.closed_channel(CHANNEL))
    deliver_all(world)


@pytest.mark.parametrize("code", GONE)
def test_an_active_run_gets_a_new_card_in_place_of_one_that_is_frozen(world, running, code):
    refuse_updates(world, code, times=1 if code != "block_mismatch" else 2)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, running.run_id)
    deliver_all(world)

    now = world.run(running.run_id)
    assert now.gone_cards == (running.card_ts,)
    assert card(world, running)["ts"] != running.card_ts
    assert "Replaces a card" in str(card(world, running)["blocks"])
    world.follow(running)
    deliver_all(world)
    assert card(world, running)["text"].startswith("Succeeded")
    assert len(cards(world, running)) == 2
    [reply] = world.replies(running)
    assert reply["thread_ts"] == now.card_ts
    assert world.waiting() == 0


def test_a_card_that_somebody_deleted_is_posted_anew_while_the_run_is_active(world, running):
    world.slack.delete(ALICE, CHANNEL, running.card_ts, as_admin=True)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, running.run_id)
    deliver_all(world)

    [anew] = cards(world, running)
    assert anew["ts"] == world.run(running.run_id).card_ts != running.card_ts


def test_a_card_whose_edit_window_has_closed_gives_way_to_a_new_one(world, running):
    world.slack.freeze(CHANNEL, running.card_ts)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, running.run_id)
    deliver_all(world)

    [frozen, anew] = cards(world, running)
    assert (frozen["ts"], anew["ts"]) == (running.card_ts, world.run(running.run_id).card_ts)


def test_how_a_run_ended_whose_card_is_frozen_stands_in_its_thread(world, running):
    refuse_updates(world, "edit_window_closed")
    world.follow(running)
    deliver_all(world)
    frozen = len(updates(world))
    world.services.stores.outbox.enqueue(NotificationKind.FINAL, running.run_id)
    deliver_all(world)

    [reply] = [m for m in world.slack.thread(CHANNEL, running.card_ts) if "succeeded" in m["text"]]
    assert f"<@{ALICE}>" in reply["text"]
    assert len(updates(world)) == frozen
    assert len(cards(world, running)) == 1
    assert world.waiting() == 0


def test_who_declines_a_cost_on_a_card_that_is_frozen_sees_how_it_ended(world, running):
    refuse_updates(world, "edit_window_closed")
    world.services.stores.runs.note(
        running.run_id, state=RunState.CANCELLED, stop_requested_by=ALICE, completion_ts=None
    )
    world.services.stores.outbox.enqueue(NotificationKind.FINAL, running.run_id)
    deliver_all(world)

    [reply] = [m for m in world.slack.thread(CHANNEL, running.card_ts) if "stopped" in m["text"]]
    assert f"<@{ALICE}>" in reply["text"]


def test_a_run_whose_cards_keep_vanishing_gets_three_and_no_more(world, running):
    refuse_updates(world, "message_not_found")
    for _ in range(8):
        world.services.stores.outbox.enqueue(NotificationKind.CARD, running.run_id)
        deliver_all(world, rounds=2)

    assert len(cards(world, running)) == 3
    assert world.run(running.run_id).card_ts is None
    world.follow(running)
    deliver_all(world)
    assert world.run(running.run_id).completion_ts
    assert world.waiting() == 0


def close(world, how):
    if how == "archived":
        world.slack.archive(CHANNEL)
    else:
        world.slack.kick(CHANNEL)


def reopen(world, how):
    if how == "archived":
        world.slack.archive(CHANNEL, archived=False)
    else:
        world.slack.invite(ALICE, CHANNEL)


@pytest.mark.parametrize("how", ["archived", "without the bot"])
def test_a_channel_that_is_opened_again_gets_the_last_state_of_its_cards(world, running, how):
    other = world.submit(world.ask("run select 2 as two"))
    deliver_all(world)
    if how != "archived":
        world.slack.faults.add(
            method="chat.update", kind="error", code="not_in_channel", times=None
        )
    close(world, how)
    world.follow(running)
    world.follow(other)
    deliver_all(world, rounds=6)
    tried = len(updates(world))
    direct = [m["text"] for m in world.slack.messages(DIRECT) if "succeeded" in m["text"]]
    assert len(direct) == 2
    let_the_channel_be_tried(world)
    assert len(updates(world)) == tried + 1
    world.slack.faults.clear()
    reopen(world, how)
    let_the_channel_be_tried(world)

    for run in (running, other):
        assert card(world, run)["text"].startswith("Succeeded")
        assert world.run(run.run_id).card_closed_since is None
    assert world.waiting() == 0


def test_the_home_says_how_a_run_ended_while_the_channel_of_its_card_is_closed(world, running):
    world.slack.archive(CHANNEL)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, running.run_id)
    deliver_all(world)
    world.services.stores.homes.open(TEAM, ALICE, now=world.clock())
    world.services.stores.outbox.enqueue(NotificationKind.HOME, f"{TEAM} {ALICE}")
    world.deliver()
    world.services.redis.delete(keys.home_turn(TEAM, ALICE))
    world.follow(running)
    deliver_all(world)

    assert "Succeeded" in str(world.slack.home(ALICE))


def test_an_active_run_is_shown_again_when_its_channel_is_back(world, running):
    world.slack.archive(CHANNEL)
    world.services.stores.outbox.enqueue(NotificationKind.CARD_REFRESH, running.run_id)
    deliver_all(world)
    world.slack.archive(CHANNEL, archived=False)
    let_the_channel_be_tried(world)

    assert world.run(running.run_id).card_closed_since is None
    assert updates(world)[-1]["ok"]
    assert world.waiting() == 0


def test_all_cards_of_a_channel_that_is_open_again_are_let_in_at_once(world):
    channels, at_once = world.services.stores.closed_channels, timedelta(0)
    assert channels.wait(CHANNEL) == at_once
    assert channels.wait(CHANNEL) > at_once
    channels.reopen(CHANNEL)
    assert [channels.wait(CHANNEL) for _ in range(3)] == [at_once] * 3
    channels.close(CHANNEL, pause=SHORTEST_PAUSE)

    assert channels.wait(CHANNEL) > at_once


def test_a_card_that_was_posted_before_it_was_lost_does_not_come_back(world, running):
    late = world.run(running.run_id)
    world.slack.delete(ALICE, CHANNEL, running.card_ts, as_admin=True)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, running.run_id)
    deliver_all(world)
    anew = world.run(running.run_id).card_ts
    world.services.stores.runs.card_posted(late, late.card_ts)

    assert world.run(running.run_id).card_ts == anew


def test_a_closed_channel_is_tried_ever_less_often_and_given_up_one_day(world, running):
    world.slack.archive(CHANNEL)
    world.follow(running)
    deliver_all(world)
    pauses = []
    redis = world.services.redis
    for age in (timedelta(minutes=1), timedelta(hours=1), timedelta(days=2)):
        world.clock.ahead += age
        redis.delete(keys.closed_channel(CHANNEL))
        deliver_all(world, rounds=1)
        pauses.append(timedelta(milliseconds=redis.pttl(keys.closed_channel(CHANNEL))))
    world.clock.ahead += PATIENCE
    deliver_all(world)

    assert pauses[0] <= SHORTEST_PAUSE < pauses[1] < pauses[2] <= LONGEST_PAUSE
    assert world.waiting() == 0
