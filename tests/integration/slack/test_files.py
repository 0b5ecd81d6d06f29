"""Files on their way to Slack: in pieces, shared once, and no address of theirs in an error."""

import io
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from odps_bot.slack.api.files import SlackFiles
from odps_bot.slack.errors import (
    RateLimitedError,
    RefusedError,
    SlackError,
    UnreachableError,
)


@dataclass
class Server:
    """Takes files, and remembers what came."""

    url: str = ""
    announced: dict[str, Any] = field(default_factory=dict)
    upload_status: int = 200
    hangs_up: bool = False
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    uploads: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            method = self.path.rpartition("/")[2]
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if method == "secret-address":
                told.uploads.append((dict(self.headers), body))
                if told.hangs_up:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.answer(told.upload_status, b"OK")
                return
            arguments = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            told.calls.append((method, arguments))
            answers = {
                "files.getUploadURLExternal": told.announced,
                "files.completeUploadExternal": {"ok": True, "files": [{"id": "F1"}]},
            }
            self.answer(200, json.dumps(answers[method]).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{http.server_port}"
    told.announced = {"ok": True, "upload_url": f"{told.url}/secret-address", "file_id": "F1"}
    thread = Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield told
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def files(server: Server, monkeypatch: pytest.MonkeyPatch) -> SlackFiles:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url = f"{server.url}/api/"
    return SlackFiles(WebClient(token="xoxb-1", base_url=url, timeout=5, retry_handlers=[]))


class Pieces(io.BytesIO):
    """A file that is only given in pieces."""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size <= 1_000_000, "the whole file was asked for at once"
        return super().read(size)


def send(files: SlackFiles, content: bytes = b"abc") -> str:
    return files.send(io.BytesIO(content), name="r1.csv", size_bytes=len(content))


def test_a_file_is_announced_and_sent_as_it_is(files: SlackFiles, server: Server) -> None:
    assert send(files) == "F1"

    [(method, arguments)] = server.calls
    [(headers, content)] = server.uploads
    assert method == "files.getUploadURLExternal"
    assert arguments == {"filename": "r1.csv", "length": "3"}
    assert content == b"abc"
    assert "Authorization" not in headers


def test_a_large_file_is_never_whole_in_memory(files: SlackFiles, server: Server) -> None:
    content = b"0123456789" * 500_000
    files.send(Pieces(content), name="r1.csv", size_bytes=len(content))

    [(headers, received)] = server.uploads
    assert received == content
    assert headers["Content-Length"] == "5000000"


def test_a_picture_says_what_it_shows(files: SlackFiles, server: Server) -> None:
    files.send(io.BytesIO(b"png"), name="r1.png", size_bytes=3, alt_text="A chart of x by y")

    assert server.calls[0][1]["alt_txt"] == "A chart of x by y"


def test_a_file_is_shared_in_its_thread(files: SlackFiles, server: Server) -> None:
    files.share("F1", "C1", thread_ts="1.1", title="t", comment="All 3 rows")

    [(method, arguments)] = server.calls
    assert method == "files.completeUploadExternal"
    assert json.loads(arguments["files"]) == [{"id": "F1", "title": "t"}]
    assert (arguments["channel_id"], arguments["thread_ts"]) == ("C1", "1.1")
    assert arguments["initial_comment"] == "All 3 rows"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, RateLimitedError),
        (500, UnreachableError),
        (404, RefusedError),
        (302, RefusedError),
    ],
)
def test_refused_uploads_are_told_by_kind(
    files: SlackFiles, server: Server, status: int, error: type[SlackError]
) -> None:
    server.upload_status = status
    with pytest.raises(error) as caught:
        send(files)

    assert "secret-address" not in str(caught.value)
    if status == 429:
        assert caught.value.retry_after == timedelta(seconds=7)


def test_a_broken_upload_has_shared_nothing_and_names_no_address(
    files: SlackFiles, server: Server
) -> None:
    server.hangs_up = True
    with pytest.raises(UnreachableError) as caught:
        send(files)

    assert not caught.value.may_have_happened
    assert "secret-address" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "answer", [{"ok": True}, {"ok": True, "upload_url": "nonsense", "file_id": "F1"}]
)
def test_nonsense_in_place_of_an_address_is_no_answer(
    files: SlackFiles, server: Server, answer: dict[str, object]
) -> None:
    server.announced = answer
    with pytest.raises(UnreachableError):
        send(files)


def test_slacks_refusal_keeps_its_code(files: SlackFiles, server: Server) -> None:
    server.announced = {"ok": False, "error": "file_uploads_disabled"}
    with pytest.raises(RefusedError) as caught:
        send(files)

    assert caught.value.code == "file_uploads_disabled"
