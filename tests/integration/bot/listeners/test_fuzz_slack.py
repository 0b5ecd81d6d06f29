"""Whatever is signed as Slack's is answered: nothing is raised, and no fault is a server's.

Payloads are sound ones of every kind, damaged: keys missing, types wrong, texts endless.
"""

import copy
import hashlib
import hmac
import io
import json
import logging
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt import App

from odps_bot.app import create_app
from odps_bot.listeners.actions import ACTIONS
from odps_bot.listeners.http_delivery import PATH, SlackEndpoint
from odps_bot.messages.modals import run_modal

SECRET = "s" * 32
TEAM = {"id": "T1", "domain": "x"}
USER = {"id": "U1", "team_id": "T1", "name": "alice"}
HOOK = "http://127.0.0.1:9/answers"

COMMAND = {
    "command": "/odps",
    "text": "run select 1",
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U1",
    "trigger_id": "1.2.3",
    "response_url": HOOK,
}


def click(action_id: str, **action: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": TEAM,
        "user": USER,
        "container": {"type": "message", "channel_id": "C1", "message_ts": "1.2"},
        "channel": {"id": "C1"},
        "message": {"ts": "1.2", "text": "x"},
        "trigger_id": "4.5.6",
        "response_url": HOOK,
        "actions": [
            {"type": "button", "action_id": action_id, "block_id": "b", "value": "0a"} | action
        ],
    }


FORM = {
    "type": "view_submission",
    "team": TEAM,
    "user": USER,
    "trigger_id": "7.8.9",
    "view": {
        "id": "V1",
        "type": "modal",
        "callback_id": run_modal.RUN_MODAL,
        "private_metadata": '{"channel_id": "C1"}',
        "state": {
            "values": {
                "a": {run_modal.SQL: {"type": "plain_text_input", "value": "select 1"}},
                "b": {run_modal.PROJECT: {"selected_option": {"value": "sandbox"}}},
                "c": {run_modal.NOTIFY: {"selected_users": ["U2"]}},
                "d": {run_modal.FILE: {"files": [{"id": "F1"}]}},
            }
        },
    },
}


def event(**facts: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T1",
        "api_app_id": "A1",
        "event_id": "Ev1",
        "event": {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "1.2"} | facts,
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": True}],
    }


INTERACTIONS = [
    *(click(action_id) for action_id in ACTIONS),
    click("nobody_knows"),
    FORM,
    {"type": "view_closed", "team": TEAM, "user": USER, "view": FORM["view"]},
    {"type": "shortcut", "callback_id": "run_sql", "team": TEAM, "user": USER, "trigger_id": "1"},
    {
        "type": "message_action",
        "callback_id": "run_message_as_sql",
        "team": TEAM,
        "user": USER,
        "channel": {"id": "C1"},
        "message": {"ts": "1.2", "text": "```select 1```", "blocks": [], "files": []},
        "trigger_id": "1.2.3",
        "response_url": HOOK,
    },
]
EVENTS = [
    event(text="<@UBOT> run select 1"),
    event(
        text="<@UBOT> run", files=[{"id": "F1", "name": "a.sql", "url_private": HOOK, "size": 1}]
    ),
    event(type="message", channel_type="im", text="status"),
    event(type="app_home_opened", tab="home"),
    event(type="nobody_knows"),
    {"type": "url_verification", "challenge": "x", "token": "y"},
]

