"""Response URLs: replacing, deleting and posting messages, and their limits."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from odps_bot.sandbox.slack import SlackSandbox

from .conftest import Link

Connect = Callable[..., None]

DATA_ENG = "C0DATAENG1"
CARD = [
    {
        "type": "actions",
        "block_id": "controls",
        "elements": [
            {
                "type": "button",
                "action_id": "stop",
                "text": {"type": "plain_text", "text": "Stop"},
            },
            {
                "type": "button",
                "action_id": "dismiss",
                "text": {"type": "plain_text", "text": "Dismiss"},
            },
        ],
    }
]


def stop_gives_an_address(link: Link) -> list[WebhookClient]:
    """Connect an app whose Stop button only notes the response address."""
    addresses: list[WebhookClient] = []

    @link.app.action("stop")
    def stop(ack: Any, body: dict[str, Any]) -> None:
        ack()
        addresses.append(WebhookClient(body["response_url"]))

    link.connect()
    return addresses


def test_a_response_url_replaces_and_deletes_a_message(link: Link) -> None:
    addresses = stop_gives_an_address(link)
    root = link.client.chat_postMessage(channel=DATA_ENG, text="root")["ts"]
    card = link.client.chat_postMessage(
        channel=DATA_ENG, text="card", blocks=CARD, thread_ts=root, metadata=METADATA
    )["ts"]
    link.slack.click("bob", DATA_ENG, card, "stop")
    (address,) = addresses

    address.send(text="Stopped by Bob.", replace_original=True)
    (replaced,) = link.slack.thread(DATA_ENG, root)
    address.send(delete_original=True)

    assert (replaced["ts"], replaced["text"], replaced["thread_ts"]) == (
        card,
        "Stopped by Bob.",
        root,
    )
    assert "blocks" not in replaced
    assert link.slack.thread(DATA_ENG, root) == []


METADATA = {"event_type": "run", "event_payload": {"run_id": "r1"}}


def test_response_type_decides_between_ephemeral_and_channel(link: Link) -> None:
    addresses = stop_gives_an_address(link)
    card = link.client.chat_postMessage(channel=DATA_ENG, text="card", blocks=CARD)["ts"]
    link.slack.click("bob", DATA_ENG, card, "stop")
    (address,) = addresses

    address.send(text="only you")
    address.send_dict({"text": "only you, in the thread", "thread_ts": card})
    address.send_dict(
        {
            "text": "all, in the thread",
            "response_type": "in_channel",
            "replace_original": False,
            "thread_ts": card,
        }
    )

    whispers = [(entry["text"], entry.get("thread_ts")) for entry in link.slack.ephemerals("bob")]
    (reply,) = link.slack.thread(DATA_ENG, card)
    assert whispers == [("only you", None), ("only you, in the thread", card)]
    assert reply["text"] == "all, in the thread"
    assert link.slack.messages(DATA_ENG)[0]["text"] == "card"


def test_a_response_url_can_hang(link: Link) -> None:
    addresses = stop_gives_an_address(link)
    card = link.client.chat_postMessage(channel=DATA_ENG, text="card", blocks=CARD)["ts"]
    link.slack.click("bob", DATA_ENG, card, "stop")
    (address,) = addresses
    link.slack.faults.add(method="response_url", kind="hang", seconds=0.2)

    begun_s = monotonic()
    address.send(text="late")

    assert monotonic() - begun_s >= 0.2
    assert [entry["text"] for entry in link.slack.ephemerals("bob")] == ["late"]


def test_an_ephemeral_message_is_replaced_for_its_viewer(link: Link) -> None:
    addresses = stop_gives_an_address(link)
    whisper = link.client.chat_postEphemeral(
        channel=DATA_ENG, user="U0BOB", text="Stop which?", blocks=CARD
    )["message_ts"]
    link.slack.click("bob", DATA_ENG, whisper, "stop")
    (address,) = addresses

    address.send(text="Stopped.", replace_original=True)
    (replaced,) = link.slack.ephemerals("bob")
    address.send(delete_original=True)

    assert (replaced["ts"], replaced["text"]) == (whisper, "Stopped.")
    assert link.slack.ephemerals("bob") == []


def test_a_response_url_of_a_deleted_channel_reports_an_error(link: Link) -> None:
    addresses = stop_gives_an_address(link)
    card = link.client.chat_postMessage(channel=DATA_ENG, text="card", blocks=CARD)["ts"]
    link.slack.click("bob", DATA_ENG, card, "stop")
    link.slack.delete_channel(DATA_ENG)

    answer = addresses[0].send(text="Stopped.")

    assert (answer.status_code, answer.body) == (400, '{"ok": false, "error": "channel_not_found"}')


def test_an_ephemeral_message_is_replaced_and_deleted_by_its_response_url(
    slack: SlackSandbox, client: WebClient, app: App, connect: Connect
) -> None:
    bodies: list[dict[str, Any]] = []

    @app.action("stop")
    def stop(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        ack()
        bodies.append(body)
        respond("Stopped.", replace_original=True)

    @app.action("dismiss")
    def dismiss(ack: Any, respond: Any) -> None:
        ack()
        respond(delete_original=True)

    connect()
    private = client.chat_postEphemeral(channel=DATA_ENG, user="U0BOB", text="a", blocks=CARD)
    second = client.chat_postEphemeral(channel=DATA_ENG, user="U0BOB", text="b", blocks=CARD)
    slack.click("bob", "#data-eng", private["message_ts"], "stop")
    slack.click("bob", "#data-eng", second["message_ts"], "dismiss")

    slack.wait_until(lambda: len(slack.ephemerals("bob")) == 1)
    (left,) = slack.ephemerals("bob")
    assert (left["ts"], left["text"]) == (private["message_ts"], "Stopped.")
    assert "blocks" not in left
    assert bodies[0]["container"]["is_ephemeral"] is True
    assert "message" not in bodies[0]


def test_a_response_url_works_five_times_even_without_the_bot_in_the_channel(
    slack: SlackSandbox, app: App, connect: Connect
) -> None:
    addresses: list[str] = []

    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        addresses.append(command["response_url"])
        ack()

    connect()
    slack.say("alice", "#finance", "/odps help")
    webhook = WebhookClient(addresses[0])
    refused = webhook.send(blocks=[{"type": "header"}])
    answers = [webhook.send(text=str(number)) for number in range(4)]
    public = webhook.send(text="for all", response_type="in_channel")
    sixth = webhook.send(text="too many")

    assert (refused.status_code, "invalid_blocks" in refused.body) == (400, True)
    assert [answer.status_code for answer in [*answers, public, sixth]] == [200] * 5 + [404]
    assert sixth.body == '{"ok": false, "error": "used_url"}'
    shown = [(m["text"], m.get("visible_to")) for m in slack.messages("#finance")]
    assert shown == [(str(number), "U0ALICE") for number in range(4)] + [("for all", None)]


def test_the_response_url_of_a_command_replaces_nothing(
    slack: SlackSandbox, app: App, connect: Connect
) -> None:
    """As with Slack, where only the response_url of a click has an original.

    https://github.com/slackapi/bolt-python/issues/1268
    """
    addresses: list[str] = []

    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        addresses.append(command["response_url"])
        ack("asking …")

    connect()
    slack.say("alice", "#data-eng", "/odps list")
    WebhookClient(addresses[0]).send(text="the list", replace_original=True)

    assert [entry["text"] for entry in slack.ephemerals("alice")] == ["asking …", "the list"]


def test_a_response_url_expires(
    slack: SlackSandbox, app: App, connect: Connect, clock: Any
) -> None:
    addresses: list[str] = []

    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        addresses.append(command["response_url"])
        ack()

    connect()
    slack.say("alice", "#data-eng", "/odps help")
    clock.ahead = timedelta(minutes=31)
    late = WebhookClient(addresses[0]).send(text="late")

    assert (late.status_code, late.body) == (404, '{"ok": false, "error": "expired_url"}')
