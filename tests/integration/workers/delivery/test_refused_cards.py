"""Where the card cannot be posted or edited, the person is told all the same."""

import pytest

from odps_bot.commands import find_command
from odps_bot.input.request import Request, Surface
from odps_bot.messages.run.card import run_cards
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"


def refuse(world, code, *, times, method="chat.postMessage"):
    world.slack.faults.add(method=method, kind="error", code=code, times=times)


def test_a_card_of_unknown_fate_is_looked_up_and_the_reply_follows(world):
    run = world.ask("run select 1 as one")
    # A worker died while it posted the card, and its lease has not run out.
    world.services.stores.message_leases.begin_post("card", run.run_id, CHANNEL)
    world.clock.push(seconds=25)
    world.finish(run)
    assert world.run(run.run_id).state is RunState.SUCCEEDED

    world.services.redis.set(f"odps-bot:posting:card:{run.run_id}", 0)
    for _ in range(2):
        world.make_all_due()
        world.deliver()

    assert len(world.replies(run)) == 1


def test_a_card_whose_blocks_are_refused_is_posted_plainly(world):
    refuse(world, "invalid_blocks", times=1)
    run = world.finish(world.ask("run select 1 as one"))

    assert run.state is RunState.SUCCEEDED
    assert len(world.replies(run)) == 1


@pytest.mark.parametrize("code", ["missing_scope", "is_archived", "invalid_blocks", "no_such_code"])
def test_where_no_card_can_be_posted_nothing_is_submitted_and_the_person_told(world, code):
    is_content = code in {"invalid_blocks", "no_such_code"}
    refuse(world, code, times=2 if is_content else 1)
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()

    assert run.state is RunState.REFUSED
    assert "Nothing was submitted" in outcome_in_words(run)
    (whispered,) = world.slack.ephemerals(ALICE)
    assert "Nothing was submitted" in whispered["text"]
    assert world.maxcompute.instances() == []


def test_an_edit_whose_blocks_are_refused_is_made_plainly(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    refuse(world, "invalid_blocks", times=1, method="chat.update")
    world.follow(run)
    world.deliver()

    (card,) = [m for m in world.slack.messages(CHANNEL) if m["ts"] == world.run(run.run_id).card_ts]
    assert card["text"].startswith("Succeeded")


def test_an_edit_of_text_alone_leaves_no_blocks_of_before(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    card_ts = world.run(run.run_id).card_ts
    (before,) = [m for m in world.slack.messages(CHANNEL) if m["ts"] == card_ts]
    ended = world.follow(run)
    world.deliver()
    # How often the card was updated until here hangs on what polls saw of the run.
    forms = run_cards(ended, now=world.clock())
    refuse(world, "invalid_blocks", times=len(forms), method="chat.update")
    world.services.stores.outbox.enqueue(NotificationKind.FINAL, run.run_id)
    world.deliver()

    (card,) = [m for m in world.slack.messages(CHANNEL) if m["ts"] == card_ts]
    assert before["blocks"]
    assert card["text"].startswith("Succeeded")
    assert "blocks" not in card


def test_a_reply_to_a_card_that_is_gone_stands_in_the_channel(world):
    run = world.follow(world.submit(world.ask("run select 1 as one")))
    refuse(world, "thread_not_found", times=1)
    world.deliver()

    (reply,) = [m for m in world.slack.messages(CHANNEL) if "succeeded" in m["text"]]
    assert reply.get("thread_ts", reply["ts"]) == reply["ts"]
    assert world.run(run.run_id).completion_ts == reply["ts"]


def test_what_fails_for_a_reason_of_ours_is_given_up_after_a_while(world):
    run = world.ask("run select 1 as one")
    world.services.redis.hset(f"odps-bot:run:{run.run_id}", "record", "{damaged")
    world.services.stores.outbox.enqueue(NotificationKind.CARD, run.run_id)
    world.deliver()

    assert world.waiting() == 0


def ask_by_mention(world, text, *, thread_ts=None):
    command, rest = find_command(text)
    request = Request(
        team_id="T0SANDBOX1",
        channel_id=CHANNEL,
        user_id=ALICE,
        text=rest,
        surface=Surface.MENTION,
        thread_ts=thread_ts,
        deduplication_key=text,
    )
    command.answer(request, world.services)
    return world.run(request.interaction_id)


@pytest.mark.parametrize(
    ("posting", "in_thread", "next_step"),
    [
        ("threads", False, "Mention me in one instead: `@odps run …`"),
        ("nowhere", False, "ask a channel manager to let my app post"),
        ("no_threads", True, "in the channel itself, outside of any thread"),
    ],
)
def test_a_restriction_that_people_can_solve_is_explained_where_they_hear_it(
    world, posting, in_thread, next_step
):
    parent = world.slack.say("U0BOB", CHANNEL, "shall we?").ts
    world.slack.restrict(CHANNEL, posting)
    if in_thread:
        run = ask_by_mention(world, "run select 1 as one", thread_ts=parent)
    else:
        run = world.ask("run select 1 as one")
    world.submit(run)
    world.deliver()

    told = [*world.slack.ephemerals(ALICE), *world.slack.messages("D0ALICEODPS")]
    [refusal] = [m["text"] for m in told if "Nothing was submitted" in m["text"]]
    assert next_step in refusal
    assert world.maxcompute.instances() == []


def test_in_a_channel_of_threads_a_run_is_asked_for_by_mention(world):
    parent = world.slack.say("U0BOB", CHANNEL, "shall we?").ts
    world.slack.restrict(CHANNEL, "threads")
    run = ask_by_mention(world, "run select 1 as one", thread_ts=parent)
    world.finish(run)
    world.make_all_due()
    world.deliver()

    posted = [m["text"] for m in world.slack.thread(CHANNEL, parent)]
    assert any(text.startswith("Succeeded: run r1") for text in posted)
    assert any("succeeded: 1 row" in text for text in posted)


@pytest.mark.parametrize(
    ("code", "next_step"),
    [
        ("messages_tab_disabled", "update my app from its manifest"),
        ("missing_scope", "update it from its manifest"),
        ("channel_is_archived", "Use another channel"),
        ("thread_locked", "Use another thread"),
        ("restricted_action_of_next_year", "Use another channel"),
    ],
)
def test_each_refusal_of_a_card_says_what_helps(world, code, next_step):
    refuse(world, code, times=1)
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()

    [told] = [m["text"] for m in world.slack.ephemerals(ALICE)]
    assert next_step in told
    assert told.endswith("Nothing was submitted.")
    assert run.state is RunState.REFUSED
