"""Whatever arrives on a connection is read by types, or left alone."""

import json
from typing import Any

import pytest

from odps_bot.slack.socket_mode.messages import Disconnect, Envelope, Hello, read_message

ENVELOPE = {
    "envelope_id": "dbdd0ef3",
    "type": "events_api",
    "accepts_response_payload": False,
    "retry_attempt": 1,
    "retry_reason": "timeout",
    "payload": {"event_id": "Ev1"},
}


def test_an_envelope_has_all_that_slack_says() -> None:
    assert read_message(json.dumps(ENVELOPE)) == Envelope(
        id="dbdd0ef3",
        kind="events_api",
        payload={"event_id": "Ev1"},
        takes_response=False,
        retry_attempt=1,
        retry_reason="timeout",
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "hello", "num_connections": 2, "connection_info": {"app_id": "A1"}}, Hello()),
        ({"type": "disconnect", "reason": "warning"}, Disconnect("warning")),
        ({"type": "disconnect", "reason": None}, Disconnect("")),
        ({"type": "disconnect"}, Disconnect("")),
        ({"type": "something new"}, None),
        ({**ENVELOPE, "payload": None}, None),
        ({**ENVELOPE, "payload": []}, None),
        ({**ENVELOPE, "envelope_id": 7}, None),
        ([], None),
        (None, None),
    ],
)
def test_messages_are_read_by_types(message: Any, expected: Any) -> None:
    assert read_message(json.dumps(message)) == expected


@pytest.mark.parametrize("text", ["", "ping", "{", "[" * 100_000])
def test_what_is_no_json_is_left_alone(text: str) -> None:
    assert read_message(text) is None
