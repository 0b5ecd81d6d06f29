"""What is heard from Slack is counted by its kind, and named in the log by its id."""

from typing import Any

import pytest
from slack_bolt import BoltRequest
from slack_bolt.authorization import AuthorizeResult

from odps_bot.app import MeasuredApp, _ids_of
from odps_bot.commands import Request
from odps_bot.listeners.views import submission_key
from odps_bot.operations.metrics import Metrics

COMMAND = {"command": "/odps", "team_id": "T1", "trigger_id": "1.2.3", "text": "secret words"}
CLICK = {"type": "block_actions", "team": {"id": "T1"}, "trigger_id": "4.5.6"}
FORM: dict[str, Any] = {
    "type": "view_submission",
    "team": {"id": "T1"},
    "trigger_id": "7.8.9",
    "view": {"id": "V1"},
}
MENTION = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {"type": "app_mention"},
}


def interaction_id(**facts: str) -> str:
    return Request(team_id="T1", channel_id="C1", user_id="U1", **facts).interaction_id


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def app(metrics: Metrics) -> MeasuredApp:
    """An app that has learnt to listen to nothing."""
    return MeasuredApp(
        metrics=metrics,
        authorize=lambda: AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U9"
        ),
        signing_secret="unused",
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )


def count(metrics: Metrics, **labels: str) -> float | None:
    return metrics.registry.get_sample_value("odps_bot_ack_seconds_count", labels)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (COMMAND, interaction_id(trigger_id="1.2.3")),
        (CLICK, interaction_id(trigger_id="4.5.6")),
        (FORM, interaction_id(deduplication_key=submission_key(FORM["view"]))),
        (MENTION, interaction_id(deduplication_key="Ev1")),
    ],
)
def test_a_request_is_named_as_what_is_kept_of_it(body: dict[str, Any], expected: str) -> None:
    assert _ids_of(body) == {"interaction_id": expected}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "block_actions"},
        {"team": None},
        {"team": {"id": 1}, "trigger_id": "1"},
        {"team": {"id": "\ud800"}, "trigger_id": "1"},
        {"team": {"id": "T1"}, "trigger_id": "\ud800"},
    ],
)
def test_what_nobody_sends_has_no_name(body: dict[str, Any]) -> None:
    assert _ids_of(body) == {}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (COMMAND, "command"),
        (CLICK, "block_actions"),
        (FORM, "view_submission"),
        (MENTION, "app_mention"),
        ({"type": "no such kind!"}, "other"),
    ],
)
def test_what_is_heard_is_counted_by_its_kind(
    app: MeasuredApp, metrics: Metrics, body: dict[str, Any], kind: str
) -> None:
    app.dispatch(BoltRequest(body=body, mode="socket_mode"))

    assert count(metrics, kind=kind, outcome="404") == 1
    assert b"secret words" not in metrics.exposition()
