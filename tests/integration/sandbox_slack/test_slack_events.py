"""Events of mentions, messages and their edits for an app that subscribed to them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackApp, SlackSandbox

from .conftest import Link

MakeSlack = Callable[..., SlackSandbox]

DATA_ENG = "C0DATAENG1"
NO_PAUSE = (timedelta(), timedelta())


def listen(link: Link, *events: str) -> list[dict[str, Any]]:
    """Return what the app is sent of these events, once it is connected."""
    received: list[dict[str, Any]] = []
    for event in events:

        @link.app.event(event)
        def heard(body: dict[str, Any]) -> None:
            received.append(body)

    return received


@pytest.fixture
def told(
    make_slack: MakeSlack,
) -> Callable[..., tuple[SlackSandbox, WebClient, Callable[..., Any]]]:
    """Return a function that starts a Slack whose app wants these events and takes none."""

    def start(*events: str) -> tuple[SlackSandbox, WebClient, Callable[..., Any]]:
        slack = make_slack(app=SlackApp(events=events), event_retries=())

        def wait_for(count: int) -> list[dict[str, Any]]:
            log = slack._workspace.traffic
            slack.wait_until(lambda: len(outgoing(log)) >= count)
            return outgoing(log)

        def outgoing(log: Any) -> list[dict[str, Any]]:
            entries = [entry for entry in log._exchanges if entry.direction == "out"]
            return [entry.request["event"] for entry in entries]

        return slack, WebClient(slack.bot_token, base_url=slack.api_url), wait_for

    return start


def test_a_mention_in_a_thread_has_its_thread_ts(link: Link) -> None:
    received = listen(link, "app_mention")

    link.connect()
    root = link.slack.say("alice", "#data-eng", "a card").ts
    link.slack.say("bob", "#data-eng", "@odps stop", thread_ts=root)
    link.slack.wait_until(lambda: received)

    (body,) = received
    event = body["event"]
    assert (event["type"], event["text"]) == ("app_mention", "<@U0ODPSBOT> stop")
    assert (event["user"], event["channel"], event["thread_ts"]) == ("U0BOB", DATA_ENG, root)
    assert event["ts"] == event["event_ts"]
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["user_id"] == "U0ODPSBOT"
    assert body["is_ext_shared_channel"] is False


def test_a_mention_in_a_channel_without_the_bot_sends_no_event(link: Link) -> None:
    received = listen(link, "app_mention")

    link.connect()
    link.slack.say("alice", "#random", "@odps hello?")
    link.slack.say("alice", "#finance", "@odps hello?")
    link.slack.say("alice", "#data-eng", "@odps here")
    link.slack.wait_until(lambda: received)

    assert [body["event"]["text"] for body in received] == ["<@U0ODPSBOT> here"]


def test_a_bot_that_answers_every_direct_message_does_not_answer_itself(link: Link) -> None:
    @link.app.event("message")
    def answer(event: dict[str, Any], client: WebClient) -> None:
        client.chat_postMessage(channel=event["channel"], text=f"you said {event['text']}")

    link.connect()
    link.slack.say("carol", "D0CAROLODPS", "hello")
    link.slack.wait_until(lambda: len(events_told(link.slack)) == 2)

    texts = [message["text"] for message in link.slack.messages("D0CAROLODPS")]
    assert texts == ["hello", "you said hello"]
    assert events_told(link.slack) == ["message", "message"]


def events_told(slack: SlackSandbox) -> list[str]:
    return [entry["method"] for entry in slack.traffic() if entry["direction"] == "out"]


def test_edits_and_deletions_are_events_of_their_own_for_those_who_subscribed(told: Any) -> None:
    slack, client, wait_for = told("message.channels")
    ts = slack.say("alice", "#data-eng", "selct 1").ts
    slack.edit("alice", "#data-eng", ts, "select 1")
    slack.delete("alice", "#data-eng", ts)
    own = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]
    client.chat_update(channel=DATA_ENG, ts=own, text="card, done")
    client.reactions_add(channel=DATA_ENG, timestamp=own, name="eyes")

    posted, edited, deleted, own_posted, own_edited = wait_for(5)

    assert (posted["text"], posted["channel_type"]) == ("selct 1", "channel")
    assert (edited["subtype"], edited["message"]["text"]) == ("message_changed", "select 1")
    assert edited["previous_message"]["text"] == "selct 1"
    assert edited["message"]["edited"]["user"] == "U0ALICE"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert own_posted["bot_id"] == "B0ODPSBOT"
    assert (own_edited["subtype"], own_edited["message"]["ts"]) == ("message_changed", own)


def test_without_a_subscription_no_event_is_sent(told: Any) -> None:
    slack, client, wait_for = told("app_mention")
    ts = slack.say("alice", "#data-eng", "hello").ts
    slack.edit("alice", "#data-eng", ts, "hello, everybody")
    client.chat_postMessage(channel=DATA_ENG, text="<@U0ODPSBOT>, I said")
    client.chat_postEphemeral(channel=DATA_ENG, user="U0BOB", text="<@U0ODPSBOT>")
    slack.say("bob", "D0BOBODPS", "@odps hello")
    slack.say("bob", "#data-eng", "@odps the only one")

    assert [event["text"] for event in wait_for(1)] == ["<@U0ODPSBOT> the only one"]


def test_a_subscription_without_its_scope_gets_no_events(make_slack: MakeSlack) -> None:
    events = ("app_mention", "message.im", "message.channels", "app_home_opened")
    slack = make_slack(app=SlackApp(events=events, scopes=("chat:write",)), event_retries=())

    slack.say("bob", "#data-eng", "@odps hello")
    slack.say("bob", "D0BOBODPS", "hello")
    slack.open_home("bob")
    slack.wait_until(slack.traffic)

    assert [entry["method"] for entry in slack.traffic()] == ["app_home_opened"]


def test_own_messages_only_can_be_edited_and_deleted(
    slack: SlackSandbox, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]

    with pytest.raises(Exception, match="cant_update_message"):
        slack.edit("alice", "#data-eng", ts, "mine")
    with pytest.raises(Exception, match="cant_delete_message"):
        slack.delete("alice", "#data-eng", ts)


def test_an_unacknowledged_event_is_retried_over_a_socket(
    make_slack: MakeSlack, make_app: Any, connect: Any
) -> None:
    slack = make_slack(event_retries=NO_PAUSE, ack_timeout=timedelta(seconds=0.3))
    app = make_app(slack)
    seen: list[tuple[str, str | None]] = []

    @app.middleware
    def take_the_second(body: dict[str, Any], request: Any) -> Any:
        number = request.headers.get("x-slack-retry-num", [None])[0]
        seen.append((body["event_id"], number))
        return BoltResponse(status=500 if number == "0" else 200)

    connect(slack, app)
    slack.say("alice", "#data-eng", "@odps hello")
    slack.wait_until(lambda: len(seen) == 2)

    assert len({event_id for event_id, _ in seen}) == 1
    assert [number for _, number in seen] == ["0", "1"]


def test_a_reply_can_be_ephemeral(slack: SlackSandbox, client: WebClient) -> None:
    root = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]

    client.chat_postEphemeral(channel=DATA_ENG, user="U0BOB", text="psst", thread_ts=root)

    (whisper,) = slack.ephemerals("bob")
    assert (whisper["thread_ts"], whisper["text"]) == (root, "psst")
    assert slack.thread(DATA_ENG, root) == []
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        client.chat_postEphemeral(channel=DATA_ENG, user="U0DANA", text="psst")
