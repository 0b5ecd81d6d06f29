"""Modals that a real Bolt app opens and a person fills in."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import App

from odps_bot.sandbox.slack import SlackSandbox

Connect = Callable[..., None]

SQL = {
    "type": "input",
    "block_id": "sql",
    "label": {"type": "plain_text", "text": "SQL"},
    "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
}
PROJECT = {
    "type": "input",
    "block_id": "project",
    "optional": True,
    "label": {"type": "plain_text", "text": "Project"},
    "element": {
        "type": "static_select",
        "action_id": "project",
        "options": [{"text": {"type": "plain_text", "text": "Shop"}, "value": "shop"}],
    },
}


def modal(*blocks: dict[str, Any], title: str = "Run SQL") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "run",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Run"},
        "notify_on_close": True,
        "blocks": list(blocks),
    }


@pytest.fixture
def opened(slack: SlackSandbox, app: App, connect: Connect) -> Callable[[], str]:
    """Return a function that connects the app, opens its modal for Alice and returns its id."""

    @app.command("/odps")
    def odps(ack: Any, client: Any, body: dict[str, Any]) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal(SQL, PROJECT))
        ack()

    def open_modal() -> str:
        connect()
        assert slack.say("alice", "#data-eng", "/odps run").ok
        return str(slack.views("alice")[0]["id"])

    return open_modal


def test_what_was_entered_arrives_unencoded_and_the_modal_closes(
    slack: SlackSandbox, app: App, opened: Callable[[], str]
) -> None:
    received: list[dict[str, Any]] = []

    @app.view("run")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        received.append(view["state"]["values"])
        ack()

    delivery = slack.submit_view("alice", opened(), {"text": "select 1 < 2", "project": "shop"})

    assert delivery.ok
    assert slack.views("alice") == []
    assert received == [
        {
            "sql": {"text": {"type": "plain_text_input", "value": "select 1 < 2"}},
            "project": {
                "project": {
                    "type": "static_select",
                    "selected_option": PROJECT["element"]["options"][0],  # type: ignore[index]
                }
            },
        }
    ]


def test_errors_leave_the_modal_open_and_an_update_changes_it(
    slack: SlackSandbox, app: App, opened: Callable[[], str]
) -> None:
    @app.view("run")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        if view["state"]["values"]["sql"]["text"]["value"] == "drop":
            ack(response_action="errors", errors={"sql": "No."})
        else:
            ack(response_action="update", view=modal(SQL, title="Sure?"))

    view_id = opened()
    refused = slack.submit_view("alice", view_id, {"text": "drop"})
    still_open = slack.views("alice")[0]["title"]["text"]
    slack.submit_view("alice", view_id, {"text": "select"})

    assert refused.ack == {"response_action": "errors", "errors": {"sql": "No."}}
    assert still_open == "Run SQL"
    (view,) = slack.views("alice")
    assert (view["id"], view["title"]["text"]) == (view_id, "Sure?")


def test_what_the_client_would_not_send(slack: SlackSandbox, opened: Callable[[], str]) -> None:
    view_id = opened()

    errors = [
        slack.submit_view("alice", view_id, {}).error,
        slack.submit_view("alice", view_id, {"text": "x" * 3_001}).error,
        slack.submit_view("alice", view_id, {"text": "x", "project": "other"}).error,
        slack.submit_view("bob", view_id, {"text": "x"}).error,
        slack.submit_view("alice", "V0", {"text": "x"}).error,
    ]

    assert errors == [
        "missing_input",
        "input_too_long",
        "invalid_option",
        "not_found",
        "not_found",
    ]


def test_the_app_hears_that_a_modal_was_closed(
    slack: SlackSandbox, app: App, opened: Callable[[], str]
) -> None:
    closed: list[str] = []

    @app.view_closed("run")
    def view_closed(ack: Any, view: dict[str, Any]) -> None:
        closed.append(view["id"])
        ack()

    view_id = opened()

    assert slack.close_view("alice", view_id).ok
    assert closed == [view_id]
    assert slack.views("alice") == []
