"""Answers to response addresses act on the message that was used, whoever sees it."""

from typing import Any

from slack_sdk.webhook import WebhookClient

from .conftest import Link

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
            }
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
