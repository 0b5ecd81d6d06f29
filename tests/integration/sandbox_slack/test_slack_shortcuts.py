"""Global and message shortcuts of a real Bolt app, by both kinds of delivery."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import Shortcut, SlackApp, SlackSandbox

from .conftest import Link

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Run SQL"},
    "blocks": [{"type": "divider"}],
}


def test_a_global_shortcut_can_open_a_modal_and_has_no_channel(link: Link) -> None:
    received: list[dict[str, Any]] = []

    @link.app.shortcut("new_run")
    def new_run(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        received.append(body)
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        ack()

    link.connect()
    delivery = link.slack.shortcut("bob", "new_run")

    assert delivery.ok
    assert [view["title"]["text"] for view in link.slack.views("bob")] == ["Run SQL"]
    (body,) = received
    assert (body["type"], body["callback_id"], body["user"]["id"]) == (
        "shortcut",
        "new_run",
        "U0BOB",
    )
    assert body["action_ts"]
    assert {"channel", "response_url", "message"}.isdisjoint(body)


def test_a_message_shortcut_has_its_message_and_a_response_url(
    link: Link,
) -> None:
    received: list[dict[str, Any]] = []

    @link.app.shortcut({"type": "message_action", "callback_id": "run_this"})
    def run_this(ack: Any, body: dict[str, Any], respond: Any) -> None:
        received.append(body)
        ack()
        respond("running")

    link.connect()
    root = link.slack.say("alice", "#data-eng", "look:").ts
    assert root is not None
    reply = link.slack.say("alice", "#data-eng", "select 1 < 2", thread_ts=root).ts
    assert reply is not None
    delivery = link.slack.message_shortcut("bob", "run_this", "#data-eng", reply)

    assert delivery.ok
    (body,) = received
    assert body["message_ts"] == reply
    assert body["channel"] == {"id": "C0DATAENG1", "name": "data-eng"}
    assert body["message"]["text"] == "select 1 &lt; 2"
    assert body["message"]["thread_ts"] == root
    assert body["message"]["user"] == "U0ALICE"
    assert "/app/" in body["response_url"]
    (answer,) = link.slack.ephemerals("bob")
    assert answer["text"] == "running"


def test_a_message_shortcut_works_in_channels_without_the_bot(link: Link) -> None:
    received: list[str] = []

    @link.app.shortcut("run_this")
    def run_this(ack: Any, body: dict[str, Any]) -> None:
        ack()
        received.append(body["channel"]["name"])

    link.connect()
    for channel in ("#random", "#finance"):
        ts = link.slack.say("alice", channel, "select 1").ts
        assert ts is not None
        assert link.slack.message_shortcut("alice", "run_this", channel, ts).ok

    assert received == ["random", "privategroup"]


def test_a_message_shortcut_includes_files_that_the_bot_can_read(link: Link) -> None:
    received: list[dict[str, Any]] = []

    @link.app.shortcut("run_this")
    def run_this(ack: Any, shortcut: dict[str, Any]) -> None:
        ack()
        received.append(shortcut["message"])

    link.connect()
    ts = link.slack.share_file("alice", "#data-eng", "daily.sql", "select 1;\n", "please run").ts
    assert ts is not None
    assert link.slack.message_shortcut("alice", "run_this", "#data-eng", ts).ok

    (message,) = received
    (file,) = message["files"]
    assert (message["subtype"], message["text"]) == ("file_share", "please run")
    assert (file["name"], file["filetype"], file["size"]) == ("daily.sql", "sql", 10)
    assert file["preview"] == "select 1;"
    assert link.client.files_info(file=file["id"])["content"] == "select 1;\n"


def test_unknown_shortcuts_and_messages_are_refused(link: Link) -> None:
    link.connect()
    ts = link.slack.say("alice", "#data-eng", "select 1").ts
    assert ts is not None
    whisper = link.client.chat_postEphemeral(channel="C0DATAENG1", user="U0BOB", text="psst")

    refused = [
        link.slack.shortcut("bob", "unknown").error,
        link.slack.shortcut("bob", "run_this").error,
        link.slack.message_shortcut("bob", "new_run", "#data-eng", ts).error,
        link.slack.message_shortcut("bob", "run_this", "#data-eng", "1.000000").error,
        link.slack.message_shortcut("bob", "run_this", "#data-eng", whisper["message_ts"]).error,
        link.slack.message_shortcut("bob", "run_this", "#finance", ts).error,
        link.slack.shortcut("frank", "new_run").error,
    ]

    assert refused == [
        "shortcut_not_found",
        "shortcut_not_found",
        "shortcut_not_found",
        "message_not_found",
        "message_not_found",
        "channel_not_found",
        "user_is_deactivated",
    ]


def test_a_trigger_id_of_a_shortcut_expires_after_three_seconds(link: Link, clock: Any) -> None:
    codes: list[str] = []

    @link.app.shortcut("new_run")
    def new_run(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        clock.ahead += type(clock.ahead)(seconds=4)
        with pytest.raises(SlackApiError) as refused:
            client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        codes.append(refused.value.response["error"])

    link.connect()
    link.slack.shortcut("bob", "new_run")

    assert codes == ["expired_trigger_id"]


def test_without_interactivity_shortcuts_are_refused(make_slack: Any) -> None:
    shortcuts = (Shortcut(callback_id="new_run", name="Run SQL"),)
    slack: SlackSandbox = make_slack(app=SlackApp(shortcuts=shortcuts, is_interactive=False))

    assert slack.shortcut("bob", "new_run").error == "app_not_interactive"
