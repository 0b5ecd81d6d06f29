"""Why a run's state is not known now, in lists, milestones and at the end."""

from collections.abc import Callable
from datetime import datetime

import msgspec
import pytest

from odps_bot.messages.run.outcomes import milestone_in_words, outcome_in_words
from odps_bot.messages.run.refusals import (
    refused_polls_in_mrkdwn,
    refused_polls_in_words,
    trouble_in_short,
)
from odps_bot.messages.sentences import SENTENCES
from odps_bot.runs import Milestone, MilestoneCode, Outcome, ReasonCode, Run, RunState
from odps_bot.runs.outcome import Refusal

SAID = "ODPS-0420095: Access Denied - You have NO privilege 'odps:Read' on {acs:odps:*:projects/x}"


@pytest.fixture
def refusal(noon: datetime) -> Refusal:
    return Refusal(
        reason=ReasonCode.NO_PERMISSION, since=noon, code="NoPermission", message=SAID, polls=2
    )


def test_a_refusal_is_explained_as_anywhere_else_and_tried_again_without_asking(
    refusal: Refusal,
) -> None:
    words = refused_polls_in_words(refusal)

    assert SAID in words
    assert "Likely cause: " in words
    assert "Try: " in words
    assert "Try again?" not in words


@pytest.mark.parametrize("reason", SENTENCES.refusals)
def test_a_card_shows_asterisks_of_maxcompute_as_they_are(
    refusal: Refusal, reason: ReasonCode
) -> None:
    words = refused_polls_in_mrkdwn(msgspec.structs.replace(refusal, reason=reason))

    assert "`NoPermission: ODPS-0420095: " in words
    assert "on {acs:odps:*:projects/x}`" in words


def test_lists_say_in_a_sentence_what_is_wrong(
    make_run: Callable[..., Run], refusal: Refusal, noon: datetime
) -> None:
    run = make_run(state=RunState.RUNNING)
    silent = make_run(state=RunState.RUNNING, unreachable_since=noon)
    refused = make_run(state=RunState.RUNNING, unreachable_since=noon, refusal=refusal)
    ended = make_run(state=RunState.SUCCEEDED, refusal=refusal)

    assert trouble_in_short(run) == trouble_in_short(ended) == ""
    assert trouble_in_short(silent) == "MaxCompute isn't responding"
    assert trouble_in_short(refused) == "My account lacks a permission"


@pytest.mark.parametrize("reason", SENTENCES.refusals)
def test_every_refusal_fits_into_a_list(
    make_run: Callable[..., Run], refusal: Refusal, reason: ReasonCode
) -> None:
    one = Refusal(reason=reason, since=refusal.since, code="x", message="y")
    words = trouble_in_short(make_run(state=RunState.RUNNING, refusal=one))

    assert 0 < len(words) <= 60


def test_milestones_tell_silence_from_refusals(refusal: Refusal, noon: datetime) -> None:
    def words(code: MilestoneCode, outcome: Outcome | None) -> str:
        return milestone_in_words(Milestone(at=noon, code=code, outcome=outcome))

    why = refusal.as_outcome()
    assert words(MilestoneCode.UNREACHABLE, None).startswith("MaxCompute isn't responding")
    assert "My account lacks a permission." in words(MilestoneCode.UNREACHABLE, why)
    assert words(MilestoneCode.REACHABLE, None) == "MaxCompute is responding again"
    assert words(MilestoneCode.REACHABLE, why) == "MaxCompute gives this job's status again"


def test_what_was_refused_to_the_end_is_not_said_to_be_out_of_reach(
    make_run: Callable[..., Run], refusal: Refusal
) -> None:
    facts = {"state": RunState.UNKNOWN, "outcome": Outcome(reason=ReasonCode.OUT_OF_REACH)}

    assert "I couldn't reach MaxCompute" in outcome_in_words(make_run(**facts))
    assert SAID in outcome_in_words(make_run(**facts, refusal=refusal))


@pytest.mark.parametrize(
    ("detail", "is_quoted"),
    [
        ("", False),
        (f"NoPermission: {SAID} (HTTP 403, request 5583C0893F7EC2D353)", True),
    ],
)
def test_a_result_that_maxcompute_refuses_is_told_with_its_message(
    make_run: Callable[..., Run], detail: str, is_quoted: bool
) -> None:
    unread = Outcome(reason=ReasonCode.RESULT_UNREADABLE, detail=detail)
    words = outcome_in_words(make_run(state=RunState.SUCCEEDED, outcome=unread))

    assert ("too large" in words) is not is_quoted
    assert (SAID in words) is is_quoted
    assert ("Try: " in words) is is_quoted
