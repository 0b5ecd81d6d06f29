"""Replies go to Slack's response_urls, and to no other address that a payload may name."""

import logging

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from odps_bot.messages import Message
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.api.response_urls import FOREIGN, is_response_url
from odps_bot.slack.errors import PlaceError

SLACK = "https://slack.com/api/"
LOCAL = "http://127.0.0.1:8055/api/"


@pytest.mark.parametrize(
    ("address", "api_url"),
    [
        ("https://hooks.slack.com/commands/T1/2/3", SLACK),
        ("https://hooks.slack.com:443/actions/T1/2/3", SLACK),
        ("https://hooks.slack.com/app/T1/2/3", LOCAL),
        ("https://hooks.slack-gov.com/commands/T1/2/3", "https://slack-gov.com/api/"),
        ("https://relay.example.com/commands/1", "https://relay.example.com/slack/api/"),
        ("http://127.0.0.1:8055/commands/T1/2/3", LOCAL),
    ],
)
def test_slack_is_replied_to(address: str, api_url: str) -> None:
    assert is_response_url(address, api_url=api_url)


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/commands/T1/2/3",
        "https://hooks.slack.com:8443/commands/T1/2/3",
        "https://hooks.slack.com.example.com/commands/T1/2/3",
        "https://example.com/hooks.slack.com/commands",
        "https://hooks.slack.com@example.com/commands",
        "https://us:er@hooks.slack.com/commands",
        "https://slack.com:8443/commands",
        "https://files.slack.com/commands",
        "http://169.254.169.254/latest/meta-data",
        "https://hooks.slack.com:port/commands",
        "file:///etc/passwd",
        "//hooks.slack.com/commands",
        "",
    ],
)
def test_nobody_else_is_replied_to(
    address: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(WebhookClient, "send_dict", lambda _self, body: sent.append(body))
    messages = SlackMessages(WebClient(base_url=SLACK))

    with (
        caplog.at_level(logging.WARNING, logger="odps_bot.slack.api.response_urls"),
        pytest.raises(PlaceError) as refused,
    ):
        messages.respond(address, Message("hello"))

    assert refused.value.code == FOREIGN
    assert sent == []
    [line] = caplog.records
    assert "commands" not in line.getMessage()
