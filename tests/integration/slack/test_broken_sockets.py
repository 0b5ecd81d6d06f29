"""WebSockets that break half-way: each has its deadline, and another one takes its place."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import Mock, patch

import pytest
import websocket
from aiohttp import WSMsgType, web
from slack_bolt import App, BoltResponse
from slack_sdk import WebClient

from odps_bot.sandbox.slack.loop_thread import LoopThread
from odps_bot.slack.socket_mode import SocketModeClient
from odps_bot.slack.socket_mode import connection as connections
from odps_bot.slack.socket_mode.connection import Connection

FASTER = 30
Serve = Callable[[web.Request, web.WebSocketResponse], Awaitable[None]]


class OddSlack:
    """A Slack whose WebSockets do what a test wants, one after the other."""

    def __init__(self, *sockets: Serve) -> None:
        self._sockets = list(sockets)
        self._loop = LoopThread(name="odd-slack")
        self.opened = 0
        self.acknowledged: list[tuple[int, str]] = []
        self.changed = threading.Condition()
        self.url = self._loop.call(self._start())

    async def _start(self) -> str:
        application = web.Application()
        application.router.add_post("/api/apps.connections.open", self._open)
        application.router.add_get("/link", self._link)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0]
        return f"{host}:{port}"

    async def _open(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://{self.url}/link"})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        with self.changed:
            serve = self._sockets[min(self.opened, len(self._sockets) - 1)]
            self.opened += 1
            number = self.opened
            self.changed.notify_all()
        link = web.WebSocketResponse(autoping=serve is not silent)
        await link.prepare(request)
        await serve(request, link)
        async for message in link:
            if message.type is WSMsgType.TEXT:
                with self.changed:
                    envelope_id = json.loads(message.data)["envelope_id"]
                    self.acknowledged.append((number, envelope_id))
                    self.changed.notify_all()
        return link

    def wait_until(self, predicate: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(predicate, 10)

    def stop(self) -> None:
        self._loop.call(self._runner.cleanup())
        self._loop.stop()


async def healthy(_: web.Request, link: web.WebSocketResponse) -> None:
    await link.send_json({"type": "hello"})


async def silent(_: web.Request, link: web.WebSocketResponse) -> None:
    """Greet, and never answer a ping."""
    await link.send_json({"type": "hello"})


async def never_ready(_: web.Request, link: web.WebSocketResponse) -> None:
    """Complete the handshake, and say nothing."""


ENVELOPE = {
    "envelope_id": "e1",
    "type": "slash_commands",
    "payload": {"command": "/odps", "text": "help", "team_id": "T1", "user_id": "U1"},
}


async def delivers(_: web.Request, link: web.WebSocketResponse) -> None:
    await link.send_json({"type": "hello"})
    await link.send_json(ENVELOPE)


@pytest.fixture
def make_slack() -> Iterator[Callable[..., OddSlack]]:
    made: list[OddSlack] = []

    def make(*sockets: Serve) -> OddSlack:
        made.append(OddSlack(*sockets))
        return made[-1]

    yield make
    for slack in made:
        slack.stop()


@pytest.fixture
def handled() -> list[str]:
    return []


@pytest.fixture
def connect(
    monkeypatch: pytest.MonkeyPatch, handled: list[str]
) -> Iterator[Callable[..., SocketModeClient]]:
    """Return a function that begins to listen to a Slack."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    clients: list[SocketModeClient] = []

    def connect(url: str, *, connections: int = 1, faster: int = FASTER) -> SocketModeClient:
        app = App(
            client=WebClient(base_url=f"http://{url}/api/"),
            signing_secret="unused",
            authorize=lambda: None,
            process_before_response=True,
        )
        app.dispatch = lambda request: _respond(handled, request)  # type: ignore[method-assign]
        client = SocketModeClient(
            app,
            "xapp-1",
            connections=connections,
            monotonic_s=lambda: time.monotonic() * faster,
        )
        client.start()
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close(timedelta(seconds=2 * FASTER))


def _respond(handled: list[str], request: Any) -> Any:
    handled.append(request.body["text"])
    return BoltResponse(status=200, body="done")


def test_a_connection_that_answers_no_ping_is_replaced(
    make_slack: Callable[..., OddSlack], connect: Callable[..., SocketModeClient]
) -> None:
    slack = make_slack(silent, healthy)
    connect(slack.url)

    slack.wait_until(lambda: slack.opened == 2)


def test_a_connection_that_never_says_hello_is_replaced(
    make_slack: Callable[..., OddSlack], connect: Callable[..., SocketModeClient]
) -> None:
    slack = make_slack(never_ready, healthy)
    connect(slack.url)

    slack.wait_until(lambda: slack.opened == 2)


