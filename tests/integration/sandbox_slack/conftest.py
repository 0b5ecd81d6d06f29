"""A running Slack and real clients for it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient

from odps_bot.sandbox.slack import Shortcut, SlackApp, SlackSandbox


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
def app(slack: SlackSandbox, make_app: Callable[[SlackSandbox], App]) -> App:
    """A Bolt app, to which a test adds listeners before it calls `connect`."""
    return make_app(slack)


@pytest.fixture
def connect(
    slack: SlackSandbox, app: App, make_slack: Callable[..., SlackSandbox]
) -> Iterator[Callable[..., None]]:
    """Return a function that connects the app, or another app of another Slack, by Socket Mode."""
    connected: list[tuple[SlackSandbox, SocketModeHandler]] = []

    def connect(to: SlackSandbox = slack, whose: App = app) -> None:
        said_hello = threading.Event()
        handler = SocketModeHandler(whose, to.app_token)
        handler.client.on_message_listeners.append(lambda _session, _text: said_hello.set())
        connected.append((to, handler))
        handler.connect()
        assert said_hello.wait(10)

    yield connect
    for to, handler in connected:
        end(to, handler)


def end(slack: SlackSandbox, handler: SocketModeHandler) -> None:
    """End a client; by itself it may sleep for ten seconds over a socket that it closed."""
    ended = threading.Event()
    handler.client.auto_reconnect_enabled = False
    handler.client.on_close_listeners.append(lambda _session: ended.set())
    slack.disconnect_sockets(abrupt=True)
    ended.wait(5)
    handler.close()


@pytest.fixture
def make_app() -> Callable[[SlackSandbox], App]:
    """Return a function that makes a Bolt app for a Slack."""

    def make(slack: SlackSandbox) -> App:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        return App(
            client=client,
            signing_secret=slack.signing_secret,
            process_before_response=True,
            raise_error_for_unhandled_request=False,
        )

    return make


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


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[App], str]]:
    """Return a function that serves a Bolt app and returns its address."""
    servers = []

    def serve(app: App) -> str:
        handler = SlackRequestHandler(app, path="/slack/events")
        server = make_server("127.0.0.1", 0, handler, handler_class=QuietHandler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/slack/events"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@dataclass
class Link:
    """A Slack and a Bolt app that gets to hear of it once it is connected."""

    slack: SlackSandbox
    app: App
    client: WebClient
    connect: Callable[[], None]


@pytest.fixture(params=["socket", "http"])
def link(
    request: pytest.FixtureRequest,
    make_slack: Callable[..., SlackSandbox],
    make_app: Callable[[SlackSandbox], App],
    clock: MovableClock,
) -> Link:
    """A Slack and an app, once by Socket Mode and once by signed HTTP, with shortcuts."""
    known = SlackApp(
        shortcuts=(
            Shortcut(callback_id="new_run", name="Run SQL"),
            Shortcut(callback_id="run_this", name="Run as SQL", kind="message"),
        )
    )
    slack = make_slack(delivery=request.param, app=known, clock=clock)
    app = make_app(slack)

    def connect() -> None:
        if request.param == "http":
            slack.set_request_url(request.getfixturevalue("serve")(app))
        else:
            request.getfixturevalue("connect")(slack, app)

    return Link(slack, app, WebClient(slack.bot_token, base_url=slack.api_url), connect)
