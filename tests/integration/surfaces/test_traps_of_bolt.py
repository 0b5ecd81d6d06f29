"""What Bolt and Slack do unexpectedly does not lose what people ask for."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import App, BoltRequest

from odps_bot.app import create_app

ALICE = "U0ALICE"
CHANNEL = "C0DATAENG1"


@pytest.fixture
def app(desk: Any) -> App:
    return create_app(desk.services)


def listeners_of(app: App) -> Iterator[Any]:
    yield from app._listeners


@pytest.mark.parametrize("delivery", ["socket", "http"])
def test_a_command_with_the_word_payload_is_heard(desk: Any) -> None:
    delivery = desk.slack.say(ALICE, CHANNEL, "/odps run select payload from t where payload={}")

    assert delivery.ok
    assert desk.newest_run().sql == "select payload from t where payload={}"


def test_no_listener_is_lazy_for_their_errors_would_reach_nobody(app: App) -> None:
    assert list(listeners_of(app))
    assert all(not listener.lazy_functions for listener in listeners_of(app))


def test_listeners_answer_before_they_are_acknowledged(app: App) -> None:
    # Else an error right after the acknowledgement would take it back.
    assert app._listener_runner.process_before_response


@pytest.mark.parametrize(
    "act",
    [
        lambda desk: desk.slack.say(ALICE, CHANNEL, "/odps help"),
        lambda desk: desk.slack.say(ALICE, CHANNEL, "/odps run select 1"),
        lambda desk: desk.slack.say(ALICE, CHANNEL, "/odps run"),
        lambda desk: desk.slack.shortcut(ALICE, "run_sql"),
    ],
)
def test_people_are_answered_before_slack_gives_up(desk: Any, act: Any) -> None:
    assert act(desk).ok


def test_a_slack_that_does_not_open_a_modal_in_time_is_not_waited_for(desk: Any) -> None:
    desk.slack.faults.add(method="views.open", kind="hang", seconds=60)
    began = time.monotonic()
    delivery = desk.slack.shortcut(ALICE, "run_sql")

    assert delivery.ok
    assert time.monotonic() - began < 20
    assert "didn't open the form" in desk.wait_for_answer()


def test_events_that_mean_nothing_to_us_are_acknowledged(app: App) -> None:
    for kind in ("reaction_added", "team_join", "channel_archive", "message"):
        body = {
            "type": "event_callback",
            "team_id": "T0SANDBOX1",
            "event_id": f"Ev{kind}",
            "event": {"type": kind, "channel": CHANNEL, "channel_type": "channel"},
        }

        assert app.dispatch(BoltRequest(body=body, mode="socket_mode")).status == 200
