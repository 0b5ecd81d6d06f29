"""Which buttons run the statement of an ended run again: as it is, changed, or both."""

from datetime import UTC, datetime

import pytest

from odps_bot.messages.run.buttons import buttons_of, repeat_buttons
from odps_bot.runs import Outcome, ReasonCode, Run, RunState
from odps_bot.runs.run import FINAL_STATES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BOTH, CHANGED = ["Re-run", "Edit & run"], ["Edit & run"]


def a_run(state: RunState, reason: ReasonCode | None = None, detail: str = "") -> Run:
    return Run(
        run_id="0123",
        name="r42",
        team_id="T1",
        channel_id="C1",
        user_id="U1",
        project="sandbox",
        sql="select a from t",
        state=state,
        requested_at=NOON,
        outcome=Outcome(reason=reason, detail=detail) if reason else None,
    )


def labels(run: Run) -> list[str]:
    return [button["text"]["text"] for button in repeat_buttons(run)]


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("ODPS-0130131:[1,15] Table not found - table sandbox.t cannot be resolved", CHANGED),
        ("ODPS-0130161:[1,8] Parse exception - invalid token 'form'", CHANGED),
        ("ODPS-0130013:Authorization exception - You have NO privilege 'odps:Select'", CHANGED),
        ("ODPS-0010000:System internal error - fuxi job failed, WorkerRestart", BOTH),
        ("something that nobody has seen yet", BOTH),
    ],
)
def test_a_failure_offers_what_can_help(detail: str, expected: list[str]) -> None:
    assert labels(a_run(RunState.FAILED, ReasonCode.TASK_FAILED, detail)) == expected


def test_what_cannot_be_compiled_is_changed() -> None:
    assert labels(a_run(RunState.FAILED, ReasonCode.COMPILE_ERROR, "ODPS-0130161:x")) == CHANGED


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (ReasonCode.DENIED, CHANGED),
        (ReasonCode.ABOVE_CAP, CHANGED),
        (ReasonCode.NOT_DISPLAYABLE, CHANGED),
        (ReasonCode.CLIENT_COMMAND, CHANGED),
        (ReasonCode.NO_APPROVER, CHANGED),
        (ReasonCode.NO_PERMISSION, CHANGED),
        (ReasonCode.INVALID_REQUEST, CHANGED),
        (ReasonCode.BUDGET_USED_UP, BOTH),
        (ReasonCode.FILE_REFUSED, BOTH),
        (ReasonCode.CARD_REFUSED, BOTH),
        (ReasonCode.UNREACHABLE, BOTH),
        (ReasonCode.THROTTLED, BOTH),
        (ReasonCode.UNUSABLE_RESPONSE, BOTH),
    ],
)
def test_a_refusal_offers_what_can_help(reason: ReasonCode, expected: list[str]) -> None:
    assert labels(a_run(RunState.REFUSED, reason)) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (RunState.SUCCEEDED, ["Re-run"]),
        (RunState.CANCELLED, BOTH),
        (RunState.REJECTED, CHANGED),
        (RunState.EXPIRED, BOTH),
        (RunState.UNKNOWN, BOTH),
        (RunState.FAILED, BOTH),
    ],
)
def test_every_end_offers_a_way_on(state: RunState, expected: list[str]) -> None:
    assert labels(a_run(state)) == expected


def test_no_reason_of_a_refusal_leaves_a_run_without_a_way_on() -> None:
    for reason in ReasonCode:
        for state in FINAL_STATES:
            offered = labels(a_run(state, reason))
            assert offered
            assert state is RunState.SUCCEEDED or "Edit & run" in offered


def test_a_card_has_room_for_all_its_buttons() -> None:
    card = buttons_of(a_run(RunState.CANCELLED))

    assert [button["text"]["text"] for button in card] == ["SQL", "Re-run", "Edit & run"]
    assert len({button["action_id"] for button in card}) == len(card)
