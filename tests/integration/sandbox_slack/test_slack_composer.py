"""What people send besides plain messages, and the events that an app gets of it."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackApp, SlackSandbox

DATA_ENG = "C0DATAENG1"
SHARED = "C0SHAREDAC"
MENTION = "<@U0ODPSBOT>"
EVENTS = ("app_mention", "message.channels", "message.im", "file_shared")

Start = Callable[..., tuple[SlackSandbox, Callable[[int], list[dict[str, Any]]]]]


@pytest.fixture
def start(make_slack: Callable[..., SlackSandbox]) -> Start:
    """Return a function that starts a Slack and one that waits for so many events to an app."""

    def start(*events: str) -> tuple[SlackSandbox, Callable[[int], list[dict[str, Any]]]]:
        slack = make_slack(app=SlackApp(events=events or EVENTS), event_retries=())

        def wait_for(count: int) -> list[dict[str, Any]]:
            def sent() -> list[dict[str, Any]]:
                log = slack._workspace.traffic._exchanges
                return [entry.request["event"] for entry in log if entry.direction == "out"]

            slack.wait_until(lambda: len(sent()) >= count)
            return sent()

        return slack, wait_for

    return start


def test_a_message_has_rich_text_and_the_id_of_its_client(start: Start) -> None:
    slack, wait_for = start("app_mention")

    slack.say("alice", "#data-eng", "@odps run select *qty* from stock")

    (event,) = wait_for(1)
    assert event["text"] == f"{MENTION} run select *qty* from stock"
    (section,) = event["blocks"][0]["elements"]
    assert section["elements"] == [
        {"type": "user", "user_id": "U0ODPSBOT"},
        {"type": "text", "text": " run select "},
        {"type": "text", "text": "qty", "style": {"bold": True}},
        {"type": "text", "text": " from stock"},
    ]
    assert len(event["client_msg_id"]) == 36
    assert event["team"] == "T0SANDBOX1"


def test_rich_text_can_be_sent_as_it_is(slack: SlackSandbox) -> None:
    color = {"type": "color", "value": "#ff8800", "style": {"code": True}}
    section = {"type": "rich_text_section", "elements": [color]}

    slack.say("alice", "#data-eng", blocks=[{"type": "rich_text", "elements": [section]}])

    (message,) = slack.messages("#data-eng")
    assert (message["text"], message["blocks"][0]["elements"]) == ("`#ff8800`", [section])


def test_a_broadcast_reply_is_in_the_thread_and_in_the_channel(
    start: Start,
) -> None:
    slack, wait_for = start("app_mention", "message.channels")
    root = slack.say("alice", "#data-eng", "how many?").ts

    reply = slack.say("bob", "#data-eng", "@odps run select 1", root, is_broadcast=True).ts

    _root, posted, changed, mention = wait_for(4)
    assert (posted["subtype"], posted["root"]["ts"]) == ("thread_broadcast", root)
    assert posted["root"]["reply_count"] == 1
    assert (changed["subtype"], changed["message"]["ts"]) == ("message_changed", reply)
    assert (mention["type"], mention["subtype"]) == ("app_mention", "thread_broadcast")
    assert mention["thread_ts"] == root


def test_a_mention_that_an_edit_adds_is_sent_with_edited(start: Start) -> None:
    slack, wait_for = start("app_mention")
    ts = slack.say("alice", "#data-eng", "run select 1").ts
    assert ts

    slack.edit("alice", "#data-eng", ts, "@odps run select 1")
    slack.edit("alice", "#data-eng", ts, "@odps run select 2")
    slack.say("alice", "#data-eng", "@odps help")

    edited, last = wait_for(2)
    assert (edited["ts"], edited["edited"]["user"]) == (ts, "U0ALICE")
    assert edited["event_ts"] == edited["edited"]["ts"]
    assert edited["text"] == f"{MENTION} run select 1"
    assert last["text"] == f"{MENTION} help"


def test_an_edited_message_keeps_its_id_and_names_the_team(start: Start) -> None:
    slack, wait_for = start("message.channels")
    ts = slack.say("alice", "#data-eng", "selct 1").ts
    assert ts

    slack.edit("alice", "#data-eng", ts, "*select* 1")

    posted, event = wait_for(2)
    assert event["message"]["client_msg_id"] == posted["client_msg_id"]
    assert event["message"]["user_team"] == event["message"]["source_team"] == "T0SANDBOX1"
    assert event["message"]["blocks"] != event["previous_message"]["blocks"]


def test_me_messages_have_a_subtype_in_mentions_too(start: Start) -> None:
    slack, wait_for = start("app_mention", "message.channels")

    delivery = slack.say("alice", "#data-eng", "/me asks @odps")

    message, mention = wait_for(2)
    assert delivery.ts == message["ts"] == mention["ts"]
    assert (message["subtype"], mention["subtype"]) == ("me_message", "me_message")
    assert message["text"] == f"asks {MENTION}"
    assert "client_msg_id" not in message
    assert slack.say("alice", "#data-eng", "/me").error == "no_text"


def test_a_forwarded_message_is_an_attachment_with_its_blocks(start: Start) -> None:
    slack, wait_for = start("message.im")
    ts = slack.say("bob", "#data-eng", "try `select 1`").ts
    assert ts

    slack.forward("alice", "#data-eng", ts, "D0ALICEODPS", "see *this*")
    slack.forward("alice", "#data-eng", ts, "D0ALICEODPS")

    with_comment, without = wait_for(2)
    (attachment,) = with_comment["attachments"]
    assert with_comment["text"] == "see *this*"
    assert attachment["is_share"] is attachment["is_msg_unfurl"] is True
    assert (attachment["author_id"], attachment["text"]) == ("U0BOB", "try `select 1`")
    assert attachment["from_url"] == f"{slack.url}/archives/{DATA_ENG}/p{ts.replace('.', '')}"
    (inner,) = attachment["message_blocks"]
    assert inner["message"]["blocks"][0]["type"] == "rich_text"
    assert (without["text"], "blocks" in without) == ("", False)


def test_what_one_cannot_see_cannot_be_forwarded(slack: SlackSandbox) -> None:
    ts = slack.say("alice", "#finance", "secret").ts
    assert ts

    assert slack.forward("bob", "#finance", ts, "#data-eng").error == "channel_not_found"
    assert slack.forward("alice", "#finance", "1.000001", "#data-eng").error == "message_not_found"
    slack.archive("#analytics")
    assert slack.forward("alice", "#finance", ts, "#analytics").error == "is_archived"


def test_an_app_posts_on_behalf_of_a_person(start: Start) -> None:
    slack, wait_for = start("app_mention")

    slack.say("alice", "#data-eng", "@odps run select 1", is_through_app=True)

    (event,) = wait_for(1)
    assert (event["user"], event["bot_id"]) == ("U0ALICE", "B0OTHERAPP")
    assert event["bot_profile"]["name"]
    assert "client_msg_id" not in event


@pytest.mark.parametrize(
    ("name", "kind", "pretty"), [("", "sql", "SQL"), ("daily", "text", "Plain Text")]
)
def test_a_snippet_has_the_type_that_was_chosen(
    slack: SlackSandbox, client: WebClient, name: str, kind: str, pretty: str
) -> None:
    slack.share_file("bob", "#data-eng", name, "select 1", "look", snippet_type=kind)

    (message,) = slack.messages("#data-eng")
    (file,) = message["files"]
    assert (file["mode"], file["filetype"], file["pretty_type"]) == ("snippet", kind, pretty)
    assert (file["title"], file["editable"]) == (name or "Untitled", True)
    assert file["preview"] == "select 1"
    assert message["blocks"][0]["type"] == "rich_text"
    assert client.files_info(file=file["id"])["content"] == "select 1"


def test_files_of_shared_channels_come_as_stubs_in_events_only(start: Start) -> None:
    slack, wait_for = start("app_mention")
    client = WebClient(slack.bot_token, base_url=slack.api_url)

    slack.share_file("dana", SHARED, "a.sql", "select 1", "@odps run this")

    (event,) = wait_for(1)
    (stub,) = event["files"]
    assert stub["file_access"] == "check_file_info"
    assert "name" not in stub
    assert "url_private" not in stub
    history: Any = client.conversations_history(channel=SHARED)["messages"]
    assert history[0]["files"][0]["name"] == "a.sql"
    assert client.files_info(file=stub["id"])["file"]["name"] == "a.sql"


@pytest.mark.parametrize("is_hidden", [False, True])
def test_files_that_are_gone_leave_their_ids(
    slack: SlackSandbox, client: WebClient, is_hidden: bool
) -> None:
    ts = slack.share_file("bob", "#data-eng", "a.sql", "select 1", "look").ts
    assert ts
    (file,) = slack.messages("#data-eng")[0]["files"]

    slack.remove_files("bob", "#data-eng", ts, is_hidden=is_hidden)

    mode = "hidden_by_limit" if is_hidden else "tombstone"
    assert slack.messages("#data-eng")[0]["files"] == [{"id": file["id"], "mode": mode}]
    if is_hidden:
        assert client.files_info(file=file["id"])["file"]["mode"] == mode
    else:
        with pytest.raises(SlackApiError, match="file_deleted"):
            client.files_info(file=file["id"])
    with pytest.raises(Exception, match="file_not_found"):
        slack.remove_files("bob", "#data-eng", ts)
    with pytest.raises(Exception, match="cant_delete_file"):
        slack.remove_files("alice", "#data-eng", ts)