WRONG = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        10**30,
        1.5,
        "",
        " ",
        "\x00",
        "x" * 70_000,
        "run " + "(" * 3_000,
        "<@U1|" + "<" * 3_000,
        "`" * 5_000,
        "\ud800",
        "\u202e\ufeff",
        [],
        [[]],
        [None],
        {},
        {"id": {}},
        {"type": None},
    ]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to everything in a payload."""
    if not isinstance(value, dict | list):
        return [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    for key, one in inner:
        found += places(one, (*path, key))
    return found


def damaged(payload: dict[str, Any], draw: st.DrawFn) -> dict[str, Any]:
    result = copy.deepcopy(payload)
    for _ in range(draw(st.integers(1, 2))):
        found = places(result)
        if not found:
            break
        *way, last = draw(st.sampled_from(found))
        holder: Any = result
        for step in way:
            holder = holder[step]
        if draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = copy.deepcopy(draw(WRONG))
    return result


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    """Return a content type and a body."""
    kind = draw(st.sampled_from(["command", "interaction", "event", "bytes"]))
    if kind == "command":
        fields = damaged(COMMAND, draw)
        text = urlencode({k: str(v).encode(errors="replace") for k, v in fields.items()})
        return "application/x-www-form-urlencoded", text.encode()
    if kind == "interaction":
        payload = json.dumps(damaged(draw(st.sampled_from(INTERACTIONS)), draw))
        return "application/x-www-form-urlencoded", urlencode({"payload": payload}).encode()
    if kind == "event":
        return "application/json", json.dumps(damaged(draw(st.sampled_from(EVENTS)), draw)).encode()
    content_type = draw(
        st.sampled_from(
            ["application/json", "application/x-www-form-urlencoded", "", "\x00", "a/b"]
        )
    )
    prefix = draw(
        st.sampled_from([b"", b"payload=", b"command=%2Fodps&text=", b"{", b"[", b"\xff"])
    )
    return content_type, prefix + draw(st.binary(max_size=60))


class Gateway:
    """Is told who we are, and reaches nobody else."""

    def identity(self) -> Any:
        return {"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1", "url": "http://x/"}


@pytest.fixture
def endpoint(services: Any) -> SlackEndpoint:
    object.__setattr__(services.settings, "slack_signing_secret", SECRET)
    object.__setattr__(services.slack, "gateway", Gateway())
    app: App = create_app(services)
    return SlackEndpoint(app)


def post(
    endpoint: SlackEndpoint,
    content_type: str,
    body: bytes,
    *,
    at: int | None = None,
    **headers: str,
) -> str:
    """Return the status of the answer to a request that is signed as Slack does."""
    timestamp = str(int(time.time()) if at is None else at)
    signed = f"v0:{timestamp}:".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_SLACK_REQUEST_TIMESTAMP": timestamp,
        "HTTP_X_SLACK_SIGNATURE": f"v0={digest}",
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    statuses: list[str] = []
    b"".join(endpoint(environ, lambda status, _headers: statuses.append(status)))
    return statuses[0]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=bodies())
def test_whatever_is_signed_is_answered_without_a_fault(
    endpoint: SlackEndpoint, sent: tuple[str, bytes]
) -> None:
    status = post(endpoint, *sent)

    assert status[:3] in {"200", "400", "404", "409"}, (status, sent)


def test_a_payload_that_lacks_its_person_is_refused_and_in_the_log(
    endpoint: SlackEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    lacking = {name: value for name, value in COMMAND.items() if name != "user_id"}
    with caplog.at_level(logging.ERROR):
        status = post(endpoint, "application/x-www-form-urlencoded", urlencode(lacking).encode())

    assert status.startswith("400")
    assert "a request from Slack failed (ref " in caplog.text


@pytest.mark.parametrize("name", ["user", "channel", "thread_ts"])
def test_an_id_that_is_no_text_is_refused(endpoint: SlackEndpoint, name: str) -> None:
    body = json.dumps(event(text="<@UBOT> status", **{name: "\ud800"})).encode()

    assert post(endpoint, "application/json", body).startswith("400")


def test_the_very_same_request_is_heard_once(endpoint: SlackEndpoint, bot: Any) -> None:
    body, now = urlencode(COMMAND).encode(), int(time.time())
    statuses = [
        post(endpoint, "application/x-www-form-urlencoded", body, at=now)[:3] for _ in range(3)
    ]

    assert statuses == ["200", "409", "409"]
    assert len(bot.all_runs()) == 1


def test_a_command_that_is_signed_anew_is_no_second_one(endpoint: SlackEndpoint, bot: Any) -> None:
    body, now = urlencode(COMMAND).encode(), int(time.time())
    statuses = [
        post(endpoint, "application/x-www-form-urlencoded", body, at=now + number)[:3]
        for number in range(3)
    ]

    assert statuses == ["200", "200", "200"]
    assert len(bot.all_runs()) == 1


def test_what_could_not_be_handled_may_be_sent_again(endpoint: SlackEndpoint) -> None:
    body, now = urlencode({"command": "/odps"}).encode(), int(time.time())
    statuses = [
        post(endpoint, "application/x-www-form-urlencoded", body, at=now)[:3] for _ in range(2)
    ]

    assert statuses == ["400", "400"]


def test_fields_that_come_twice_are_one_for_all_who_read_them(
    endpoint: SlackEndpoint, bot: Any
) -> None:
    body = urlencode(COMMAND).encode() + b"&user_id=U2&text=run+drop+table+t"
    post(endpoint, "application/x-www-form-urlencoded", body)

    runs = bot.all_runs()
    assert {(run.user_id, run.sql) for run in runs} <= {("U1", "select 1"), ("U2", "drop table t")}


def test_a_header_that_is_sent_twice_is_not_believed(endpoint: SlackEndpoint, bot: Any) -> None:
    # A WSGI server joins them by a comma.
    body = urlencode(COMMAND).encode()
    now = str(int(time.time()))
    status = post(
        endpoint,
        "application/x-www-form-urlencoded",
        body,
        HTTP_X_SLACK_REQUEST_TIMESTAMP=f"{now},{now}",
    )

    assert status.startswith("401")
    assert bot.all_runs() == []


def test_what_is_refused_by_its_signature_never_reaches_a_listener(
    endpoint: SlackEndpoint, bot: Any
) -> None:
    body = urlencode(COMMAND).encode()
    status = post(
        endpoint, "application/x-www-form-urlencoded", body, HTTP_X_SLACK_SIGNATURE="v0=" + "0" * 64
    )

    assert status.startswith("401")
    assert bot.all_runs() == []
    assert list(bot.services.stores.audit.read()) == []


@pytest.mark.parametrize("facts", [{}, {"ssl_check": "1"}])
def test_what_nobody_signed_is_counted_as_one_kind(
    endpoint: SlackEndpoint, services: Any, facts: dict[str, str]
) -> None:
    for number in range(100):
        body = json.dumps({"type": "event_callback", "event": {"type": f"odd{number}"}} | facts)
        post(endpoint, "application/json", body.encode(), HTTP_X_SLACK_SIGNATURE="v0=" + "0" * 64)
    post(endpoint, "application/json", json.dumps(event(text="<@UBOT> status")).encode())

    exposition = services.metrics.exposition()
    assert b'kind="odd' not in exposition
    assert b'ack_seconds_count{kind="unsigned"' in exposition
    assert b'ack_seconds_count{kind="app_mention",outcome="ok"} 1.0' in exposition


def test_what_nobody_signed_leaves_no_trace_in_the_log(
    endpoint: SlackEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    body = rb'{"type": "x", "team": {"id": "\ud800"}, "trigger_id": "\ud800"}'
    status = post(endpoint, "application/json", body, HTTP_X_SLACK_SIGNATURE="v0=" + "0" * 64)

    assert status.startswith("401")
    assert caplog.text == ""


def test_checks_of_the_certificate_leave_nothing_behind(endpoint: SlackEndpoint, bot: Any) -> None:
    body, now = urlencode(COMMAND).encode(), int(time.time())
    signed = f"v0:{now}:".encode() + body
    signature = "v0=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    form = "application/x-www-form-urlencoded"
    check = post(endpoint, form, b"ssl_check=1&token=x", HTTP_X_SLACK_SIGNATURE=signature)
    heard = post(endpoint, form, body, at=now)

    assert (check[:3], heard[:3]) == ("200", "200")
    assert [run.sql for run in bot.all_runs()] == ["select 1"]
    assert endpoint._replays.is_replay(signature)
