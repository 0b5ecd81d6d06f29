"""The bot cannot begin to hear, or is told to end while people ask."""

import socket
import threading
import time
import urllib.request
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from odps_bot.bot import listen_by_http, listen_by_socket
from odps_bot.errors import OdpsBotError
from odps_bot.sandbox.ports import free_port
from odps_bot.sandbox.slack import SlackSandbox


class SlowEndpoint:
    """Answers after a moment."""

    def __init__(self) -> None:
        self.has_heard = threading.Event()
        self.may_answer = threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        self.has_heard.set()
        self.may_answer.wait(5)
        start_response("200 OK", [("Content-Length", "8")])
        return [b"answered"]


def test_what_was_heard_by_http_is_answered() -> None:
    endpoint, stop, answers = SlowEndpoint(), threading.Event(), []
    address = ("127.0.0.1", free_port())
    server = threading.Thread(target=listen_by_http, args=(endpoint, address, stop))
    server.start()

    def ask() -> None:
        with urllib.request.urlopen("http://{}:{}".format(*address)) as answer:
            answers.append(answer.read())

    wait_for_server(address)
    person = threading.Thread(target=ask)
    person.start()
    assert endpoint.has_heard.wait(5)
    stop.set()
    threading.Timer(0.2, endpoint.may_answer.set).start()
    person.join()
    server.join()

    assert answers == [b"answered"]


def test_an_address_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OdpsBotError, match="ODPS_BOT_HTTP_LISTEN"):
            listen_by_http(SlowEndpoint(), taken.getsockname(), threading.Event())


def wait_for_server(address: tuple[str, int]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address).close()
        except OSError:
            time.sleep(0.01)
        else:
            return


def test_an_app_token_that_slack_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with SlackSandbox() as slack:
        app = App(
            client=WebClient(base_url=slack.api_url),
            signing_secret="unused",
            authorize=lambda: None,
        )
        with pytest.raises(OdpsBotError, match="SLACK_APP_TOKEN"):
            listen_by_socket(app, "xapp-wrong", threading.Event())
