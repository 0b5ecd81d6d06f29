"""What Slack delivers reaches the app as it was sent, and its response reaches Slack."""

import json
from typing import Any, cast

import pytest
from slack_bolt import App, BoltRequest, BoltResponse

from odps_bot.slack.socket_mode.envelopes import RecentEnvelopes, acknowledge
from odps_bot.slack.socket_mode.messages import Envelope


class AnApp:
    """Gives a response, and keeps the request."""

    def __init__(self, response: BoltResponse) -> None:
        self._response = response
        self.request: BoltRequest | None = None

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        self.request = request
        return self._response


def answer(response: BoltResponse, **fields: Any) -> Any:
    envelope = Envelope(**{"id": "e1", "kind": "slash_commands", "payload": {}, **fields})
    text = acknowledge(cast("App", AnApp(response)), envelope)
    return None if text is None else json.loads(text)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (BoltResponse(status=200), {"envelope_id": "e1"}),
        (BoltResponse(status=200, body="hi"), {"envelope_id": "e1", "payload": {"text": "hi"}}),
        (
            BoltResponse(status=200, body={"response_action": "clear"}),
            {"envelope_id": "e1", "payload": {"response_action": "clear"}},
        ),
        (BoltResponse(status=404, body={"error": "unhandled request"}), None),
    ],
)
def test_the_response_is_the_acknowledgement(response: BoltResponse, expected: Any) -> None:
    assert answer(response) == expected


def test_an_event_is_acknowledged_without_content() -> None:
    assert answer(BoltResponse(status=200, body="hi"), takes_response=False) == {
        "envelope_id": "e1"
    }


def test_the_app_is_told_of_retries() -> None:
    app = AnApp(BoltResponse(status=200))
    envelope = Envelope(
        id="e1",
        kind="events_api",
        payload={"event_id": "Ev1"},
        retry_attempt=1,
        retry_reason="timeout",
    )
    acknowledge(cast("App", app), envelope)

    assert app.request is not None
    assert app.request.body == {"event_id": "Ev1"}
    assert app.request.headers["x-slack-retry-num"] == ["1"]
    assert app.request.headers["x-slack-retry-reason"] == ["timeout"]


def test_an_envelope_is_new_once_unless_it_was_not_acknowledged() -> None:
    recent = RecentEnvelopes()

    assert (recent.begin("e1"), recent.begin("e1")) == (True, False)
    assert recent.acknowledgement("e1") is None
    recent.finish("e1", "acknowledged")
    assert (recent.begin("e1"), recent.acknowledgement("e1")) == (False, "acknowledged")
    assert recent.begin("e2")
    recent.finish("e2", None)
    assert recent.begin("e2")
