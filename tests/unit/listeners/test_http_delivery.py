"""Signed HTTP: what Slack sends is heard, and what nobody else may send is refused."""

import hashlib
import hmac
import io
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from odps_bot.listeners.http_delivery import PATH, SlackEndpoint

SECRET = "s" * 32


class Endpoint:
    """A WSGI server's view of the endpoint, and what was heard behind it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")
        app = App(
            client=WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/"),
            signing_secret=SECRET,
            authorize=lambda: who,
            process_before_response=True,
            token_verification_enabled=False,
        )

        @app.command("/odps")
        def hear(ack: Ack, body: dict[str, Any]) -> None:
            self.heard.append(body["text"])
            ack("heard")

        self._application = SlackEndpoint(app)

    def post(self, body: bytes, *, path: str = PATH, **headers: str) -> str:
        """Return the status of the answer."""
        statuses: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **headers,
        }
        answer = self._application(environ, lambda status, _: statuses.append(status))
        b"".join(answer)
        return statuses[0]

    def post_signed(self, body: bytes, *, at: float | None = None) -> str:
        timestamp = str(int(time.time() if at is None else at))
        return self.post(body, **signature(body, timestamp))


def signature(body: bytes, timestamp: str) -> dict[str, str]:
    signed = f"v0:{timestamp}:".encode() + body
    return {
        "HTTP_X_SLACK_REQUEST_TIMESTAMP": timestamp,
        "HTTP_X_SLACK_SIGNATURE": "v0="
        + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest(),
    }


def command(text: str) -> bytes:
    return urlencode(
        {
            "command": "/odps",
            "text": text,
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": "U1",
            "trigger_id": "1.2.3",
            "response_url": "https://hooks.slack.com/commands/1/2/3",
        }
    ).encode()


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.mark.parametrize(
    "text",
    [
        "run select 1",
        "run select payload from events",
        "run select '{\"payload\": 1}' as payload",
        "run select 'payload=%7B%7D&a=b'",
        "run\nselect '花 😀'\n-- & < > + %",
        "",
    ],
)
def test_a_signed_command_is_heard_as_it_was_typed(endpoint: Endpoint, text: str) -> None:
    status = endpoint.post_signed(command(text))

    assert status.startswith("200")
    assert endpoint.heard == [text]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no signature"),
        pytest.param(
            {"HTTP_X_SLACK_REQUEST_TIMESTAMP": "now", "HTTP_X_SLACK_SIGNATURE": "v0=ab"},
            id="a timestamp that is no number",
        ),
        pytest.param(
            {"HTTP_X_SLACK_REQUEST_TIMESTAMP": "١٢٣", "HTTP_X_SLACK_SIGNATURE": "v0=ab"},
            id="a timestamp in other digits",
        ),
        pytest.param(
            {"HTTP_X_SLACK_REQUEST_TIMESTAMP": "-1", "HTTP_X_SLACK_SIGNATURE": "v0=ab"},
            id="a negative timestamp",
        ),
        pytest.param(
            {"HTTP_X_SLACK_REQUEST_TIMESTAMP": "1" * 500, "HTTP_X_SLACK_SIGNATURE": "v0=ab"},
            id="an endless timestamp",
        ),
        pytest.param({"HTTP_X_SLACK_SIGNATURE": "v0=\u00e9"}, id="a signature that is not ASCII"),
        pytest.param({"HTTP_X_SLACK_SIGNATURE": ""}, id="an empty signature"),
    ],
)
def test_what_is_not_signed_is_refused(endpoint: Endpoint, headers: dict[str, str]) -> None:
    body = command("run drop table t")
    usual = {"HTTP_X_SLACK_REQUEST_TIMESTAMP": str(int(time.time()))} if headers else {}

    status = endpoint.post(body, **{**usual, **headers})

    assert status.startswith("401")
    assert endpoint.heard == []


def test_a_signature_of_another_body_is_refused(endpoint: Endpoint) -> None:
    headers = signature(command("run select 1"), str(int(time.time())))

    status = endpoint.post(command("run drop table t"), **headers)

    assert status.startswith("401")
    assert endpoint.heard == []


@pytest.mark.parametrize("off_s", [-400, 400])
def test_a_request_of_another_time_is_refused(endpoint: Endpoint, off_s: int) -> None:
    status = endpoint.post_signed(command("run select 1"), at=time.time() + off_s)

    assert status.startswith("401")
    assert endpoint.heard == []


@pytest.mark.parametrize("length", ["1000001", "-1", "many", "1" * 30])
def test_a_body_that_is_too_long_is_not_read(endpoint: Endpoint, length: str) -> None:
    body = command("run select 1")
    headers = {**signature(body, str(int(time.time()))), "CONTENT_LENGTH": length}

    assert endpoint.post(body, **headers).startswith("413")
    assert endpoint.heard == []


def test_a_body_of_a_megabyte_is_read(endpoint: Endpoint) -> None:
    body = command("run select 1")
    body += b"&x=" + b"x" * (1_000_000 - len(body) - 3)

    assert not endpoint.post_signed(body).startswith("413")


def test_other_paths_are_not_found(endpoint: Endpoint) -> None:
    body = command("run select 1")

    status = endpoint.post(body, path="/", **signature(body, str(int(time.time()))))

    assert status.startswith("404")
    assert endpoint.heard == []


def test_slacks_check_of_the_certificate_is_answered_and_does_nothing(endpoint: Endpoint) -> None:
    status = endpoint.post_signed(b"ssl_check=1&token=x")

    assert status.startswith("200")
    assert endpoint.heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"a=b",
        b"{",
        b"[1]",
        b"payload=",
        b"payload=nonsense",
        b"payload=[1]",
        b"payload=1",
        b"payload=null",
        b'payload={"user": 1, "team": [], "channel": "x"}',
        b"\xff\xfe=%zz",
    ],
)
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json"])
def test_a_body_that_makes_no_sense_is_no_fault_of_the_server(
    endpoint: Endpoint, body: bytes, content_type: str
) -> None:
    headers = {"CONTENT_TYPE": content_type}
    signed = endpoint.post(body, **headers, **signature(body, str(int(time.time()))))
    unsigned = endpoint.post(body, **headers)

    assert signed[:3] in {"200", "400", "404"}
    assert unsigned[:3] in {"400", "401"}
    assert endpoint.heard == []
