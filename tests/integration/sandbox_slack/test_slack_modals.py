"""Modals of a real Bolt app that a person fills in."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackSandbox

from .conftest import Link
from .modals import NOTE, OPTIONS, PROJECT, SQL, WHO, asks, modal, open_modal

Connect = Callable[..., None]


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


def test_a_submission_has_unescaped_values_and_closes_the_modal(
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


def test_errors_keep_the_modal_open_and_an_update_replaces_it(
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


def test_invalid_submissions_are_refused_by_the_client(
    slack: SlackSandbox, opened: Callable[[], str]
) -> None:
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


def test_view_closed_is_sent_on_request(
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


def test_every_kind_of_input_arrives_in_its_payload_field(link: Link) -> None:
    received: list[dict[str, Any]] = []

    @link.app.view("run")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        received.append(view)
        ack()

    view_id = open_modal(
        link,
        asks("sql", "plain_text_input", multiline=True),
        asks("rows", "number_input", is_decimal_allowed=False),
        asks("one", "static_select", options=OPTIONS),
        asks("many", "multi_static_select", options=OPTIONS),
        asks("flags", "checkboxes", options=OPTIONS, optional=True),
        asks("kind", "radio_buttons", options=OPTIONS, initial_option=OPTIONS[0]),
        asks("who", "users_select"),
        asks("others", "multi_users_select"),
        asks("where", "conversations_select"),
        asks("day", "datepicker"),
        asks("file", "file_input", filetypes=["sql"]),
        private_metadata="kept",
    )
    values = {
        "sql": "select 1 < 2",
        "rows": "10",
        "one": "a",
        "many": ["b"],
        "who": "U0ALICE",
        "others": ["U0ALICE", "U0CAROL"],
        "where": "C0DATAENG1",
        "day": "2026-01-31",
        "file": [{"name": "daily.sql", "text": "select 2"}],
    }
    assert link.slack.submit_view("bob", view_id, values).ok

    (view,) = received
    state = {
        block_id: {key: value for key, value in entries[block_id].items() if key != "type"}
        for block_id, entries in view["state"]["values"].items()
    }
    (file,) = state.pop("file")["files"]
    assert state == {
        "sql": {"value": "select 1 < 2"},
        "rows": {"value": "10"},
        "one": {"selected_option": OPTIONS[0]},
        "many": {"selected_options": [OPTIONS[1]]},
        "flags": {"selected_options": []},
        "kind": {"selected_option": OPTIONS[0]},
        "who": {"selected_user": "U0ALICE"},
        "others": {"selected_users": ["U0ALICE", "U0CAROL"]},
        "where": {"selected_conversation": "C0DATAENG1"},
        "day": {"selected_date": "2026-01-31"},
    }
    assert (file["name"], file["user"], file["preview"]) == ("daily.sql", "U0BOB", "select 2")
    assert (view["private_metadata"], view["id"]) == ("kept", view_id)
    assert link.client.files_info(file=file["id"])["content"] == "select 2"


def test_all_input_errors_are_shown_under_their_fields_before_delivery(link: Link) -> None:
    view_id = open_modal(
        link,
        asks("sql", "plain_text_input", min_length=3),
        asks("rows", "number_input", is_decimal_allowed=False, max_value="10"),
        asks("who", "users_select"),
    )

    refused = link.slack.submit_view("bob", view_id, {"sql": "x", "rows": "11"})

    assert (refused.ok, refused.error) == (False, "input_too_short")
    assert refused.details["errors"] == {
        "sql": "Enter at least 3 characters.",
        "rows": "Enter 10 or less.",
        "who": "Please complete this required field.",
    }
    assert "view_submission" not in [entry["method"] for entry in link.slack.traffic()]


def test_a_chosen_conversation_gets_a_response_url(link: Link) -> None:
    @link.app.view("run")
    def submitted(ack: Any, body: dict[str, Any], respond: Any) -> None:
        ack()
        assert [url["channel_id"] for url in body["response_urls"]] == ["C0RANDOM01"]
        respond("started", response_type="in_channel")

    view_id = open_modal(
        link, asks("where", "conversations_select", response_url_enabled=True), WHO
    )
    assert link.slack.submit_view("bob", view_id, {"where": "C0RANDOM01", "who": "U0BOB"}).ok

    assert [message["text"] for message in link.slack.messages("#random")] == ["started"]


def test_a_menu_can_default_to_the_current_conversation(link: Link) -> None:
    received: list[str] = []

    @link.app.command("/odps")
    def odps(ack: Any, body: dict[str, Any], client: Any) -> None:
        where = asks("where", "conversations_select", default_to_current_conversation=True)
        client.views_open(trigger_id=body["trigger_id"], view=modal(where))
        ack()

    @link.app.view("run")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        received.append(view["state"]["values"]["where"]["where"]["selected_conversation"])
        ack()

    link.connect()
    link.slack.say("bob", "#random", "/odps run")
    link.slack.submit_view("bob", link.slack.views("bob")[0]["id"], {})

    assert received == ["C0RANDOM01"]


def test_an_action_reports_the_values_so_far_and_an_update_keeps_them(link: Link) -> None:
    received: list[dict[str, Any]] = []
    project = asks("project", "static_select", options=OPTIONS, dispatch_action=True)
    sql = asks("sql", "plain_text_input")

    @link.app.action("project")
    def project_chosen(ack: Any, body: dict[str, Any], client: Any) -> None:
        received.append(body)
        client.views_update(
            view_id=body["view"]["id"], hash=body["view"]["hash"], view=modal(sql, project, NOTE)
        )
        ack()

    view_id = open_modal(link, sql, project)
    clicked = link.slack.click_in_view(
        "bob", view_id, "project", value="b", values={"sql": "select 1"}
    )
    ignored = link.slack.click_in_view("bob", view_id, "sql", value="x")

    assert clicked.ok
    assert ignored.error == "not_dispatched"
    (body,) = received
    assert body["container"] == {"type": "view", "view_id": view_id}
    assert body["view"]["state"]["values"]["sql"]["sql"]["value"] == "select 1"
    (view,) = link.slack.views("bob")
    assert [block["block_id"] for block in view["blocks"]] == ["sql", "project", "note"]
    assert view["state"]["values"]["sql"]["sql"]["value"] == "select 1"
    assert view["state"]["values"]["project"]["project"]["selected_option"] == OPTIONS[1]


def test_a_view_that_has_changed_is_not_overwritten_with_an_old_hash(link: Link) -> None:
    view_id = open_modal(link, SQL)
    old = link.slack.views("bob")[0]["hash"]
    link.client.views_update(view_id=view_id, hash=old, view=modal(SQL, title="Second"))

    with pytest.raises(SlackApiError, match="hash_conflict"):
        link.client.views_update(view_id=view_id, hash=old, view=modal(SQL, title="Third"))

    assert link.slack.views("bob")[0]["title"]["text"] == "Second"


def test_a_modal_stays_open_when_its_submission_is_not_acknowledged(slack: SlackSandbox) -> None:
    trigger = slack._workspace.triggers.issue("U0BOB")
    view = WebClient(slack.bot_token, base_url=slack.api_url).views_open(
        trigger_id=trigger, view=modal(SQL)
    )["view"]

    refused = slack.submit_view("bob", view["id"], {"text": "select 1"})

    assert refused.error == "app_not_connected"
    assert slack.views("bob")[0]["state"]["values"]["sql"]["text"]["value"] == "select 1"


def test_the_app_supplies_the_options_of_an_external_select(link: Link) -> None:
    asked: list[dict[str, Any]] = []

    @link.app.options("table")
    def tables(ack: Any, body: dict[str, Any]) -> None:
        asked.append(body)
        matching = [option for option in OPTIONS if option["value"].startswith(body["value"])]
        ack(options=matching if body["value"] else [{"text": "wrong"}])

    @link.app.view("run")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        asked.append(view["state"]["values"])
        ack()

    view_id = open_modal(link, asks("table", "external_select", min_query_length=0))
    offered = link.slack.suggest_in_view("bob", view_id, "table", "b")
    wrong = link.slack.suggest_in_view("bob", view_id, "table", "")

    assert offered.ack == {"options": [OPTIONS[1]]}
    assert wrong.error == "invalid_options"
    body = asked[0]
    assert (body["type"], body["block_id"], body["value"]) == ("block_suggestion", "table", "b")
    assert body["view"]["id"] == view_id
    assert "trigger_id" not in body
    assert link.slack.submit_view("bob", view_id, {"table": OPTIONS[1]}).ok
    assert asked[-1]["table"]["table"]["selected_option"] == OPTIONS[1]
