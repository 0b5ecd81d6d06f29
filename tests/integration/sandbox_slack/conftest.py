"""A running Slack and real clients for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from odps_bot.sandbox.slack import SlackApp, SlackSandbox


@dataclass
class MovableClock:
    """The present, and as much later as a test wants."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK reads proxy variables even for this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def slack(clock: MovableClock) -> Iterator[SlackSandbox]:
    with SlackSandbox(clock=clock, limits_enabled=False) as slack:
        yield slack


@pytest.fixture
def client(slack: SlackSandbox) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url)


@pytest.fixture
def app(client: WebClient) -> App:
    """A Bolt app, to which a test adds listeners before it calls `connect`."""
    return App(client=client, process_before_response=True, raise_error_for_unhandled_request=False)


@pytest.fixture
def connect(slack: SlackSandbox, app: App) -> Iterator[Callable[[], SocketModeHandler]]:
    """Return a function that connects the app by Socket Mode."""
    handlers: list[SocketModeHandler] = []

    def connect() -> SocketModeHandler:
        handler = SocketModeHandler(app, slack.app_token)
        handlers.append(handler)
        handler.connect()
        slack.wait_until(lambda: slack.is_app_connected)
        return handler

    yield connect
    for handler in handlers:
        handler.close()


@pytest.fixture
def make_slack() -> Iterator[Callable[..., SlackSandbox]]:
    """Return a function that starts a Slack with other options."""
    started: list[SlackSandbox] = []

    def make(**options: Any) -> SlackSandbox:
        slack = SlackSandbox(**{"limits_enabled": False, "app": SlackApp(), **options}).start()
        started.append(slack)
        return slack

    yield make
    for slack in started:
        slack.stop()