def test_a_handshake_that_is_never_answered_has_a_deadline(
    connect: Callable[..., SocketModeClient],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = connect(f"127.0.0.1:{listener.getsockname()[1]}")
        trouble = client.wait_for_outcome(threading.Event())

    assert trouble is not None
    assert "did not become ready in time" in trouble.cause
    assert "proxy" in trouble.remedy.lower()


def test_an_envelope_that_comes_by_two_connections_is_handled_once_and_acknowledged_on_both(
    make_slack: Callable[..., OddSlack],
    connect: Callable[..., SocketModeClient],
    handled: list[str],
) -> None:
    async def delivers_again(_: web.Request, link: web.WebSocketResponse) -> None:
        await link.send_json({"type": "hello"})
        await asyncio.to_thread(slack.wait_until, lambda: bool(slack.acknowledged))
        await link.send_json(ENVELOPE)

    slack = make_slack(delivers, delivers_again)
    connect(slack.url, connections=2, faster=1)
    slack.wait_until(lambda: len(slack.acknowledged) == 2)

    assert handled == ["help"]
    assert sorted(slack.acknowledged) == [(1, "e1"), (2, "e1")]


def test_a_frame_that_trickles_in_holds_up_no_acknowledgement(
    make_slack: Callable[..., OddSlack],
    connect: Callable[..., SocketModeClient],
    handled: list[str],
) -> None:
    has_begun, may_answer, has_ended = (threading.Event() for _ in range(3))
    tasks = []

    async def trickle(transport: Any) -> None:
        transport.write(b"\x81\x7e\x10\x00")  # a text of 4 KiB
        for _ in range(50):
            transport.write(b" ")
            may_answer.set()
            await asyncio.sleep(0.1)
        has_ended.set()

    async def delivers_slowly(request: web.Request, link: web.WebSocketResponse) -> None:
        await delivers(request, link)
        await asyncio.to_thread(has_begun.wait, 5)
        tasks.append(asyncio.create_task(trickle(request.transport)))

    def respond(request: Any) -> Any:
        response = _respond(handled, request)
        has_begun.set()
        may_answer.wait(5)
        time.sleep(0.2)
        return response

    slack = make_slack(delivers_slowly)
    client = connect(slack.url, faster=1)
    client._app.dispatch = respond
    slack.wait_until(lambda: bool(slack.acknowledged))

    assert not has_ended.is_set()


def test_a_connection_that_is_given_up_while_it_ends_by_itself_is_given_up() -> None:
    connection = Connection(1, ask_address=str, on_message=Mock(), on_end=Mock())
    sockets = [Mock(), None]
    sock = property(lambda _: sockets.pop(0))
    with patch.object(websocket.WebSocket, "sock", sock, create=True):
        connection.abandon()
    connection._release()

    assert connection._is_abandoned


def test_a_machine_without_a_thread_to_spare_for_a_moment_is_connected_later(
    make_slack: Callable[..., OddSlack], connect: Callable[..., SocketModeClient]
) -> None:
    real_start = Connection.start

    def start(connection: Connection) -> None:
        error = RuntimeError("can't start new thread")
        with patch.object(connection._thread, "start", side_effect=error):
            real_start(connection)

    slack = make_slack(healthy)
    with patch.object(Connection, "start", start):
        client = connect(slack.url)
        trouble = client.wait_for_outcome(threading.Event())
    slack.wait_until(lambda: slack.opened == 1)

    assert trouble is not None
    assert "can't start new thread" in trouble.cause


def test_an_address_that_is_none_is_an_unavailable_slack(
    make_slack: Callable[..., OddSlack],
    connect: Callable[..., SocketModeClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slack = make_slack(healthy)
    monkeypatch.setattr(WebClient, "apps_connections_open", lambda *_, **__: {"ok": True})
    trouble = connect(slack.url).wait_for_outcome(threading.Event())

    assert trouble is not None
    assert trouble.code == "unavailable"


@pytest.mark.parametrize("is_cut", [False, True], ids=["one frame", "many frames"])
def test_a_message_without_end_is_not_taken(
    make_slack: Callable[..., OddSlack],
    connect: Callable[..., SocketModeClient],
    monkeypatch: pytest.MonkeyPatch,
    is_cut: bool,
) -> None:
    monkeypatch.setattr(connections, "MESSAGE_BYTES", 100_000)
    sent: list[int] = []

    async def endless(request: web.Request, link: web.WebSocketResponse) -> None:
        await link.send_json({"type": "hello"})
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        # A text frame of a terabyte, or one of many that follow.
        head = b"\x01\x7e\xff\xff" if is_cut else b"\x81\x7f" + (10**12).to_bytes(8, "big")
        transport.write(head)
        while not transport.is_closing() and len(sent) < 1_000:
            transport.write(b"x" * 65_535 + (b"\x00\x7e\xff\xff" if is_cut else b""))
            sent.append(1)
            await asyncio.sleep(0)

    slack = make_slack(endless, healthy)
    client = connect(slack.url, faster=1)
    slack.wait_until(lambda: slack.opened == 2)

    assert len(sent) < 1_000
    client.wait_for_outcome(threading.Event())


def test_messages_that_are_each_small_are_taken_however_many(
    make_slack: Callable[..., OddSlack],
    connect: Callable[..., SocketModeClient],
    handled: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MESSAGE_BYTES", 10_000)

    async def delivers_many(_: web.Request, link: web.WebSocketResponse) -> None:
        await link.send_json({"type": "hello"})
        for number in range(100):
            await link.send_json({**ENVELOPE, "envelope_id": f"e{number}"})

    slack = make_slack(delivers_many)
    connect(slack.url, faster=1)
    slack.wait_until(lambda: len(slack.acknowledged) == 100)

    assert (slack.opened, len(handled)) == (1, 100)
