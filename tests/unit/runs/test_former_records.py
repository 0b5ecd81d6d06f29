"""Records of version 0.2 keep their meaning: its sentences are read as codes and values."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from odps_bot.config.rules import Money
from odps_bot.messages.run.outcomes import milestone_in_words, outcome_in_words
from odps_bot.messages.run.states import WORDS
from odps_bot.runs import BudgetUse, Milestone, MilestoneCode, Outcome, ReasonCode, Run, RunState
from odps_bot.runs.record import decode_run, encode_run
from odps_bot.store.codec import CorruptRecordError

MakeRun = Callable[..., Run]

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

#: As 0802ac0 wrote it.
FORMER = {
    "run_id": "0a1b2c",
    "name": "r42",
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U1",
    "project": "ads",
    "sql": "select 1",
    "state": "asked",
    "asked_at": "2026-11-22T12:00:00Z",
}


def read(**facts: Any) -> Run:
    return decode_run(json.dumps(FORMER | facts))


def cny(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


REFUSED = (
    "My account lacks a right. Ask the project's owner to grant it. It said: ODPS-0130013: You have"
    " NO privilege\non a table\nLikely cause: The right was not granted.\nTry: Show it.\nTry again?"
    " Only after a change: as it is, it is refused again.\nNothing was submitted."
)
OUT_OF_REACH = "MaxCompute was out of reach for too long, so I gave up following it."

OUTCOMES = {
    "expired": (
        "expired",
        "Nobody has decided on it in time. Nothing was submitted. Ask again if it is still wanted.",
        Outcome(reason=ReasonCode.EXPIRED),
    ),
    "no file": (
        "refused",
        (
            "It needs a second person, and is too long for its card; Slack did not take it as a"
            " file, and what nobody can read nobody can approve. Nothing was submitted."
        ),
        Outcome(reason=ReasonCode.FILE_REFUSED),
    ),
    "no place": (
        "refused",
        (
            "I can't post in this channel yet. Invite me with `/invite @odps`, then repeat the"
            " command. Nothing was submitted."
        ),
        Outcome(reason=ReasonCode.CARD_REFUSED, detail="not_in_channel"),
    ),
    "an odd code": (
        "refused",
        (
            "Slack does not let me post here (`odd_code`). Ask whoever runs this bot. Nothing was"
            " submitted."
        ),
        Outcome(reason=ReasonCode.CARD_REFUSED, detail="odd_code"),
    ),
    "MaxCompute": (
        "refused",
        REFUSED,
        Outcome(
            reason=ReasonCode.NO_PERMISSION,
            detail="ODPS-0130013: You have NO privilege\non a table",
        ),
    ),
    "no connection": (
        "refused",
        (
            "MaxCompute cannot be reached. Try again in a few minutes. (timed out)\nLikely cause: x"
            "\nTry: y\nTry again? Yes, in a few minutes.\nNothing was submitted."
        ),
        Outcome(reason=ReasonCode.UNREACHABLE, detail="timed out"),
    ),
    "cap": (
        "refused",
        (
            "It would cost about 1,234.50 CNY, which is above the cap of 10.00 CNY in ads. Read"
            " fewer partitions or columns. Nothing was submitted."
        ),
        Outcome(reason=ReasonCode.ABOVE_CAP, limit=cny("10.00")),
    ),
    "budget": (
        "refused",
        (
            "This channel's budget for today (40.00 CNY) does not allow it: 39.00 CNY are spent or"
            " reserved, and this may cost 8.00 CNY. It begins anew at midnight UTC. Nothing was"
            " submitted."
        ),
        Outcome(
            reason=ReasonCode.BUDGET_USED_UP,
            budget=BudgetUse(scope="channel", spent=cny("39.00"), budget=cny("40.00")),
            cost=cny("8.00"),
        ),
    ),
    "a permission": (
        "refused",
        (
            "It may no longer run; to change rows needs writer, the person has viewer. Nothing was"
            " submitted. For help, ask #data."
        ),
        Outcome(
            reason=ReasonCode.DENIED,
            detail="to change rows needs writer, the person has viewer",
            contact="#data",
        ),
    ),
    "lost": ("lost", OUT_OF_REACH, Outcome(reason=ReasonCode.OUT_OF_REACH)),
    "a failure": (
        "failed",
        "ODPS-0130131:[1,15] Table not found",
        Outcome(reason=ReasonCode.TASK_FAILED, detail="ODPS-0130131:[1,15] Table not found"),
    ),
    "a silent failure": (
        "failed",
        "MaxCompute does not say why, or in a form I cannot read. See its Logview.",
        Outcome(reason=ReasonCode.TASK_FAILED_SILENTLY),
    ),
    "a failure without a word": ("failed", "", Outcome(reason=ReasonCode.TASK_FAILED_SILENTLY)),
    "an unreadable result": (
        "succeeded",
        (
            "The result cannot be shown here: it is too large or in a form I cannot read. Select"
            " fewer rows or columns, or read it with a MaxCompute client."
        ),
        Outcome(reason=ReasonCode.RESULT_UNREADABLE),
    ),
}


@pytest.mark.parametrize(("state", "text", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_sentence_of_ours_is_its_reason(state: str, text: str, outcome: Outcome) -> None:
    run = read(state=state, result_text=text)

    assert run.outcome == outcome
    assert run.result_text is None
    assert run.state is RunState(state)


@pytest.mark.parametrize("words", ["My account lacks a right.", "x" * 10_000, OUT_OF_REACH])
def test_what_is_none_of_our_sentences_about_a_failure_is_maxcomputes(words: str) -> None:
    run = read(state="failed", result_text=f"{words}!")

    assert run.outcome == Outcome(reason=ReasonCode.TASK_FAILED, detail=f"{words}!")


def test_a_result_that_is_no_table_stays_one() -> None:
    run = read(state="succeeded", result_text="OK: 3 tables")

    assert (run.outcome, run.result_text) == (None, "OK: 3 tables")


MILESTONES = {
    "Submitted as 20261122120001123gabcde": {
        "code": MilestoneCode.SUBMITTED,
        "detail": "20261122120001123gabcde",
    },
    "Taken up: instance 2026gabc": {"code": MilestoneCode.TRACKED, "detail": "2026gabc"},
    "M1 started with 1,200 workers": {
        "code": MilestoneCode.STAGE_STARTED,
        "detail": "M1",
        "count": 1_200,
    },
    "R2_1 started with 1 worker": {
        "code": MilestoneCode.STAGE_STARTED,
        "detail": "R2_1",
        "count": 1,
    },
    "M1 finished": {"code": MilestoneCode.STAGE_FINISHED, "detail": "M1"},
    "M1 failed": {"code": MilestoneCode.STAGE_FAILED, "detail": "M1"},
    "MaxCompute answers again": {"code": MilestoneCode.REACHABLE},
    "MaxCompute does not answer; I keep trying": {"code": MilestoneCode.UNREACHABLE},
    "2nd in the queue": {"code": MilestoneCode.IN_QUEUE, "count": 2},
    "Waiting for cluster resource": {
        "code": MilestoneCode.IN_QUEUE,
        "detail": "Waiting for cluster resource",
    },
    "Succeeded": {"code": MilestoneCode.ENDED, "detail": "succeeded"},
    "Lost": {"code": MilestoneCode.ENDED, "detail": "unknown"},
    f"Could not be stopped. {REFUSED.removesuffix(' Nothing was submitted.')}": {
        "code": MilestoneCode.STOP_REFUSED,
        "outcome": OUTCOMES["MaxCompute"][2],
    },
}


@pytest.mark.parametrize(("text", "facts"), MILESTONES.items())
def test_a_line_of_the_thread_is_its_code(text: str, facts: dict[str, Any]) -> None:
    run = read(state="running", milestones=[{"at": "2026-11-22T12:00:00Z", "text": text}])

    assert run.milestones == (Milestone(at=NOON, **facts),)


@pytest.mark.parametrize(
    ("waiting_for", "position", "status"),
    [("2nd in the queue", 2, None), ("Waiting for slots", None, "Waiting for slots")],
)
def test_a_place_in_the_queue_is_a_number(
    waiting_for: str, position: int | None, status: str | None
) -> None:
    run = read(state="running", waiting_for=waiting_for)

    assert (run.queue_position, run.queue_status) == (position, status)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("It estimates SQL only.", Outcome(reason=ReasonCode.NO_SQL)),
        ("It does not say why.", Outcome(reason=ReasonCode.ESTIMATE_FAILED)),
        ("ODPS-1", Outcome(reason=ReasonCode.ESTIMATE_FAILED, detail="ODPS-1")),
    ],
)
def test_why_there_is_no_estimate_is_a_code(text: str, outcome: Outcome) -> None:
    assert read(no_estimate=text).no_estimate == outcome


def test_a_former_record_is_written_anew_as_it_was_read() -> None:
    run = read(state="lost", result_text=OUT_OF_REACH)

    assert decode_run(encode_run(run)) == run
    assert b"out of reach for" not in encode_run(run)


@pytest.mark.parametrize("damage", [{"milestones": [{"text": 1}]}, {"no_estimate": 7}])
def test_a_former_record_that_is_damaged_is_no_run(damage: dict[str, Any]) -> None:
    with pytest.raises(CorruptRecordError):
        read(**damage)


def test_a_record_of_today_is_never_read_as_a_former_one(make_run: MakeRun) -> None:
    run = make_run(
        state=RunState.FAILED,
        outcome=Outcome(reason=ReasonCode.TASK_FAILED, detail=OUT_OF_REACH),
        queue_status="2nd in the queue",
    )

    assert decode_run(encode_run(run)) == run


@pytest.mark.parametrize("reason", ReasonCode)
def test_every_reason_has_words(make_run: MakeRun, reason: ReasonCode) -> None:
    of_estimates = {ReasonCode.ESTIMATE_FAILED}
    run = make_run(state=RunState.UNKNOWN, outcome=Outcome(reason=reason, detail="x"))

    assert reason in of_estimates or outcome_in_words(run)


@pytest.mark.parametrize("code", MilestoneCode)
def test_every_milestone_has_words(code: MilestoneCode) -> None:
    assert milestone_in_words(Milestone(at=NOON, code=code, detail=RunState.FAILED))


def test_thread_and_card_call_a_stopped_run_the_same() -> None:
    end = Milestone(at=NOON, code=MilestoneCode.ENDED, detail=RunState.CANCELLED)

    assert milestone_in_words(end) == WORDS[RunState.CANCELLED] == "Stopped"
