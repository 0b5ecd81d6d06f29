"""Channels that are renamed, made private, archived and deleted."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackApp, SlackSandbox
from odps_bot.sandbox.slack.errors import SlackError

DATA_ENG = "C0DATAENG1"
EVENTS = (
    "channel_rename",
    "channel_archive",
    "channel_unarchive",
    "channel_deleted",
    "channel_left",
    "group_rename",
    "member_joined_channel",
)


@pytest.fixture
def subscribed(make_slack: Any) -> SlackSandbox:
    slack: SlackSandbox = make_slack(app=SlackApp(events=EVENTS), event_retries=())
    return slack


def error(slack: SlackSandbox, channel: str) -> str:
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=channel, text="a")
    return str(refused.value.response["error"])


def events(slack: SlackSandbox, count: int) -> list[dict[str, Any]]:
    log = slack._workspace.traffic._exchanges

    def outgoing() -> list[dict[str, Any]]:
        return [entry.request["event"] for entry in log if entry.direction == "out"]

    slack.wait_until(lambda: len(outgoing()) >= count)
    return outgoing()


def test_a_new_channel_has_the_bot_and_everybody(subscribed: SlackSandbox) -> None:
    client = WebClient(subscribed.bot_token, base_url=subscribed.api_url)
    channel = subscribed.create_channel("#nightly")

    client.chat_postMessage(channel=channel, text="hello")
    subscribed.say("bob", "#nightly", "hello, bot")

    assert [message["text"] for message in subscribed.messages(channel)] == ["hello", "hello, bot"]
    for name, code in (("nightly", "name_taken"), ("Nightly 2", "invalid_name")):
        with pytest.raises(SlackError, match=code):
            subscribed.create_channel(name)


def test_a_call_about_another_channel_is_not_affected_by_a_fault(subscribed: SlackSandbox) -> None:
    other = subscribed.create_channel("nightly")
    subscribed.faults.add(
        method="*", kind="error", times=None, code="fatal_error", channel=DATA_ENG
    )

    WebClient(subscribed.bot_token, base_url=subscribed.api_url).chat_postMessage(
        channel=other, text="a"
    )
    assert error(subscribed, DATA_ENG) == "fatal_error"


def test_a_renamed_channel_keeps_its_id(subscribed: SlackSandbox) -> None:
    client = WebClient(subscribed.bot_token, base_url=subscribed.api_url)
    subscribed.rename("#data-eng", "data-platform")

    (event,) = events(subscribed, 1)
    assert (event["type"], event["channel"]["id"]) == ("channel_rename", DATA_ENG)
    assert event["channel"]["name"] == "data-platform"
    assert client.conversations_info(channel=DATA_ENG)["channel"]["name"] == "data-platform"
    assert client.chat_postMessage(channel=DATA_ENG, text="a")["ok"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("random", "name_taken"),
        ("With Blank", "invalid_name"),
        ("", "invalid_name"),
        ("x" * 81, "invalid_name"),
    ],
)
def test_invalid_and_taken_channel_names_are_refused(
    slack: SlackSandbox, name: str, error: str
) -> None:
    with pytest.raises(Exception, match=error):
        slack.rename("#data-eng", name)


def test_a_channel_made_private_stays_visible_to_a_member_bot(subscribed: SlackSandbox) -> None:
    client = WebClient(subscribed.bot_token, base_url=subscribed.api_url)
    subscribed.make_private("#data-eng")
    subscribed.make_private("#random")
    subscribed.rename("#data-eng", "data-secret")

    (renamed,) = events(subscribed, 1)
    assert client.chat_postMessage(channel=DATA_ENG, text="a")["ok"]
    assert client.conversations_info(channel=DATA_ENG)["channel"]["is_private"] is True
    assert error(subscribed, "C0RANDOM01") == "channel_not_found"
    assert renamed["type"] == "group_rename"
    assert subscribed.messages(DATA_ENG)[0]["subtype"] == "channel_convert_to_private"


def test_archived_and_deleted_channels_refuse_posts(subscribed: SlackSandbox) -> None:
    subscribed.archive("#data-eng")
    archived = error(subscribed, DATA_ENG)
    subscribed.archive("#data-eng", archived=False)
    subscribed.archive("#data-eng", archived=False)
    subscribed.delete_channel("#data-eng")

    assert archived == "is_archived"
    assert error(subscribed, DATA_ENG) == "channel_not_found"
    assert [event["type"] for event in events(subscribed, 3)] == [
        "channel_archive",
        "channel_unarchive",
        "channel_deleted",
    ]


def test_a_removed_bot_gets_an_event_and_can_no_longer_post(subscribed: SlackSandbox) -> None:
    subscribed.kick("#data-eng")
    refused = error(subscribed, DATA_ENG)
    subscribed.invite("bob", "#data-eng")

    left, joined = events(subscribed, 2)
    assert refused == "not_in_channel"
    assert (left["type"], left["channel"]) == ("channel_left", DATA_ENG)
    assert (joined["type"], joined["inviter"]) == ("member_joined_channel", "U0BOB")
