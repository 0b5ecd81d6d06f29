"""*Refresh*: whoever looks at a card sees it as it is now, and no other card waits for that."""

from dataclasses import replace

import pytest

from odps_bot.input.request import Request, Surface
from odps_bot.interactions.refresh_run import refresh_run
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import UPDATE_LIMIT
from workers.queries.answer_due import answer_due

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"
LONG = "set sandbox.duration=600; select count(*) as n from customers"


@pytest.fixture
def run(world):
    """A run that MaxCompute executes, and whose card says that it was accepted."""
    run = world.submit(world.ask(f"run {LONG}"))
    world.deliver()
    world.wait_until_running(1)
    return world.run(run.run_id)


@pytest.fixture
def click(world):
    """Return a function that clicks, as far as the bot takes part in it, and has it answered."""

    def click(run, *, number=1, **facts):
        with world.slack._workspace.changing():
            path = world.slack._workspace.response_urls.issue(
                "actions", user_id=ALICE, channel_id=CHANNEL, message_ts=run.card_ts
            )
        request = Request(
            team_id=TEAM,
            channel_id=CHANNEL,
            user_id=ALICE,
            trigger_id=f"click{number}",
            response_url=f"{world.slack.url}{path}",
            surface=Surface.ACTION,
        )
        assert refresh_run(run, replace(request, **facts), world.services) is None
        answer_due(world.services)

    return click


def card(world, run):
    messages = world.slack.messages(CHANNEL)
    return next(m["text"] for m in messages if m["ts"] == run.card_ts)


def calls(world, method):
    return sum(entry["method"] == method for entry in world.slack.traffic())


def test_the_card_shows_what_maxcompute_says_now(world, run, click):
    assert card(world, run).startswith("Accepted")
    click(run)

    assert card(world, run).startswith("Running")
    assert "%*" in card(world, run)


def test_it_is_answered_while_all_updates_are_used_up(world, run, click):
    for _ in range(UPDATE_LIMIT.burst):
        world.services.stores.rate_limiter.take(UPDATE_LIMIT)
    updates = calls(world, "chat.update")
    click(run)
    world.deliver()

    assert card(world, run).startswith("Running")
    assert calls(world, "chat.update") == updates
    assert world.services.stores.outbox.waiting()[NotificationKind.CARD_REFRESH] == 0


def test_what_was_polled_a_moment_ago_is_shown_without_another_poll(world, run, click):
    click(run)
    polls = world.run(run.run_id).polls
    click(run, number=2)

    assert world.run(run.run_id).polls == polls


def test_a_run_that_has_ended_is_shown_and_answered_as_ever(world, run, click):
    world.ask_stop(run)
    world.look(run)
    world.follow(run)
    click(run)
    world.deliver()

    assert card(world, run).startswith("Stopped")
    assert len(world.replies(run)) == 1


def test_where_the_click_can_show_nothing_the_card_is_updated_in_its_turn(world, run, click):
    click(run, response_url="https://elsewhere.example/actions/1")
    assert card(world, run).startswith("Accepted")
    world.deliver()

    assert card(world, run).startswith("Running")


def test_with_maxcompute_out_of_reach_the_card_says_so(world, run, click):
    world.maxcompute.stop()
    click(run)

    assert "MaxCompute has not responded since" in card(world, run)
