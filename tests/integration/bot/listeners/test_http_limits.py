"""The HTTP server of the bot, as somebody meets it who is not Slack."""

import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from odps_bot import bot
from odps_bot.bot import listen_by_http
from odps_bot.listeners.http_delivery import PATH

EventDeduplicator = list[dict[str, str]]


def signature(body: bytes, timestamp: str) -> str:
    signed = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(b"s" * 32, signed, hashlib.sha256).hexdigest()


@pytest.fixture
def heard() -> EventDeduplicator:
    return []


@pytest.fixture
def server(heard: EventDeduplicator) -> Iterator[int]:
    """The port of a server whose application notes what reaches it."""

    def application(environ, start_response):
        environ["wsgi.input"].read()
        heard.append({k: v for k, v in environ.items() if isinstance(v, str)})
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stop = threading.Event()
    thread = threading.Thread(target=listen_by_http, args=(application, ("127.0.0.1", port), stop))
    thread.start()
    yield port
    stop.set()
    thread.join()


@pytest.fixture
def say(server: int) -> Callable[..., bytes]:
    """Return a function that sends bytes and returns the answer until the server hangs up."""

    def send(sent: bytes, *, wait_s: float = 5) -> bytes:
        deadline = time.monotonic() + 30
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", server), timeout=wait_s)
                break
            except OSError:
                assert time.monotonic() < deadline
        received = b""
        with connection, suppress(OSError):
            with suppress(OSError):  # it may hang up before everything is sent
                connection.sendall(sent)
            while piece := connection.recv(65_536):
                received += piece
        return received

    return send


def request(*headers: str, body: bytes = b"", path: str = PATH) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_a_body_is_not_taken_beyond_slacks_largest(say, heard: EventDeduplicator) -> None:
    length = 1_000_001
    answer = say(request(f"Content-Length: {length}", body=b"x" * length))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert heard == []


def test_a_body_in_endless_chunks_is_not_taken(say, heard: EventDeduplicator) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    answer = say(request("Transfer-Encoding: chunked", body=chunk * 20))

    assert answer == b"" or answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.0 413 "))
    assert heard == []


def test_endless_headers_are_refused(say, heard: EventDeduplicator) -> None:
    answer = say(request("X-Long: " + "x" * 33_000))

    assert answer.startswith((b"HTTP/1.0 431 ", b"HTTP/1.1 431 "))
    assert heard == []


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(("Content-Length: 5", "Content-Length: 6"), id="two lengths"),
        pytest.param(("Content-Length: 5", "Transfer-Encoding: chunked"), id="length and chunks"),
        pytest.param(("Transfer-Encoding: chunked, identity",), id="an odd encoding"),
        pytest.param(("Transfer-Encoding: xchunked",), id="an unknown encoding"),
        pytest.param(("Content-Length: +5",), id="a signed length"),
        pytest.param(("Content-Length: 0x5",), id="a hexadecimal length"),
        pytest.param(("Content-Length : 5",), id="a blank before the colon"),
    ],
)
def test_a_second_request_cannot_be_smuggled_behind_the_first(
    say, heard: EventDeduplicator, headers: tuple[str, ...]
) -> None:
    smuggled = request("Content-Length: 0", path="/smuggled")
    say(request(*headers, body=b"0\r\n\r\n" + smuggled), wait_s=1)

    assert [one["PATH_INFO"] for one in heard if one["PATH_INFO"] == "/smuggled"] == []


def test_a_header_with_underscores_is_not_taken_for_slacks(say, heard: EventDeduplicator) -> None:
    say(request("X_Slack_Signature: v0=1", "Content-Length: 0"))

    assert len(heard) == 1
    assert "HTTP_X_SLACK_SIGNATURE" not in heard[0]


def test_whoever_sends_nothing_more_is_hung_up_on(monkeypatch, heard: EventDeduplicator) -> None:
    limits = {**bot.HTTP_LIMITS, "channel_timeout": 1, "cleanup_interval": 1}
    monkeypatch.setattr(bot, "HTTP_LIMITS", limits)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stop = threading.Event()
    thread = threading.Thread(
        target=listen_by_http, args=(lambda *_: [b""], ("127.0.0.1", port), stop)
    )
    thread.start()
    deadline = time.monotonic() + 20
    while True:
        with suppress(OSError):
            connection = socket.create_connection(("127.0.0.1", port), timeout=20)
            break
        assert time.monotonic() < deadline
    with connection:
        connection.sendall(b"POST /slack/events HTTP/1.1\r\nContent-Length: 900\r\n\r\nslowly")
        ended = connection.recv(1_000)
    stop.set()
    thread.join()

    assert ended == b""


def test_the_answer_does_not_tell_what_serves(say) -> None:
    assert b"waitress" not in say(request("Content-Length: 0")).lower()
