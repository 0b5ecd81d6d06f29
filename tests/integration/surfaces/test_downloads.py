"""Files are read from Slack within limits; whoever else answers gets nothing."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from odps_bot.slack.api.downloads import DownloadError, download

Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(
    content: bytes, *, status: int = 200, kind: str = "text/plain", location: str = ""
) -> Answer:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        if location:
            handler.send_header("Location", location)
        handler.end_headers()
        handler.wfile.write(content)

    return write


def trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"x" * 70_000)
            threading.Event().wait(0.1)
    except OSError:
        return


class Server:
    """A server that answers as a test says, and remembers who asked how."""

    def __init__(self) -> None:
        self.answer: Answer = answer(b"select 1")
        self.tokens: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.tokens.append(self.headers.get("Authorization"))
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever)
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


def read(server: Server, *, most_bytes: int = 1_000, api_url: str = "") -> bytes:
    return download(
        f"{server.url}/files-pri/T1-F1/a.sql",
        token="xoxb-secret",
        api_url=api_url or f"{server.url}/api/",
        most_bytes=most_bytes,
        within=timedelta(seconds=0.5),
    )


def test_a_file_is_read_with_the_bots_token(server: Server) -> None:
    assert read(server) == b"select 1"
    assert server.tokens == ["Bearer xoxb-secret"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (answer(b"", status=302, location="https://slack.com/signin"), "doesn't let me read"),
        (answer(b"<html>Sign in", kind="text/html; charset=utf-8"), "doesn't let me read"),
        (answer(b"", status=404), "doesn't let me read"),
        (answer(b"", status=500), "doesn't let me read"),
        (answer(b"x" * 1_001), "too large: at most 1,000 bytes"),
        (lambda handler: threading.Event().wait(1), "in time"),
        (lambda handler: handler.connection.close(), "in time"),
    ],
)
def test_what_cannot_be_read_is_explained(server: Server, given: Answer, said: str) -> None:
    server.answer = given

    with pytest.raises(DownloadError, match=said) as caught:
        read(server)

    assert "xoxb" not in str(caught.value)


def test_a_file_that_trickles_is_given_up(server: Server) -> None:
    server.answer = trickle

    with pytest.raises(DownloadError, match="in time"):
        read(server, most_bytes=100_000_000)


def test_nobody_else_is_asked(server: Server) -> None:
    with pytest.raises(DownloadError, match="isn't stored at Slack"):
        read(server, api_url="https://slack.com/api/")

    assert server.tokens == []


def test_the_token_does_not_follow_a_redirect(server: Server) -> None:
    server.answer = answer(b"", status=302, location=f"{server.url}/elsewhere")

    with pytest.raises(DownloadError, match="doesn't let me read"):
        read(server)

    assert server.tokens == ["Bearer xoxb-secret"]
