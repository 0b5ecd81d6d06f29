"""The host of Slack's WebSocket is tried as the bot would reach it, with a deadline."""

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from odps_bot.operations.doctor import Finding, Verdict
from odps_bot.operations.doctor.web_socket import check_host
from odps_bot.sandbox.ports import free_port

#: Of an authority that no system knows.
CERTIFICATE = Path(__file__).parents[1] / "deployment/tls/server.pem"

SOON = timedelta(seconds=5)

Serve = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("address", ["http://user:pa/very-secret@proxy:3128", "http://h:pa-55"])
def test_of_a_proxy_whose_address_is_broken_no_password_is_shown(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)

    found = check_host("slack websocket", "wss://wss-primary.slack.com/link")

    assert found.verdict is Verdict.FAILED
    shown = repr(found)
    assert "HTTPS_PROXY" in shown
    assert "very-secret" not in shown
    assert "pa" not in shown.replace("password", "")


@pytest.fixture
def listen() -> Iterator[Callable[[Serve], int]]:
    """Return a function that starts a server of one connection, and gives its port."""
    threads, listeners = [], []

    def start(serve: Serve) -> int:
        listener = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with closing(connection):
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        threads.append(thread)
        listeners.append(listener)
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.close()
    for thread in threads:
        thread.join(5)


def check(url: str, deadline: timedelta = SOON) -> Finding:
    return check_host("slack websocket", url, deadline=deadline)


def test_a_host_that_answers_is_well(listen: Callable[[Serve], int]) -> None:
    port = listen(lambda _: None)

    found = check(f"ws://127.0.0.1:{port}/link/?ticket=very-secret")
    assert found.verdict is Verdict.OK
    assert found.says == f"127.0.0.1:{port} is reachable"


def test_a_host_that_refuses_is_named() -> None:
    port = free_port()

    found = check(f"ws://127.0.0.1:{port}/link/?ticket=very-secret")
    assert found.verdict is Verdict.FAILED
    assert found.says.startswith(f"cannot reach 127.0.0.1:{port}: ConnectionRefusedError")
    assert "HTTPS_PROXY" in found.remedy
    assert "very-secret" not in found.says


def test_a_name_that_nobody_resolves_is_named() -> None:
    found = check("wss://wss-primary.invalid/link/?ticket=very-secret")

    assert found.verdict is Verdict.FAILED
    assert "cannot reach wss-primary.invalid:443: cannot resolve the name" in found.says
    assert "DNS" in found.remedy


def test_a_host_that_is_silent_is_waited_for_no_longer_than_the_deadline(
    listen: Callable[[Serve], int],
) -> None:
    over = threading.Event()
    port = listen(lambda _: (over.wait(10), None)[1])

    found = check(f"wss://127.0.0.1:{port}/link/", timedelta(seconds=0.2))

    over.set()
    assert found.verdict is Verdict.FAILED
    assert "no response within 0.2 s" in found.says


def test_a_host_that_speaks_no_tls_is_named(listen: Callable[[Serve], int]) -> None:
    port = listen(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))

    found = check(f"wss://127.0.0.1:{port}/link/")
    assert found.verdict is Verdict.FAILED
    assert "SSL" in found.says


class Proxy:
    """A proxy that remembers what it was asked for, and answers each time alike."""

    def __init__(self, answer: bytes) -> None:
        self.asked = b""
        self._answer = answer

    def serve(self, connection: socket.socket) -> None:
        while b"\r\n\r\n" not in self.asked:
            self.asked += connection.recv(65_536)
        connection.sendall(self._answer)


def test_a_proxy_is_asked_to_connect(
    listen: Callable[[Serve], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(b"HTTP/1.1 200 Connection established\r\n\r\n")
    port = listen(proxy.serve)
    monkeypatch.setenv("HTTP_PROXY", f"http://us%40er:very-secret@127.0.0.1:{port}")

    found = check("ws://wss-primary.slack.com/link/?ticket=x")

    assert found.verdict is Verdict.OK
    assert found.says == (
        f"wss-primary.slack.com:80 through the proxy 127.0.0.1:{port} is reachable"
    )
    assert proxy.asked.startswith(b"CONNECT wss-primary.slack.com:80 HTTP/1.")
    shown = base64.b64encode(b"us@er:very-secret")
    assert b"Proxy-Authorization: Basic " + shown in proxy.asked


def test_a_proxy_that_refuses_is_named(
    listen: Callable[[Serve], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    port = listen(proxy.serve)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")

    found = check("wss://wss-primary.slack.com/link/?ticket=x")

    assert found.verdict is Verdict.FAILED
    assert "through the proxy" in found.says
    assert "407 Proxy Authentication Required" in found.says


def test_a_host_that_needs_no_proxy_is_reached_without(
    listen: Callable[[Serve], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listen(lambda _: None)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert check(f"ws://127.0.0.1:{port}/").verdict is Verdict.OK


def test_a_certificate_that_nobody_vouches_for_is_named(
    listen: Callable[[Serve], int],
) -> None:
    def serve(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    found = check(f"wss://127.0.0.1:{listen(serve)}/")
    assert found.verdict is Verdict.FAILED
    assert "its certificate is not trusted" in found.says
    assert "SSL_CERT_FILE" in found.remedy
