"""A response that trickles occupies nobody for longer than one that does not come."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from odps_bot.messages import Message
from odps_bot.slack.api import messages
from odps_bot.slack.api.bounded_http import BoundedClient
from odps_bot.slack.api.calls import call
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.errors import TIMED_OUT, UnreachableError

#: Seconds: a response must have come within the first, and a byte of it comes after each second.
PATIENCE_S, PAUSE_S = 0.3, 0.05

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture(params=["head", "body"])
def trickling(request) -> Iterator[str]:
    """The address of a server whose response never comes to its end."""
    is_over = threading.Event()
    at_once = HEAD if request.param == "body" else b"HTTP/1.1 200 OK\r\nX-Slow: "

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(at_once)
            while not is_over.wait(PAUSE_S):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        is_over.set()
        thread.join()


def test_a_call_whose_response_trickles_has_timed_out(trickling, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = BoundedClient(token="xoxb-1", base_url=trickling, timeout=PATIENCE_S)
    began_s = time.monotonic()
    with pytest.raises(UnreachableError) as caught:
        call(client, "chat.postMessage", {"channel": "C1"})

    assert caught.value.code == TIMED_OUT
    assert caught.value.may_have_happened
    assert PATIENCE_S <= time.monotonic() - began_s < 50 * PATIENCE_S


def test_a_response_url_whose_response_trickles_has_timed_out(trickling, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(messages, "RESPOND_TIMEOUT_S", PATIENCE_S)
    began_s = time.monotonic()
    with pytest.raises(UnreachableError) as caught:
        SlackMessages(BoundedClient(base_url=trickling)).respond(trickling, Message("hello"))

    assert caught.value.code == TIMED_OUT
    assert PATIENCE_S <= time.monotonic() - began_s < 50 * PATIENCE_S
