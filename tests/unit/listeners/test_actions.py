"""Every button that is shown does something, and whatever does something is shown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt import BoltContext

from odps_bot.listeners.actions import ACTIONS, action_request
from odps_bot.listeners.views import VIEWS
from odps_bot.messages.replies.estimates import RUN_ESTIMATED
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW
from odps_bot.messages.run.buttons import QUESTION, SHOW_LOGVIEW, SHOW_SQL, STOP_RUN
from odps_bot.messages.run.questions import reject_modal
from odps_bot.runs import Run, RunState

MESSAGES = Path(__file__).parents[1] / "messages"

RUN = Run(
    run_id="0a",
    name="r1",
    team_id="T1",
    channel_id="C1",
    user_id="U1",
    project="p",
    sql="select 1",
    state=RunState.AWAITING_DECISION,
    requested_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def shown() -> list[Any]:
    """All messages, Homes and modals, as the golden files have them."""
    files = sorted(MESSAGES.glob("golden*/*.yaml"))
    # libyaml is ten times as fast, where it is there.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    texts = (file.read_text() for file in files)
    return [yaml.load(text, loader) for text in texts] + [reject_modal(RUN).view]


def action_ids(shown: Any) -> Iterator[str]:
    """Find the action ids of buttons and menus; fields of a modal send no actions."""
    if isinstance(shown, dict) and shown.get("type") != "input":
        if "action_id" in shown:
            yield shown["action_id"].partition(":")[0]
        for part in shown.values():
            yield from action_ids(part)
    elif isinstance(shown, list):
        for part in shown:
            yield from action_ids(part)


def test_the_table_has_exactly_the_actions_that_are_shown(shown: list[Any]) -> None:
    assert set(action_ids(shown)) == set(ACTIONS)


def test_the_table_has_exactly_the_modals_that_can_be_submitted(shown: list[Any]) -> None:
    assert {view["callback_id"] for view in shown if "submit" in view} == set(VIEWS)


def request_for(action_id: str, *, block_id: str = "buttons", **container: Any) -> Any:
    body = {
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "trigger_id": "1.2.3",
        "container": {"type": "message", "channel_id": "C1", "message_ts": "1.0", **container},
        "actions": [{"action_id": action_id, "block_id": block_id}],
    }
    return action_request(body, BoltContext({}))


@pytest.mark.parametrize(
    ("action_id", "block_id", "replaces"),
    [
        (STOP_RUN, "buttons", True),
        (RUN_ESTIMATED, "buttons", True),
        (SHOW_LOGVIEW, "buttons", False),
        (SHOW_LOGVIEW, f"{QUESTION}:1", True),
        (SHOW_SQL, f"{QUESTION}:1", False),
        (f"{SHOW_INSTANCE_LOGVIEW}:20261122120001123gabcde", "buttons", False),
    ],
)
def test_an_ephemeral_message_is_replaced_by_what_settles_it(
    action_id: str, block_id: str, replaces: bool
) -> None:
    request = request_for(action_id, block_id=block_id, is_ephemeral=True)

    assert request.answers_question is replaces
    assert not request_for(action_id, block_id=block_id).answers_question


@pytest.mark.parametrize(("thread_ts", "found"), [(None, None), ("1.0", None), ("0.9", "0.9")])
def test_a_message_that_begins_a_thread_is_in_the_channel(
    thread_ts: str | None, found: str | None
) -> None:
    assert request_for(STOP_RUN, thread_ts=thread_ts).thread_ts == found
