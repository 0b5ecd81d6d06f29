"""A bot that hears a Slack, by either way of delivery; there is no worker behind it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from redis import Redis
from slack_bolt import App
from waitress.channel import HTTPChannel
from waitress.server import create_server

from odps_bot.app import create_app
from odps_bot.config.rules import Role, Rules
from odps_bot.config.settings import Settings
from odps_bot.listeners.http_delivery import PATH, SlackEndpoint
from odps_bot.manifest import manifest
from odps_bot.messages import Message
from odps_bot.runs import Run
from odps_bot.sandbox.slack import SlackApp, SlackSandbox
from odps_bot.services import Services
from odps_bot.slack.socket_mode import SocketModeClient
from tests.patience import SLACK_WAITS

NOWHERE = "http://127.0.0.1:9"
TEAM = "T0SANDBOX1"
CHANNEL = "C0DATAENG1"
ALICE, BOB = "U0ALICE", "U0BOB"


@dataclass
class Desk:
    """What people do in Slack, and what the bot makes of it."""

    slack: SlackSandbox
    services: Services
    channel: str = CHANNEL

    def runs(self) -> list[Run]:
        """Return all runs, the newest first."""
        return self.services.stores.runs.open_runs(TEAM, limit=100)

    def newest_run(self) -> Run:
        """Return the newest run."""
        return self.runs()[0]

    def form(self, user: str = ALICE) -> dict[str, Any]:
        """Return the modal that somebody sees."""
        [view] = self.slack.views(user)
        return view

    def fields(self, user: str = ALICE) -> dict[str, Any]:
        """Return the elements of the modal that somebody sees."""
        blocks = self.form(user)["blocks"]
        return {block["block_id"]: block["element"] for block in blocks if "element" in block}

    def post(self, channel: str, message: Message, thread_ts: str | None = None) -> str:
        """Let the bot say something; return its ts."""
        messages = self.services.slack.gateway._messages
        return messages.post(channel, message, thread_ts=thread_ts, label={})

    def submit(self, user: str = ALICE, **values: Any) -> Any:
        """Fill in the modal and submit it; return the errors that are shown, if any."""
        delivery = self.slack.submit_view(user, self.form(user)["id"], values)
        assert delivery.ok, delivery
        return (delivery.ack or {}).get("errors")

    def file(self, name: str, content: str | bytes, user: str = ALICE) -> str:
        """Let somebody share a file; return its id."""
        ts = self.slack.share_file(user, self.channel, name, content).ts
        [message] = [m for m in self.slack.messages(self.channel) if m["ts"] == ts]
        return str(message["files"][0]["id"])

    def answers(self) -> list[str]:
        """Return the private answers that wait to be given, and take them."""
        entries = self.services.stores.outbox.claim(limit=100, lease=timedelta(minutes=1))
        ids = [
            str(entry).partition(":")[2] for entry in entries if str(entry).startswith("ephemeral:")
        ]
        return [self._text(interaction_id) for interaction_id in ids]

    def wait_for_answer(self) -> str:
        """Wait for a private answer, and take it."""
        found: list[str] = []
        self.slack.wait_until(lambda: found.extend(self.answers()) or found)
        return found[0]

    def wait_for_run(self, sql: str) -> Run:
        """Wait until a run of this statement is kept."""
        return self.slack.wait_until(lambda: next((r for r in self.runs() if r.sql == sql), None))

    def wait_until_heard(self, count: int = 1) -> None:
        """Wait until so many events were acknowledged."""
        self.slack.wait_until(lambda: self.acknowledged_events() >= count)

    def acknowledged_events(self) -> int:
        """Return how many events the bot has taken."""
        names = ("app_mention", "message")
        return sum(e["ok"] and e["method"] in names for e in self.slack.traffic())

    def _text(self, interaction_id: str) -> str:
        message, *_ = self.services.stores.ephemeral_replies.answer(interaction_id)
        assert isinstance(message, Message)
        return message.text


@pytest.fixture
def delivery() -> str:
    """How Slack reaches the bot: by HTTP, which connects sooner, unless a test tries both."""
    return "http"


@pytest.fixture
def ack_timeout() -> timedelta:
    """How long Slack waits for an acknowledgement, before it sends an event again."""
    return SLACK_WAITS


@pytest.fixture
def desk(
    delivery: Literal["http", "socket"],
    ack_timeout: timedelta,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """A bot in a workspace."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    slack = SlackSandbox(
        app=SlackApp.from_manifest(manifest()),
        delivery=delivery,
        ack_timeout=ack_timeout,
        event_retries=(timedelta(milliseconds=50),) * 3,
        limits_enabled=False,
    )
    with slack:
        services = _services(slack, redis)
        hears = _by_socket if delivery == "socket" else _by_http
        with hears(create_app(services), slack):
            yield Desk(slack, services)
            assert slack.elements_with_made_up_ids() == []


@contextmanager
def _by_socket(app: App, slack: SlackSandbox) -> Iterator[None]:
    client = SocketModeClient(app, slack.app_token, connections=2)
    client.start()
    assert client.wait_for_outcome(threading.Event()) is None
    yield
    client.close(timedelta(seconds=5))


@contextmanager
def _by_http(app: App, slack: SlackSandbox) -> Iterator[None]:
    connections: dict[int, Any] = {}
    endpoint = SlackEndpoint(app)
    server = create_server(endpoint, connections, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    slack.set_request_url(f"http://127.0.0.1:{server.effective_port}{PATH}")
    yield
    # Slack hangs up first, so that the server is left with nothing to close.
    slack.stop()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _channels(connections):
        time.sleep(0.01)
    server.task_dispatcher.shutdown(timeout=5)
    # In the thread that waits for what is closed here.
    server.trigger.pull_trigger(server.close)
    thread.join(5)


def _channels(connections: dict[int, Any]) -> list[HTTPChannel]:
    return [c for c in list(connections.values()) if isinstance(c, HTTPChannel)]


def _services(slack: SlackSandbox, redis: Redis) -> Services:
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "REDIS_URL": "redis://given-below",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "ODPS_ENDPOINT": f"{NOWHERE}/api",
        "ODPS_PROJECTS": "sandbox,analytics",
    }
    built = Services.from_settings(Settings.from_environ(environ), redis=redis)
    # Everybody may do everything: rights have tests of their own.
    return replace(built, rules=Rules(default_role=Role.ADMIN))
