"""Who says yes before something is destroyed, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from odps_bot.config.rules import Project
from odps_bot.policy.cost_decision import CostDecision, Reason, Verdict, digest_of
from odps_bot.policy.destruction import decide_by_destruction, has_consent, needs_yes
from odps_bot.runs import Decision, Question, Run, RunState, lifecycle
from odps_bot.runs.effect import Effect, Hit
from odps_bot.sql.classification import DestructionKind, classify

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DROP, READ = classify("drop table t"), classify("select 1")
RUN = CostDecision(verdict=Verdict.RUN)
ASK = CostDecision(verdict=Verdict.ASK, reasons=(Reason.ABOVE_LIMIT,))
APPROVE = CostDecision(verdict=Verdict.APPROVE, reasons=(Reason.CLASS,))
REFUSE = CostDecision(verdict=Verdict.REFUSE, reasons=(Reason.ABOVE_CAP,))
FIRST = (Reason.DESTRUCTIVE, Reason.SECOND_PERSON)


def decided(judged, statement=DROP, *, has_consent=False, **facts):
    found = decide_by_destruction(
        judged, statement, project=Project(**facts), has_consent=has_consent
    )
    return found.verdict, found.reasons


@pytest.mark.parametrize("judged", [RUN, ASK, APPROVE, REFUSE])
@pytest.mark.parametrize("rule", ["confirm", "approve", "allow"])
def test_what_destroys_nothing_is_decided_as_before(judged, rule):
    assert decided(judged, READ, destructive=rule) == (judged.verdict, judged.reasons)


@pytest.mark.parametrize("judged", [RUN, ASK, APPROVE, REFUSE])
def test_where_the_rules_allow_it_nobody_more_is_asked(judged):
    assert decided(judged, destructive="allow") == (judged.verdict, judged.reasons)


def test_the_requester_is_asked_once_about_loss_and_cost():
    assert decided(RUN) == (Verdict.CONFIRM, (Reason.DESTRUCTIVE,))
    assert decided(ASK) == (Verdict.CONFIRM, (Reason.DESTRUCTIVE, Reason.ABOVE_LIMIT))


def test_the_requester_comes_before_the_second_person():
    assert decided(APPROVE) == (Verdict.CONFIRM, FIRST)
    assert decided(APPROVE, has_consent=True) == (
        Verdict.APPROVE,
        (Reason.DESTRUCTIVE, Reason.CLASS),
    )
    assert decided(RUN, destructive="approve") == (Verdict.CONFIRM, FIRST)
    assert decided(RUN, destructive="approve", has_consent=True) == (
        Verdict.APPROVE,
        (Reason.DESTRUCTIVE,),
    )


def test_whoever_may_approve_their_own_statements_has_one_click():
    assert decided(APPROVE, self_approval=True)[0] is Verdict.APPROVE


def test_what_is_refused_needs_nobodys_yes():
    assert decided(REFUSE) == (Verdict.REFUSE, REFUSE.reasons)


def test_only_what_destroys_needs_a_yes():
    assert needs_yes(DROP, Project())
    assert not needs_yes(READ, Project())
    assert not needs_yes(DROP, Project(destructive="allow"))


def a_run(**facts):
    usual = {
        "run_id": "a1",
        "name": "r1",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "ads",
        "sql": "drop table t",
        "state": RunState.QUEUED,
        "requested_at": NOW,
        "effect": Effect(hits=(Hit(kind=DestructionKind.DROP, name="t", rows=1),), total=1),
    }
    return Run(**{**usual, **facts})


def a_question(run, kind):
    return Question(
        kind=kind,
        reasons=FIRST,
        requested_at=NOW,
        expires_at=NOW + timedelta(hours=4),
        digest=digest_of(run),
        is_shown=True,
    )


def a_yes(run, user_id="U1"):
    return Decision(user_id=user_id, at=NOW, is_approval=True, digest=digest_of(run))


def test_a_yes_lasts_while_a_second_person_is_asked_and_no_longer_than_what_was_shown():
    run = a_run()
    assert not has_consent(run)
    run = lifecycle.await_decision(run, question=a_question(run, "destruction")).run
    assert not has_consent(run)
    run = lifecycle.decide(run, decision=a_yes(run)).run
    assert has_consent(run)
    asked = lifecycle.await_decision(
        replace(run, question_ts="1.0"), question=a_question(run, "approval")
    ).run

    assert has_consent(asked)
    assert (asked.decision, asked.consent, asked.question_ts) == (None, run.decision, None)
    larger = Effect(hits=(Hit(kind=DestructionKind.DROP, name="t", rows=2),), total=1)
    assert not has_consent(replace(asked, effect=larger))
    assert not has_consent(replace(asked, sql="drop table u"))


def test_a_no_is_no_yes():
    run = a_run()
    run = lifecycle.await_decision(run, question=a_question(run, "destruction")).run
    no = replace(a_yes(run), is_approval=False)

    refused = lifecycle.decide(run, decision=no).run

    assert refused.state is RunState.CANCELLED
    assert not has_consent(refused)


def test_the_digest_of_a_run_without_effect_is_that_of_earlier_versions():
    assert digest_of(a_run(effect=None)) == "1eba7aaf4bf95b7d"


def test_a_reply_about_an_earlier_question_is_not_taken_for_that_of_the_next():
    run = a_run()
    first = a_question(run, "destruction")
    second = replace(a_question(run, "approval"), requested_at=NOW + timedelta(minutes=1))
    asked = replace(run, state=RunState.AWAITING_DECISION, question=second)

    assert lifecycle.question_posted(asked, question=first, ts="1.0") is None
    assert lifecycle.question_posted(asked, question=second, ts="2.0").run.question_ts == "2.0"
