"""chat.* through the real SDK."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackSandbox

DATA_ENG = "C0DATAENG1"
BUTTONS = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "stop",
                "text": {"type": "plain_text", "text": "Stop"},
                "value": "r42",
            }
        ],
    }
]


def error_of(call: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(call.value.response["error"])


def test_a_posted_message_is_answered_as_slack_does_and_seen_by_everybody(
    slack: SlackSandbox, client: WebClient
) -> None:
    answer = client.chat_postMessage(channel=DATA_ENG, text="hello", blocks=BUTTONS)

    assert answer["ok"] is True
    assert answer["channel"] == DATA_ENG
    assert answer["message"]["text"] == "hello"
    assert answer["message"]["bot_id"] == "B0ODPSBOT"
    assert answer["message"]["bot_profile"]["name"] == "odps-bot"
    assert answer["message"]["ts"] == answer["ts"]
    assert answer["message"]["blocks"][0]["block_id"]
    assert [message["ts"] for message in slack.messages("#data-eng")] == [answer["ts"]]


def test_what_has_no_ids_of_the_apps_own_is_known(slack: SlackSandbox, client: WebClient) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Stop"}}
    named = {**button, "action_id": "stop"}
    for number, (block_id, element) in enumerate([("row", named), ("", named), ("own", button)]):
        block = {"type": "actions", "elements": [element]} | (
            {"block_id": block_id} if block_id else {}
        )
        client.chat_postMessage(channel=DATA_ENG, text=str(number), blocks=[block])

    [without_block, without_action] = slack.elements_with_made_up_ids()
    assert without_block["action_id"] == "stop"
    assert without_action["action_id"] != "stop"


def test_a_channel_can_be_named_by_its_name_or_by_a_person(
    slack: SlackSandbox, client: WebClient
) -> None:
    client.chat_postMessage(channel="#analytics", text="a")
    answer = client.chat_postMessage(channel="U0BOB", text="b")

    assert [message["text"] for message in slack.messages("analytics")] == ["a"]
    assert answer["channel"] == "D0BOBODPS"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0RANDOM01", "not_in_channel"),
        ("C0FINANCE1", "channel_not_found"),
        ("C0NOWHERE0", "channel_not_found"),
        ("U0NOBODY", "channel_not_found"),
        ("", "channel_not_found"),
    ],
)
def test_posting_is_refused_outside_of_the_bots_channels(
    client: WebClient, channel: str, error: str
) -> None:
    with pytest.raises(SlackApiError) as call:
        client.chat_postMessage(channel=channel, text="hello")

    assert error_of(call) == error


def test_an_archived_channel_refuses_posts_and_updates(
    slack: SlackSandbox, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="a")["ts"]
    slack.archive(DATA_ENG)

    with pytest.raises(SlackApiError) as post:
        client.chat_postMessage(channel=DATA_ENG, text="hello")
    with pytest.raises(SlackApiError) as edit:
        client.chat_update(channel=DATA_ENG, ts=ts, text="b")

    assert error_of(post) == "is_archived"
    assert error_of(edit) == "is_inactive"


def test_an_invited_bot_can_post(slack: SlackSandbox, client: WebClient) -> None:
    assert slack.say("bob", "#random", "/invite @odps").ok

    assert client.chat_postMessage(channel="C0RANDOM01", text="hello")["ok"]

    slack.kick("#random")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        client.chat_postMessage(channel="C0RANDOM01", text="hello")


@pytest.mark.parametrize("content", [{}, {"text": ""}, {"text": " \n"}, {"blocks": []}])
def test_messages_without_content_are_refused(
    client: WebClient, content: dict[str, object]
) -> None:
    with pytest.raises(SlackApiError) as call:
        client.api_call("chat.postMessage", json={"channel": DATA_ENG, **content})

    assert error_of(call) == "no_text"


def test_invalid_blocks_are_refused_with_json_pointers(client: WebClient) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}

    with pytest.raises(SlackApiError) as call:
        client.chat_postMessage(channel=DATA_ENG, text="a", blocks=[section])

    errors = [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    assert call.value.response.data == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": errors,
        "response_metadata": {"messages": [f"[ERROR] {error}" for error in errors]},
    }


def test_blocks_with_too_much_text_together_are_refused(client: WebClient) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}

    with pytest.raises(SlackApiError) as call:
        client.chat_postMessage(channel=DATA_ENG, text="a", blocks=[section] * 5)

    assert error_of(call) == "msg_blocks_too_long"


def test_a_long_text_becomes_several_messages(slack: SlackSandbox, client: WebClient) -> None:
    client.chat_postMessage(channel=DATA_ENG, text="x" * 4_041)

    assert [len(message["text"]) for message in slack.messages(DATA_ENG)] == [4_000, 41]


def test_a_very_long_text_is_truncated_with_a_warning(
    slack: SlackSandbox, client: WebClient
) -> None:
    answer = client.chat_postMessage(channel=DATA_ENG, text="x" * 40_001)

    assert answer["warning"] == "message_truncated"
    assert sum(len(message["text"]) for message in slack.messages(DATA_ENG)) == 40_000


def test_markdown_text_excludes_text_and_blocks(slack: SlackSandbox, client: WebClient) -> None:
    client.chat_postMessage(channel=DATA_ENG, markdown_text="# hi")

    with pytest.raises(SlackApiError) as call:
        client.chat_postMessage(channel=DATA_ENG, markdown_text="# hi", text="hi")

    assert slack.messages(DATA_ENG)[0]["blocks"][0]["type"] == "markdown"
    assert error_of(call) == "markdown_text_conflict"


def test_an_update_replaces_text_and_blocks(slack: SlackSandbox, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="a", blocks=BUTTONS)["ts"]

    only_blocks = {"channel": DATA_ENG, "ts": ts, "blocks": [{"type": "divider"}]}
    client.api_call("chat.update", json=only_blocks)
    with_blocks = slack.messages(DATA_ENG)
    answer = client.chat_update(channel=DATA_ENG, ts=ts, text="b", blocks=[])

    assert [(m["text"], m["blocks"][0]["type"]) for m in with_blocks] == [("a", "divider")]
    assert answer["text"] == "b"
    assert [message["text"] for message in slack.messages(DATA_ENG)] == ["b"]
    assert "blocks" not in slack.messages(DATA_ENG)[0]
    assert slack.messages(DATA_ENG)[0]["edited"]["user"] == "U0ODPSBOT"


@pytest.mark.parametrize("name", ["blocks", "attachments"])
def test_an_update_keeps_absent_fields_and_an_empty_array_removes_them(
    slack: SlackSandbox, client: WebClient, name: str
) -> None:
    content = {"blocks": BUTTONS, "attachments": [{"text": "attached"}]}
    ts = client.chat_postMessage(channel=DATA_ENG, text="a", **content)["ts"]
    before = slack.messages(DATA_ENG)[0]

    client.api_call("chat.update", json={"channel": DATA_ENG, "ts": ts, "text": "b"})
    retained = slack.messages(DATA_ENG)[0]
    client.api_call("chat.update", json={"channel": DATA_ENG, "ts": ts, "text": "c", name: []})
    removed = slack.messages(DATA_ENG)[0]

    (other,) = {"blocks", "attachments"} - {name}
    assert retained["text"] == "b"
    assert (retained[name], retained[other]) == (before[name], before[other])
    assert removed["text"] == "c"
    assert name not in removed
    assert removed[other] == before[other]


def test_updates_of_others_and_missing_messages_are_refused(
    slack: SlackSandbox, client: WebClient
) -> None:
    alices = slack.say("alice", "#data-eng", "hello").ts
    private = client.chat_postEphemeral(channel=DATA_ENG, user="U0ALICE", text="psst")["message_ts"]
    own = client.chat_postMessage(channel=DATA_ENG, text="a")["ts"]
    attempts = {
        "cant_update_message": {"ts": alices, "text": "b"},
        "message_not_found": {"ts": private, "text": "b"},
        "msg_too_long": {"ts": own, "text": "x" * 4_001},
        "no_text": {"ts": own},
    }

    errors = []
    for arguments in attempts.values():
        with pytest.raises(SlackApiError) as call:
            client.api_call("chat.update", json={"channel": DATA_ENG, **arguments})
        errors.append(error_of(call))

    assert errors == list(attempts)


def test_an_ephemeral_message_is_visible_to_one_member_only(
    slack: SlackSandbox, client: WebClient
) -> None:
    answer = client.chat_postEphemeral(channel=DATA_ENG, user="U0ALICE", text="psst")

    assert [message["ts"] for message in slack.ephemerals("alice")] == [answer["message_ts"]]
    assert slack.ephemerals("bob") == []
    assert client.conversations_history(channel=DATA_ENG)["messages"] == []
    with pytest.raises(SlackApiError) as call:
        client.chat_postEphemeral(channel="D0BOBODPS", user="U0ALICE", text="psst")
    assert error_of(call) == "user_not_in_channel"


def test_replies_form_a_thread(slack: SlackSandbox, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]

    reply = client.chat_postMessage(channel=DATA_ENG, text="done", thread_ts=ts)
    slack.say("bob", "#data-eng", "thanks", thread_ts=ts)

    assert reply["message"]["thread_ts"] == ts
    assert [message["text"] for message in slack.thread(DATA_ENG, ts)] == ["done", "thanks"]
    replies = client.conversations_replies(channel=DATA_ENG, ts=ts)["messages"]
    assert [message["text"] for message in replies] == ["card", "done", "thanks"]
    assert replies[0]["reply_count"] == 2
    history = client.conversations_history(channel=DATA_ENG)["messages"]
    assert [message["text"] for message in history] == ["card"]


def test_a_reply_to_a_deleted_parent_is_posted_in_the_channel(
    slack: SlackSandbox, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]
    client.chat_delete(channel=DATA_ENG, ts=ts)

    answer = client.chat_postMessage(channel=DATA_ENG, text="done", thread_ts=ts)

    assert "thread_ts" not in answer["message"]
    assert [message["text"] for message in slack.messages(DATA_ENG)] == ["done"]


def test_a_deleted_parent_with_replies_leaves_a_tombstone(
    slack: SlackSandbox, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]
    client.chat_postMessage(channel=DATA_ENG, text="one", thread_ts=ts)

    client.chat_delete(channel=DATA_ENG, ts=ts)
    late = client.chat_postMessage(channel=DATA_ENG, text="two", thread_ts=ts)

    assert [message.get("subtype") for message in slack.messages(DATA_ENG)] == [
        "tombstone",
        None,
        None,
    ]
    assert "thread_ts" not in late["message"]
    with pytest.raises(SlackApiError) as call:
        client.chat_update(channel=DATA_ENG, ts=ts, text="b")
    assert error_of(call) == "message_not_found"


def test_only_own_messages_can_be_deleted(slack: SlackSandbox, client: WebClient) -> None:
    alices = slack.say("alice", "#data-eng", "hello").ts

    with pytest.raises(SlackApiError) as call:
        client.chat_delete(channel=DATA_ENG, ts=str(alices))

    assert error_of(call) == "cant_delete_message"


def test_metadata_is_returned_on_request(client: WebClient) -> None:
    metadata = {"event_type": "run", "event_payload": {"run_id": "0a1b2c"}}
    client.chat_postMessage(channel=DATA_ENG, text="a", metadata=metadata)

    plain = client.conversations_history(channel=DATA_ENG)["messages"]
    full = client.conversations_history(channel=DATA_ENG, include_all_metadata=True)["messages"]

    assert "metadata" not in plain[0]
    assert full[0]["metadata"] == metadata


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ([], "invalid_metadata_format"),
        ({"event_type": "run"}, "invalid_metadata_schema"),
        (
            {"event_type": "run", "event_payload": {"sql": "x" * 20_000}},
            "metadata_too_large",
        ),
    ],
)
def test_invalid_metadata_is_refused(client: WebClient, metadata: object, error: str) -> None:
    with pytest.raises(SlackApiError) as call:
        client.api_call(
            "chat.postMessage", json={"channel": DATA_ENG, "text": "a", "metadata": metadata}
        )

    assert error_of(call) == error


def test_a_message_has_a_permalink(slack: SlackSandbox, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="a")["ts"]

    answer = client.chat_getPermalink(channel=DATA_ENG, message_ts=ts)

    assert answer["permalink"] == f"{slack.url}/archives/{DATA_ENG}/p{ts.replace('.', '')}"
    with pytest.raises(SlackApiError, match="message_not_found"):
        client.chat_getPermalink(channel=DATA_ENG, message_ts="1.000000")


def test_an_icon_button_is_usable_only_by_its_visible_to_user_ids(
    slack: SlackSandbox, client: WebClient
) -> None:
    trash = {
        "type": "icon_button",
        "icon": "trash",
        "action_id": "forget",
        "text": {"type": "plain_text", "text": "Delete"},
        "visible_to_user_ids": ["U0BOB"],
    }
    blocks = [{"type": "context_actions", "elements": [trash]}]
    ts = client.chat_postMessage(channel=DATA_ENG, text="rows", blocks=blocks)["ts"]

    assert slack.click("alice", DATA_ENG, ts, "forget").error == "action_not_found"
    assert slack.click("bob", DATA_ENG, ts, "forget").error == "app_not_connected"
