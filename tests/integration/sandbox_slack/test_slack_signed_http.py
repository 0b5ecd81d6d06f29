"""A real Bolt app over signed HTTP, and apps that misbehave."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from odps_bot.sandbox.slack import SlackSandbox

MakeApp = Callable[[SlackSandbox], App]
MakeSlack = Callable[..., SlackSandbox]

NO_PAUSE = (timedelta(), timedelta(), timedelta())
BUTTON = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "stop",
                "text": {"type": "plain_text", "text": "Stop"},
                "value": "payload",
            }
        ],
    }
]


@pytest.fixture
def slack(make_slack: MakeSlack) -> SlackSandbox:
    return make_slack(delivery="http", event_retries=NO_PAUSE)


class Misbehaving:
    """An app that notes what it gets and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.hangs = threading.Event()
        self.hangs.set()
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                app.requests.append((dict(self.headers), body))
                app.hangs.wait(10)
                self.send_response(app.statuses.pop(0) if app.statuses else 200)
                for name, value in app.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.hangs.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def misbehaving() -> Iterator[Misbehaving]:
    app = Misbehaving()
    yield app
    app.close()


def test_commands_clicks_and_events_reach_a_bolt_app_that_checks_signatures(
    slack: SlackSandbox, make_app: MakeApp, serve: Callable[[App], str]
) -> None:
    app = make_app(slack)

    @app.command("/odps")
    def odps(ack: Any, command: dict[str, Any]) -> None:
        ack(f"you said {command['text']}")

    @app.action("stop")
    def stop(ack: Any, respond: Any, action: dict[str, Any]) -> None:
        ack()
        respond(f"stopped {action['value']}")

    @app.event("app_mention")
    def mentioned(event: dict[str, Any], say: Any) -> None:
        say("hello", thread_ts=event["ts"])

    slack.set_request_url(serve(app))
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    card = client.chat_postMessage(channel="#data-eng", text="card", blocks=BUTTON)["ts"]
    verified = slack.verify_request_url()
    said = slack.say("alice", "#data-eng", "/odps run select 'ü&数'\nfrom t")
    clicked = slack.click("bob", "#data-eng", card, "stop")
    mention = str(slack.say("bob", "#data-eng", "@odps hi").ts)

    assert (verified.ok, said.ok, clicked.ok) == (True, True, True)
    assert slack.ephemerals("alice")[0]["text"] == "you said run select 'ü&amp;数'\nfrom t"
    slack.wait_until(lambda: slack.ephemerals("bob"))
    assert slack.ephemerals("bob")[0]["text"] == "stopped payload"
    slack.wait_until(lambda: slack.thread("#data-eng", mention))


def test_a_wrong_signing_secret_is_refused_by_bolt(
    slack: SlackSandbox, make_slack: MakeSlack, make_app: MakeApp, serve: Callable[[App], str]
) -> None:
    stranger = make_slack()
    slack.set_request_url(serve(make_app(stranger)))

    assert slack.say("alice", "#data-eng", "/odps help").error == "dispatch_failed"


def test_requests_have_slacks_headers(slack: SlackSandbox, misbehaving: Misbehaving) -> None:
    slack.set_request_url(misbehaving.url)

    slack.say("alice", "#data-eng", "/odps run select 1 + 1")

    ((headers, body),) = misbehaving.requests
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["User-Agent"] == "Slackbot 1.0 (+https://api.slack.com/robots)"
    assert headers["X-Slack-Signature"].startswith("v0=")
    assert b"&text=run+select+1+%2B+1&" in body
    assert parse_qs(body.decode())["command"] == ["/odps"]


@pytest.mark.parametrize("status", [404, 500, 302])
def test_any_status_other_than_200_is_a_failure_without_retry(
    slack: SlackSandbox, misbehaving: Misbehaving, status: int
) -> None:
    slack.set_request_url(misbehaving.url)
    misbehaving.statuses = [status]

    delivery = slack.say("alice", "#data-eng", "/odps help")

    assert delivery.error == "dispatch_failed"
    assert len(misbehaving.requests) == 1
    assert slack.ephemerals("alice")[0]["text"] == '/odps failed with the error "dispatch_failed"'


def test_an_unreachable_app_is_a_failure(slack: SlackSandbox, misbehaving: Misbehaving) -> None:
    no_url = slack.say("alice", "#data-eng", "/odps help")
    slack.set_request_url("http://127.0.0.1:9/")
    refused = slack.say("alice", "#data-eng", "/odps help")

    assert (no_url.error, refused.error) == ("app_not_connected", "dispatch_failed")
    assert not slack.is_app_connected


def test_an_app_that_does_not_respond_times_out(
    make_slack: MakeSlack, misbehaving: Misbehaving
) -> None:
    slack = make_slack(
        delivery="http", request_url=misbehaving.url, ack_timeout=timedelta(milliseconds=200)
    )
    misbehaving.hangs.clear()

    delivery = slack.say("alice", "#data-eng", "/odps help")

    assert delivery.error == "operation_timeout"
    assert delivery.elapsed >= timedelta(milliseconds=200)


def test_an_event_is_retried_three_times_with_a_reason(
    slack: SlackSandbox, misbehaving: Misbehaving
) -> None:
    slack.set_request_url(misbehaving.url)
    misbehaving.statuses = [500] * 5

    slack.say("bob", "#data-eng", "@odps hi")
    slack.wait_until(
        lambda: sum(entry["method"] == "app_mention" for entry in slack.traffic()) == 4
    )

    retries = [headers.get("X-Slack-Retry-Num") for headers, _ in misbehaving.requests]
    assert retries == [None, "1", "2", "3"]
    assert misbehaving.requests[1][0]["X-Slack-Retry-Reason"] == "http_error"
    assert {body for _, body in misbehaving.requests} == {misbehaving.requests[0][1]}


def test_an_app_can_decline_retries(slack: SlackSandbox, misbehaving: Misbehaving) -> None:
    slack.set_request_url(misbehaving.url)
    misbehaving.statuses, misbehaving.headers = [500], {"X-Slack-No-Retry": "1"}

    slack.say("bob", "#data-eng", "@odps hi")
    slack.wait_until(lambda: any(entry["method"] == "app_mention" for entry in slack.traffic()))
    slack.say("bob", "#data-eng", "/odps help")

    assert len(misbehaving.requests) == 2


def test_a_request_url_must_echo_the_challenge(
    slack: SlackSandbox, misbehaving: Misbehaving
) -> None:
    slack.set_request_url(misbehaving.url)

    assert slack.verify_request_url().error == "challenge_failed"
    assert parse_qs(misbehaving.requests[0][1].decode())["ssl_check"] == ["1"]
