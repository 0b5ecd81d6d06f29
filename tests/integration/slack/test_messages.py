"""What Slack's answers, and its silence, mean to us; the other end is a real HTTP server."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from odps_bot.messages import Message
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.errors import (
    ContentError,
    PlaceError,
    RateLimitedError,
    RefusedError,
    SlackError,
    TokenError,
    UnreachableError,
)

HELLO = Message("hello", [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}])
LABEL = {"run_id": "0a1b2c", "kind": "card"}


@dataclass
class Server:
    """Answers every request alike, and remembers them."""

    url: str = ""
    http_status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"ok": true, "ts": "1.2"}'
    hangs_up: bool = False
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, **body: Any) -> None:
        self.body = json.dumps(body).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.requests.append((self.path.rpartition("/")[2], read(body)))
            if told.hangs_up:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(told.http_status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{http.server_port}/api/"
    thread = Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield told
    http.shutdown()
    thread.join()
    http.server_close()


def read(body: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(body)
    except ValueError:
        return {name: values[0] for name, values in parse_qs(body).items()}
    return parsed


@pytest.fixture
def slack(server: Server, monkeypatch: pytest.MonkeyPatch) -> SlackMessages:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return make_slack(server.url)


def make_slack(url: str) -> SlackMessages:
    return SlackMessages(WebClient(token="xoxb-1", base_url=url, timeout=5, retry_handlers=[]))


#: Everything that is sent to Slack, by what it is.
CALLS: dict[str, Callable[[SlackMessages, Server], object]] = {
    "post": lambda slack, _: slack.post("C1", HELLO, thread_ts=None, label=LABEL),
    "edit": lambda slack, _: slack.update("C1", "1.2", HELLO),
    "whisper": lambda slack, _: slack.post_ephemeral("C1", "U1", HELLO),
    "answer": lambda slack, server: slack.respond(f"{server.url}response", HELLO),
}

WEB_API_CALLS = [call for call in CALLS if call != "answer"]


def error_of(call: str, slack: SlackMessages, server: Server) -> SlackError:
    with pytest.raises(SlackError) as caught:
        CALLS[call](slack, server)
    return caught.value


def test_a_post_can_be_found_again_and_unfolds_no_links(
    slack: SlackMessages, server: Server
) -> None:
    ts = slack.post("C1", HELLO, thread_ts="1.1", label=LABEL)

    [(method, sent)] = server.requests
    assert (method, ts) == ("chat.postMessage", "1.2")
    assert sent["metadata"] == {"event_type": "odps_bot_run", "event_payload": LABEL}
    assert (sent["thread_ts"], sent["unfurl_links"], sent["unfurl_media"]) == ("1.1", False, False)
    assert (sent["text"], sent["blocks"]) == (HELLO.text, HELLO.blocks)


def test_metadata_holds_no_statement(slack: SlackMessages, server: Server) -> None:
    slack.post("C1", Message("select secret"), thread_ts=None, label=LABEL)

    [(_, sent)] = server.requests
    assert "secret" not in json.dumps(sent["metadata"])
    assert "thread_ts" not in sent


def test_a_private_answer_leaves_what_is_there_alone(slack: SlackMessages, server: Server) -> None:
    slack.respond(f"{server.url}response", HELLO)

    [(_, sent)] = server.requests
    assert (sent["response_type"], sent["replace_original"]) == ("ephemeral", False)


def test_an_update_of_text_alone_removes_the_blocks(slack: SlackMessages, server: Server) -> None:
    slack.update("C1", "1.2", HELLO)
    slack.update("C1", "1.2", HELLO.plain())

    [(_, with_blocks), (_, plain)] = server.requests
    assert with_blocks["blocks"] == HELLO.blocks
    assert (plain["text"], plain["blocks"]) == ("hello", [])


def test_an_answer_of_text_alone_removes_the_blocks_of_the_question(
    slack: SlackMessages, server: Server
) -> None:
    slack.respond(f"{server.url}response", HELLO.plain(), replaces=True)
    slack.respond(f"{server.url}response", HELLO.plain())

    [(_, replacing), (_, beside)] = server.requests
    assert replacing["blocks"] == []
    assert "blocks" not in beside


@pytest.mark.parametrize("call", WEB_API_CALLS)
def test_a_refusal_says_in_slacks_word_why(slack: SlackMessages, server: Server, call: str) -> None:
    server.answer(ok=False, error="not_in_channel")

    error = error_of(call, slack, server)

    assert isinstance(error, PlaceError)
    assert error.code == "not_in_channel"


def test_a_response_url_that_has_expired_is_a_refusal(slack: SlackMessages, server: Server) -> None:
    server.http_status = 404
    server.answer(ok=False, error="expired_url")

    error = error_of("answer", slack, server)

    assert isinstance(error, PlaceError)
    assert error.code == "expired_url"


@pytest.mark.parametrize(
    ("http_status", "body", "code"),
    [
        (410, b"<html>Gone</html>", "http_410"),
        (410, b"", "http_410"),
        (404, b"no_service", "no_service"),
        (200, b'{"ok": false}', "unreadable"),
        (200, b'{"ok": false, "error": ["x"]}', "unreadable"),
        (200, b'{"ok": false, "error": "select secret from t"}', "unreadable"),
    ],
)
def test_an_answer_of_a_response_url_without_a_code_gets_one_and_is_no_matter_of_content(
    slack: SlackMessages, server: Server, http_status: int, body: bytes, code: str
) -> None:
    server.http_status, server.body = http_status, body

    error = error_of("answer", slack, server)

    assert isinstance(error, RefusedError)
    assert error.code == code
    assert not isinstance(error, ContentError)


@pytest.mark.parametrize("body", [b"ok", b"", b"accepted", b'{"ok": true}', b"{}", b"[]", b"1"])
def test_a_response_url_that_refuses_nothing_has_taken_the_answer(
    slack: SlackMessages, server: Server, body: bytes
) -> None:
    server.body = body

    slack.respond(f"{server.url}response", HELLO)

    assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["internal_error", "fatal_error", "request_timeout"])
def test_a_response_url_may_tell_a_fault_with_the_status_of_success(
    slack: SlackMessages, server: Server, code: str
) -> None:
    server.answer(ok=False, error=code)

    error = error_of("answer", slack, server)

    assert isinstance(error, UnreachableError)
    assert error.may_have_happened


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [({"Retry-After": "7"}, 7), ({"retry-after": "1.5"}, 1.5), ({}, 5), ({"Retry-After": "x"}, 5)],
)
def test_a_busy_slack_says_for_how_long(
    slack: SlackMessages, server: Server, call: str, headers: dict[str, str], wait_s: float
) -> None:
    server.http_status, server.headers = 429, headers
    server.answer(ok=False, error="ratelimited")

    error = error_of(call, slack, server)

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=wait_s)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
def test_a_busy_slack_may_answer_with_the_status_of_success(
    slack: SlackMessages, server: Server, call: str, code: str
) -> None:
    server.headers = {"Retry-After": "7"}
    server.answer(ok=False, error=code)

    error = error_of(call, slack, server)

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("http_status", [500, 502, 503])
@pytest.mark.parametrize(
    "body", [b"<html>Bad gateway</html>", b'{"ok": false, "error": "internal_error"}', b""]
)
def test_after_a_fault_of_slack_nobody_knows_whether_it_was_done(
    slack: SlackMessages, server: Server, call: str, http_status: int, body: bytes
) -> None:
    server.http_status, server.body = http_status, body

    error = error_of(call, slack, server)

    assert isinstance(error, UnreachableError)
    assert error.may_have_happened


@pytest.mark.parametrize("call", WEB_API_CALLS)
@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b"{", b"[]", b"null", b"1"])
def test_an_answer_that_cannot_be_read_may_mean_anything(
    slack: SlackMessages, server: Server, call: str, body: bytes
) -> None:
    server.body = body

    error = error_of(call, slack, server)

    assert isinstance(error, UnreachableError)
    assert error.may_have_happened


@pytest.mark.parametrize("call", CALLS)
def test_a_connection_that_breaks_leaves_it_open(
    slack: SlackMessages, server: Server, call: str
) -> None:
    server.hangs_up = True

    error = error_of(call, slack, server)

    assert isinstance(error, UnreachableError)
    assert error.may_have_happened


@pytest.mark.parametrize("call", CALLS)
def test_what_found_nobody_has_certainly_not_been_done(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    nowhere = Server(url="http://127.0.0.1:9/api/")

    error = error_of(call, make_slack(nowhere.url), nowhere)

    assert isinstance(error, UnreachableError)
    assert not error.may_have_happened


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_made_once(slack: SlackMessages, server: Server, call: str) -> None:
    server.http_status = 500

    error_of(call, slack, server)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "code",
    ["invalid_auth", "token_revoked", "account_inactive", "org_login_required", "team_disabled"],
)
def test_what_a_revoked_token_could_not_tell_waits_for_the_next_one(
    slack: SlackMessages, server: Server, code: str
) -> None:
    server.answer(ok=False, error=code)

    with pytest.raises(TokenError) as waits:
        slack.post("C1", HELLO, thread_ts=None, label=LABEL)

    assert not waits.value.may_have_happened
