"""A response of Slack's that cannot be read is none: a post is looked for, the rest repeated."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from slack_sdk import WebClient

from odps_bot.messages import Message
from odps_bot.slack.api.calls import call
from odps_bot.slack.api.files import SlackFiles
from odps_bot.slack.api.histories import SlackHistories, Window
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.api.views import SlackViews
from odps_bot.slack.errors import SlackError, UnreachableError

#: By what is lacking: every call whose response holds something that we need.
CALLS: dict[str, Callable[[WebClient], object]] = {
    "ts": lambda c: SlackMessages(c).post("C1", Message("hi"), thread_ts=None, label={}),
    "permalink": lambda c: SlackMessages(c).permalink("C1", "1.2"),
    "view.id": lambda c: SlackViews(c).open("1.2.3", {"type": "modal"}),
    "channel.id": lambda c: SlackHistories(c).direct_message_with("U1"),
    "messages": lambda c: SlackHistories(c).page("C1", None, Window()),
    "file_id": lambda c: SlackFiles(c).send(io.BytesIO(b"x"), name="x", size_bytes=1),
}

FIELDS = ("ts", "permalink", "view", "channel", "messages", "file_id")


def filled_with(value: object) -> bytes:
    return json.dumps({"ok": True} | dict.fromkeys(FIELDS, value)).encode()


BODIES = {
    "nothing but ok": b'{"ok": true}',
    "nulls": filled_with(None),
    "objects": filled_with({}),
    "numbers": filled_with(17),
    "a list": b"[1]",
    "an empty list": b"[]",
    "null": b"null",
    "a number": b"7",
    "a text": b'"ok"',
    "an empty object": b"{}",
    "an empty body": b"",
    "HTML": b"<!doctype html><title>Slack is down</title>",
    "a cut object": b'{"ok": tru',
    "bytes": b"\xff\xfe\x00",
    "endless depth": b'{"ok": true, "a": ' + b"[" * 100_000,
    "an error without a code": b'{"ok": false}',
    "an error that is no code": b'{"ok": false, "error": {"code": 7}}',
}


@contextmanager
def slack_that_answers(
    body: bytes, status: int = 200, *, content_type: str = "application/json"
) -> Iterator[WebClient]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        address = f"http://127.0.0.1:{http.server_port}/api/"
        yield WebClient(token="xoxb-1", base_url=address, timeout=5, retry_handlers=[])
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_cannot_be_read_is_unreachable_and_may_have_happened(body: bytes) -> None:
    with slack_that_answers(body) as client:
        for lacking, ask in CALLS.items():
            with pytest.raises(SlackError) as caught:
                ask(client)

            assert type(caught.value) is UnreachableError, lacking
            assert caught.value.code == "unreadable"
            assert caught.value.may_have_happened


@pytest.mark.parametrize("status", [429, 500, 502, 503, 403, 404])
@pytest.mark.parametrize("body", [b"<html>", b"", b"null", b"[]"])
def test_no_status_with_an_unreadable_body_is_a_refusal(status: int, body: bytes) -> None:
    with slack_that_answers(body, status) as client, pytest.raises(SlackError) as caught:
        call(client, "auth.test", {}, form=True)

    assert type(caught.value).__name__ == (
        "RateLimitedError" if status == 429 else "UnreachableError"
    )


def test_a_reply_whose_response_is_in_an_unknown_charset_may_have_been_shown() -> None:
    with slack_that_answers(b"ok", content_type="text/plain; charset=klingon") as client:
        messages, address = SlackMessages(client), client.base_url.replace("/api/", "/actions/1")
        with pytest.raises(UnreachableError) as caught:
            messages.respond(address, Message("hi"))

    assert caught.value.may_have_happened
