"""A real Bolt app over Socket Mode: commands, clicks, events and views."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackApp, SlackSandbox, SlashCommand

Connect = Callable[..., None]
MakeSlack = Callable[..., SlackSandbox]
MakeApp = Callable[[SlackSandbox], App]

DATA_ENG = "C0DATAENG1"
STOP = {
    "type": "button",
    "action_id": "stop",
    "text": {"type": "plain_text", "text": "Stop"},
    "value": "r42",
    "style": "danger",
}
MENU = {
    "type": "static_select",
    "action_id": "pick",
    "options": [
        {"text": {"type": "plain_text", "text": "Yes"}, "value": "yes"},
        {"text": {"type": "plain_text", "text": "No"}, "value": "no"},
    ],
}
CARD = [{"type": "actions", "block_id": "controls", "elements": [STOP, MENU]}]


def test_a_command_arrives_with_everything_and_its_acknowledgement_is_shown(
    slack: SlackSandbox, app: App, connect: Connect
) -> None:
    received: list[dict[str, Any]] = []

    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        received.append(command)
        ack("Got it.")

    connect()
    delivery = slack.say("alice", "#data-eng", "/odps  run select 1\nwhere a < 2 ")

    assert (delivery.ok, delivery.error) == (True, None)
    assert delivery.ack == {"text": "Got it."}
    assert delivery.elapsed < timedelta(seconds=3)
    (command,) = received
    assert command["text"] == "run select 1\nwhere a &lt; 2"
    assert (command["user_id"], command["user_name"]) == ("U0ALICE", "alice")
    assert (command["channel_id"], command["channel_name"]) == (DATA_ENG, "data-eng")
    assert command["response_url"].startswith(f"{slack.url}/commands/T0SANDBOX1/")
    assert set(command) == {
        "token",
        "team_id",
        "team_domain",
        "channel_id",
        "channel_name",
        "user_id",
        "user_name",
        "command",
        "text",
        "api_app_id",
        "is_enterprise_install",
        "response_url",
        "trigger_id",
    }
    (shown,) = slack.messages("#data-eng")
    assert (shown["text"], shown["visible_to"]) == ("Got it.", "U0ALICE")


@pytest.mark.parametrize(
    ("channel", "name"),
    [("D0ALICEODPS", "directmessage"), ("#finance", "privategroup"), ("#random", "random")],
)
def test_commands_work_wherever_the_person_is(
    slack: SlackSandbox, app: App, connect: Connect, channel: str, name: str
) -> None:
    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        ack(response_type="in_channel", text=command["channel_name"])

    connect()

    assert slack.say("alice", channel, "/odps help").ok
    assert [message["text"] for message in slack.messages(channel)] == [name]
    assert slack.ephemerals("alice") == []


def test_unknown_commands_and_commands_in_threads_are_refused(
    slack: SlackSandbox, app: App, connect: Connect
) -> None:
    @app.command("/odps")
    def odps(ack: Any) -> None:
        ack()

    connect()
    parent = str(slack.say("alice", "#data-eng", "hello").ts)

    spaced = slack.say("alice", "#data-eng", " /odps is a command")
    unknown = slack.say("alice", "#data-eng", "/oops")
    in_thread = slack.say("alice", "#data-eng", "/odps status", thread_ts=parent)

    assert spaced.ts is not None
    assert (unknown.error, in_thread.error) == ("unknown_command", "command_in_thread")
    told = slack.ephemerals("alice")
    assert told[0]["text"].startswith("/oops is not a valid command.")
    assert told[1]["text"] == "/odps is not supported in threads. Sorry!"
    assert told[1]["thread_ts"] == parent
    assert slack.say("bob", "#finance", "/odps").error == "channel_not_found"
    assert slack.say("nobody", "#random", "/odps").error == "user_not_found"


def test_without_the_app_slackbot_reports_the_failure(slack: SlackSandbox) -> None:
    delivery = slack.say("alice", "#data-eng", "/odps help")

    assert (delivery.ok, delivery.error) == (False, "app_not_connected")
    (told,) = slack.ephemerals("alice")
    assert told["text"] == '/odps failed with the error "app_not_connected"'
    assert told["user"] == "USLACKBOT"


def test_an_app_that_is_too_slow_times_out(
    make_slack: MakeSlack, make_app: MakeApp, connect: Connect
) -> None:
    slack = make_slack(ack_timeout=timedelta(milliseconds=200))
    app = make_app(slack)
    may_go_on = threading.Event()

    @app.command("/odps")
    def odps(ack: Any) -> None:
        may_go_on.wait(10)
        ack()

    connect(slack, app)
    delivery = slack.say("alice", "#data-eng", "/odps help")
    may_go_on.set()
    slack.wait_until(lambda: any(entry["kind"] == "ack" for entry in slack.traffic()))

    assert delivery.error == "operation_timeout"
    assert slack.ephemerals("alice")[0]["text"] == (
        '/odps failed with the error "operation_timeout"'
    )


def test_an_invalid_acknowledgement_is_a_failure(
    slack: SlackSandbox, app: App, connect: Connect
) -> None:
    @app.command("/odps")
    def odps(ack: Any) -> None:
        ack(text="a", blocks=[{"type": "header"}])

    connect()
    delivery = slack.say("alice", "#data-eng", "/odps help")

    assert delivery.error == "dispatch_failed"
    assert [m["text"] for m in slack.ephemerals("alice")] == [
        '/odps failed with the error "dispatch_failed"'
    ]


def test_names_arrive_as_typed_unless_the_app_wants_ids(
    make_slack: MakeSlack, make_app: MakeApp, connect: Connect
) -> None:
    command = SlashCommand(command="/odps", should_escape=True)
    slack = make_slack(app=SlackApp(commands=(command,)), encodes_command_text=False)
    app = make_app(slack)
    texts: list[str] = []

    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        texts.append(command["text"])
        ack()

    connect(slack, app)
    slack.say("alice", "#data-eng", "/odps ask @bob in #random if 1 < 2")

    assert texts == ["ask <@U0BOB|bob> in <#C0RANDOM01|random> if 1 < 2"]


def test_a_click_has_its_message(
    slack: SlackSandbox, client: WebClient, app: App, connect: Connect
) -> None:
    received: list[dict[str, Any]] = []

    @app.action("stop")
    def stop(ack: Any, body: dict[str, Any]) -> None:
        received.append(body)
        ack()

    connect()
    parent = client.chat_postMessage(channel=DATA_ENG, text="root")["ts"]
    ts = client.chat_postMessage(channel=DATA_ENG, text="card", blocks=CARD, thread_ts=parent)["ts"]
    delivery = slack.click("bob", "#data-eng", ts, "stop", block_id="controls")

    (body,) = received
    (action,) = body["actions"]
    assert delivery.ok
    assert action["action_ts"]
    del action["action_ts"]
    assert action == {**STOP, "block_id": "controls"}
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": DATA_ENG,
        "is_ephemeral": False,
        "thread_ts": parent,
    }
    assert (body["user"]["id"], body["channel"]["name"]) == ("U0BOB", "data-eng")
    assert (body["message"]["ts"], body["message"]["text"]) == (ts, "card")
    initial_value = {"pick": {"type": "static_select", "selected_option": None}}
    assert (body["state"], body["enterprise"]) == ({"values": {"controls": initial_value}}, None)


def test_a_choice_has_its_option(
    slack: SlackSandbox, client: WebClient, app: App, connect: Connect
) -> None:
    received: list[dict[str, Any]] = []

    @app.action("pick")
    def pick(ack: Any, body: dict[str, Any]) -> None:
        received.append(body)
        ack()

    connect()
    ts = client.chat_postMessage(channel=DATA_ENG, text="card", blocks=CARD)["ts"]
    slack.click("bob", "#data-eng", ts, "pick", value="no")

    (body,) = received
    chosen = {"type": "static_select", "selected_option": MENU["options"][1]}
    assert body["actions"][0]["selected_option"]["value"] == "no"
    assert body["state"]["values"] == {"controls": {"pick": chosen}}


def test_only_existing_and_visible_elements_can_be_clicked(
    slack: SlackSandbox, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card", blocks=CARD)["ts"]
    private = client.chat_postEphemeral(channel=DATA_ENG, user="U0BOB", text="a", blocks=CARD)

    errors = [
        slack.click("bob", "#data-eng", "1.000000", "stop").error,
        slack.click("bob", "#data-eng", ts, "start").error,
        slack.click("bob", "#data-eng", ts, "stop", block_id="other").error,
        slack.click("bob", "#data-eng", ts, "pick", value="maybe").error,
        slack.click("alice", "#data-eng", private["message_ts"], "stop").error,
    ]

    assert errors == [
        "message_not_found",
        "action_not_found",
        "action_not_found",
        "invalid_option",
        "message_not_found",
    ]


def test_a_command_opens_a_modal_once_and_in_time(
    slack: SlackSandbox, client: WebClient, app: App, connect: Connect, clock: Any
) -> None:
    triggers: list[str] = []
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Run"}, "blocks": []}

    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        triggers.append(command["trigger_id"])
        ack()

    connect()
    slack.say("alice", "#data-eng", "/odps run")
    slack.say("alice", "#data-eng", "/odps run")
    opened = client.views_open(trigger_id=triggers[0], view=view)["view"]
    updated = client.views_update(view_id=opened["id"], view={**view, "callback_id": "run"})
    errors = []
    for trigger_id in (triggers[0], triggers[1], "1.2.3"):
        clock.ahead = timedelta(seconds=4)
        with pytest.raises(SlackApiError) as error:
            client.views_open(trigger_id=trigger_id, view=view)
        errors.append(error.value.response["error"])
    with pytest.raises(SlackApiError) as invalid:
        client.views_open(trigger_id="1.2.3", view={"type": "modal", "blocks": []})

    assert (opened["type"], opened["root_view_id"]) == ("modal", opened["id"])
    assert updated["view"]["callback_id"] == "run"
    assert errors == ["exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"]
    assert invalid.value.response["error"] == "invalid_arguments"
    assert invalid.value.response["response_metadata"]["messages"] == [
        "[ERROR] missing required field: title [json-pointer:/view]"
    ]


def test_a_mention_and_a_direct_message_reach_the_app(
    slack: SlackSandbox, app: App, connect: Connect
) -> None:
    @app.event("app_mention")
    def mentioned(event: dict[str, Any], say: Any) -> None:
        say(f"heard {event['text']}", thread_ts=event["ts"])

    @app.event("message")
    def told(event: dict[str, Any], say: Any) -> None:
        say(f"{event['channel_type']}: {event['text']}")

    connect()
    parent = str(slack.say("bob", "#data-eng", "hey @odps").ts)
    slack.say("bob", "#random", "hey @odps")
    slack.say("bob", "D0BOBODPS", "a & b")

    slack.wait_until(lambda: slack.thread("#data-eng", parent))
    slack.wait_until(lambda: len(slack.messages("D0BOBODPS")) == 2)
    assert slack.thread("#data-eng", parent)[0]["text"] == "heard hey <@U0ODPSBOT>"
    assert slack.messages("D0BOBODPS")[1]["text"] == "im: a &amp; b"
    assert len(slack.messages("#random")) == 1


@pytest.mark.parametrize("how", [{"abrupt": True}, {"reason": "refresh_requested"}])
def test_the_app_reconnects_after_a_disconnect(
    slack: SlackSandbox, app: App, connect: Connect, how: dict[str, Any]
) -> None:
    @app.command("/odps")
    def odps(ack: Any) -> None:
        ack("here")

    connect()
    opened = len(slack.traffic())
    slack.disconnect_sockets(**how)
    slack.wait_until(
        lambda: any(e["method"] == "apps.connections.open" for e in slack.traffic()[opened:])
    )
    deadline = time.monotonic() + 30
    while not slack.say("alice", "#data-eng", "/odps help").ok:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert slack.ephemerals("alice")[-1]["text"] == "here"


def test_a_predicate_must_only_read(slack: SlackSandbox) -> None:
    with pytest.raises(RuntimeError, match="must only read"):
        slack.wait_until(lambda: slack.say("alice", "#data-eng", "hello").ok)
