"""The address of a workspace: Slack says it once, and it leads to the messages there."""

from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from slack_sdk import WebClient

from odps_bot.runs import Run
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.slack.api.calls import request
from odps_bot.slack.errors import SlackError, UnreachableError
from odps_bot.slack.workspace_urls import WorkspaceUrls
from odps_bot.store import keys

CHANNEL, DIRECT = "C0DATAENG1", "D0ALICEODPS"


class Workspace:
    """Counts how often Slack is asked who we are."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked = 0

    def identity(self) -> object:
        self.asked += 1
        if isinstance(self.answer, SlackError):
            raise self.answer
        return self.answer


@pytest.fixture
def acme() -> Workspace:
    return Workspace({"ok": True, "url": "https://acme.slack.com/"})


def test_slack_is_asked_once_for_all_processes(redis: Redis, acme: Workspace) -> None:
    urls = [WorkspaceUrls(redis), WorkspaceUrls(redis)]

    assert [url.of("T1", acme) for url in urls * 2] == ["https://acme.slack.com"] * 4
    assert acme.asked == 1


def test_each_workspace_has_its_own(redis: Redis, acme: Workspace) -> None:
    urls = WorkspaceUrls(redis)
    other = Workspace({"url": "https://acme-group.enterprise.slack.com/"})

    assert urls.of("T1", acme) == "https://acme.slack.com"
    assert urls.of("T2", other) == "https://acme-group.enterprise.slack.com"


@pytest.mark.parametrize(
    "answer",
    [
        UnreachableError("auth.test", "no_response", reason="?", may_have_happened=False),
        {"ok": True},
        {"ok": True, "url": 7},
        {"ok": True, "url": "javascript:alert(1)"},
        {"ok": True, "url": "https://acme.slack.com/|r1> <!channel>"},
        [],
    ],
)
def test_without_an_address_slack_is_left_alone_for_some_minutes(
    redis: Redis, answer: Any, acme: Workspace
) -> None:
    urls, silent = WorkspaceUrls(redis), Workspace(answer)

    assert [urls.of("T1", silent), urls.of("T1", silent)] == ["", ""]
    assert silent.asked == 1
    redis.delete(keys.workspace_url("T1"))
    assert urls.of("T1", acme) == "https://acme.slack.com"


def test_the_link_is_the_one_that_slack_gives(
    redis: Redis, make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with SlackSandbox(limits_enabled=False) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        gateway = SimpleNamespace(identity=lambda: request(client, "auth.test", {}, form=True))
        url = WorkspaceUrls(redis).of("T1", gateway)
        for channel in (CHANNEL, DIRECT):
            first = client.chat_postMessage(channel=channel, text="a card")["ts"]
            reply = client.chat_postMessage(channel=channel, text="more", thread_ts=first)["ts"]
            for card_ts, thread_ts in ((first, None), (reply, first)):
                run: Run = make_run(
                    channel_id=channel, card_ts=card_ts, thread_ts=thread_ts, workspace_url=url
                )
                official = client.chat_getPermalink(channel=channel, message_ts=card_ts)

                assert run.card_url == official["permalink"]
