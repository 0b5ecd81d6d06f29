"""A sandbox Slack, a small app of a test's own, and a browser at its page."""

import threading

import pytest
from playwright.sync_api import expect
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from odps_bot.sandbox.slack import Shortcut, SlackApp, SlackSandbox, SlashCommand
from tests.patience import PAGE_WAITS

from .kit import ALICE, CHANNEL

SHORTCUTS = (
    Shortcut(kind="global", callback_id="ask", name="Run SQL", description="In any project"),
    Shortcut(kind="global", callback_id="mine", name="My runs"),
    Shortcut(kind="message", callback_id="run_this", name="Run as SQL"),
)
TOUR = (
    {"title": "Run a query", "text": "Real rows.", "command": "/odps run select 1"},
    {
        "title": "Ask in a thread",
        "text": "Mention me.",
        "command": "@odps status",
        "place": "thread",
    },
    {"title": "See your runs", "text": "At my home.", "place": "home"},
    {"title": "Run SQL from a message", "text": "From its menu.", "place": "message"},
    {"title": "Start anywhere", "text": "The lightning.", "place": "shortcuts"},
    {"title": "Ask to write", "text": "Wait.", "command": "/odps run drop", "acts_as": "bob"},
    {
        "title": "Approve it",
        "text": "Read it first.",
        "place": "button",
        "button": "approve_run",
        "acts_as": "alice",
    },
    {
        "title": "Approve at Home",
        "text": "The first one.",
        "place": "home",
        "button": "approve_run",
        "acts_as": "carol",
    },
    {"title": "Write more", "text": "A form.", "command": "/odps run", "place": "modal"},
)


@pytest.fixture
def slack(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    commands = (SlashCommand(command="/odps", description="Run and follow MaxCompute jobs"),)
    app = SlackApp(commands=commands, shortcuts=SHORTCUTS)
    with SlackSandbox(limits_enabled=False, ack_timeout=PAGE_WAITS, tour=TOUR, app=app) as sandbox:
        yield sandbox


@pytest.fixture
def bot(slack):
    return WebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
def app(slack, bot):
    """A Bolt app, to which a test adds listeners before it calls `connect`."""
    return App(
        client=bot,
        signing_secret=slack.signing_secret,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )


@pytest.fixture
def connect(slack, app):
    """Return a function that connects the app by Socket Mode."""
    handlers = []

    def connect_app():
        said_hello = threading.Event()
        handler = SocketModeHandler(app, slack.app_token)
        handler.client.on_message_listeners.append(lambda _session, _text: said_hello.set())
        handlers.append(handler)
        handler.connect()
        assert said_hello.wait(10)

    yield connect_app
    for handler in handlers:
        end(slack, handler)


def end(slack, handler):
    """End a client; by itself it may sleep for ten seconds over a socket that it closed."""
    ended = threading.Event()
    handler.client.auto_reconnect_enabled = False
    handler.client.on_close_listeners.append(lambda _session: ended.set())
    slack.disconnect_sockets(abrupt=True)
    ended.wait(5)
    handler.close()


@pytest.fixture
def visit(slack, page):
    """Return a function that opens the page as somebody in a channel."""

    def open_as(user=ALICE, channel=CHANNEL, *, at=page):
        at.goto(f"{slack.url}/#as={user}&in={channel}")
        expect(at.get_by_test_id("composer")).to_be_enabled()
        expect(at.locator(".channel-title")).to_be_visible()
        return at

    return open_as


@pytest.fixture
def phone(browser):
    """A phone's window."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    yield context.new_page()
    context.close()
