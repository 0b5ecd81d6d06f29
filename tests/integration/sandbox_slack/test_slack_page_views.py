"""State, events and actions of the page for views, shortcuts and people."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient

from odps_bot.sandbox.slack import Shortcut, SlackApp, SlackSandbox

DATA_ENG = "C0DATAENG1"
HOME = {"type": "home", "blocks": [{"type": "divider"}]}
MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Run"},
    "submit": {"type": "plain_text", "text": "Run"},
    "clear_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "sql",
            "label": {"type": "plain_text", "text": "SQL"},
            "element": {"type": "plain_text_input", "action_id": "text", "min_length": 3},
        }
    ],
}
SHORTCUTS = (
    Shortcut(callback_id="new_run", name="Run SQL", description="Type SQL and follow it"),
    Shortcut(callback_id="run_this", name="Run as SQL", kind="message"),
)
Post = Callable[..., dict[str, Any]]


@pytest.fixture
def slack(make_slack: Callable[..., SlackSandbox]) -> SlackSandbox:
    return make_slack(app=SlackApp(shortcuts=SHORTCUTS))


@pytest.fixture
def post(slack: SlackSandbox) -> Post:
    """Return a function that does something at the page."""

    def post(name: str, /, **body: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{slack.url}/sandbox/{name}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    return post


def state(slack: SlackSandbox, user: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{slack.url}/sandbox/state?user={user}") as response:
        shown: dict[str, Any] = json.load(response)
    return shown


def open_modal(slack: SlackSandbox, client: WebClient, user: str) -> str:
    trigger_id = slack._workspace.triggers.issue(user)
    return str(client.views_open(trigger_id=trigger_id, view=MODAL)["view"]["id"])


def test_the_state_has_shortcuts_people_groups_and_the_home_tab(
    slack: SlackSandbox, client: WebClient
) -> None:
    published = client.views_publish(user_id="U0ALICE", view=HOME)["view"]

    shown = state(slack, "U0ALICE")

    assert shown["app"]["shortcuts"] == [
        {
            "type": "global",
            "callback_id": "new_run",
            "name": "Run SQL",
            "description": "Type SQL and follow it",
        },
        {"type": "message", "callback_id": "run_this", "name": "Run as SQL", "description": ""},
    ]
    assert shown["app"]["has_home_tab"] is True
    assert shown["home"] == published
    assert state(slack, "U0BOB")["home"] is None
    people = {person["name"]: person for person in shown["people"]}
    assert [name for name, person in people.items() if person["is_external"]] == ["dana", "hiro"]
    assert people["dana"]["team_name"] == "Acme"
    assert people["erin"]["is_guest"] is True
    assert people["frank"]["is_deactivated"] is True
    assert [group["handle"] for group in shown["user_groups"]] == ["data-platform", "on-call"]
    shared = next(entry for entry in shown["channels"] if entry["name"] == "shared-with-acme")
    assert shared["connected_teams"] == [{"id": "T0ACMECORP", "name": "Acme"}]
    assert [entry["name"] for entry in state(slack, "U0DANA")["channels"]] == [
        "shared-with-acme",
        "odps",
    ]


def test_events_of_views_reach_only_the_person_who_sees_them(
    slack: SlackSandbox, client: WebClient
) -> None:
    events = slack._workspace.event_stream
    before = events.last_id

    client.views_publish(user_id="U0ALICE", view=HOME)
    view_id = open_modal(slack, client, "U0BOB")
    client.views_update(view_id=view_id, view=MODAL)
    slack.close_view("bob", view_id)

    told = [(event.data["type"], event.audience) for event in events.since(before) or []]
    assert told == [
        ("home_published", {"U0ALICE"}),
        ("view_opened", {"U0BOB"}),
        ("view_updated", {"U0BOB"}),
        ("view_closed", {"U0BOB"}),
    ]


def test_the_page_gets_the_errors_of_each_field(
    slack: SlackSandbox, client: WebClient, post: Post
) -> None:
    view_id = open_modal(slack, client, "U0BOB")

    short = post("submit_view", user="U0BOB", view_id=view_id, values={"sql": {"text": "x"}})
    cleared = post("submit_view", user="U0BOB", view_id=view_id, values={"text": None})
    undelivered = post("submit_view", user="U0BOB", view_id=view_id, values={"text": "select 1"})
    closed = post("close_view", user="U0BOB", view_id=view_id)

    assert short == {
        "ok": False,
        "error": "input_too_short",
        "block_id": "sql",
        "action_id": "text",
        "errors": {"sql": "Enter at least 3 characters."},
    }
    assert (cleared["error"], list(cleared["errors"])) == ("missing_input", ["sql"])
    assert undelivered == {"ok": False, "error": "app_not_connected"}
    assert closed == {"ok": True}
    assert slack.views("bob") == []


def test_every_action_of_the_page_has_a_route(
    slack: SlackSandbox, client: WebClient, post: Post
) -> None:
    view = client.views_publish(user_id="U0BOB", view=HOME)["view"]
    ts = post("say", user="U0BOB", channel=DATA_ENG, text="selct 1")["ts"]
    here = {"user": "U0BOB", "channel": DATA_ENG, "message_ts": ts}

    shared = post(
        "share_file", user="U0BOB", channel=DATA_ENG, name="a.sql", text="x", thread_ts=ts
    )
    answers = [
        post("edit", **here, text="select 1"),
        post("forward", **here, to="#analytics", comment="see")["ok"],
        post("remove_files", **(here | {"message_ts": shared["ts"]}), hidden=True),
        post("organization", homes={"bob": "T0SANDBOX2"}),
        post("organization", enabled=False),
        post("shortcut", user="U0BOB", callback_id="new_run"),
        post("shortcut", **here, callback_id="run_this"),
        post("open_home", user="U0BOB"),
        post("open_home", user="U0BOB", tab="messages"),
        post("click", user="U0BOB", view_id=view["id"], action_id="unknown"),
        post("options", user="U0BOB", view_id=view["id"], action_id="unknown"),
        post("rename", channel=DATA_ENG, name="data"),
        post("make_private", channel=DATA_ENG),
        post("delete", **here),
        post("delete_channel", channel=DATA_ENG),
    ]

    assert shared["ok"] is True
    assert answers == [
        {"ok": True},
        True,
        {"ok": True},
        {"ok": True},
        {"ok": True},
        {"ok": False, "error": "app_not_connected"},
        {"ok": False, "error": "app_not_connected"},
        {"ok": True, "view": view},
        {"ok": True, "view": None},
        {"ok": False, "error": "action_not_found"},
        {"ok": False, "error": "action_not_found"},
        {"ok": True},
        {"ok": True},
        {"ok": True},
        {"ok": True},
    ]
    assert DATA_ENG not in [entry["id"] for entry in state(slack, "U0BOB")["channels"]]


def test_a_channel_made_private_disappears_for_non_members(slack: SlackSandbox) -> None:
    events = slack._workspace.event_stream
    before = events.last_id

    slack.make_private("#data-eng")

    gone, changed, *_ = events.since(before) or []
    assert gone.data == {"type": "channel_deleted", "channel": DATA_ENG}
    assert gone.is_for("U0ERIN")
    assert not gone.is_for("U0ALICE")
    assert changed.data["channel"]["kind"] == "private"
    assert changed.is_for("U0ALICE")
    assert not changed.is_for("U0ERIN")
