"""What each event changes in a run's life, what Slack is told, and when somebody cares."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from odps_bot.messages.run.states import run_duration
from odps_bot.runs import (
    Change,
    Cost,
    Decision,
    InstanceSnapshot,
    Milestone,
    MilestoneCode,
    Outcome,
    Question,
    ReasonCode,
    Run,
    RunState,
    Stage,
    lifecycle,
    polling,
)
from odps_bot.runs.audit_lines import transition
from odps_bot.runs.fallback import Fallback, FallbackReason
from odps_bot.runs.lifecycle.admission import remind_at
from odps_bot.runs.run import Missing
from odps_bot.store.notification_kind import NotificationKind as Kind

MakeRun = Callable[..., Run]
Event = Callable[[Run], Change | None]

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
INSTANCE = "20261122120001123gabcde"
END = (Kind.FINAL, Kind.COMPLETION)


def applied(event: Event, run: Run) -> Change:
    change = event(run)
    assert change is not None
    return change


@pytest.fixture
def question(noon: datetime) -> Callable[..., Question]:
    def make(kind: str = "approval", **facts: Any) -> Question:
        usual = {
            "kind": kind,
            "reasons": (),
            "requested_at": noon,
            "expires_at": noon + HOUR,
            "digest": "d1",
            "is_shown": True,
        }
        return Question(**{**usual, **facts})

    return make


def decision(noon: datetime, *, is_approval: bool, digest: str = "d1") -> Decision:
    return Decision(user_id="U2", at=noon + SECOND, is_approval=is_approval, digest=digest)


# What may happen before the submission.


def test_a_run_begins_queued_and_without_a_name(make_run: MakeRun) -> None:
    facts = {name: getattr(make_run(), name) for name in ("run_id", "team_id", "channel_id")}

    run = lifecycle.accept(
        **facts, user_id="U1", project="p", sql="select 1", requested_at=make_run().requested_at
    )

    assert (run.state, run.name) == (RunState.QUEUED, "")


def test_facts_are_recorded_of_a_queued_run_only(make_run: MakeRun) -> None:
    change = lifecycle.prepare(
        make_run(), notifications=(Kind.CARD,), overdue_in=SECOND, statement_class="read"
    )

    assert change == Change(
        run=make_run(statement_class="read"), notifications=(Kind.CARD,), overdue_in=SECOND
    )
    for state in set(RunState) - {RunState.QUEUED}:
        assert lifecycle.prepare(make_run(state=state), statement_class="read") is None


def test_what_an_estimate_shows_can_never_run_fails_before_it_is_submitted(
    make_run: MakeRun, noon: datetime
) -> None:
    why = Outcome(reason=ReasonCode.COMPILE_ERROR, detail="ODPS-0130131:[1,15] Table not found")
    failed = partial(lifecycle.compile_failed, why=why, now=noon)
    change = applied(failed, make_run(held_back_since=noon))

    assert change == Change(
        run=make_run(state=RunState.FAILED, outcome=why, ended_at=noon), notifications=END
    )
    line = transition(make_run(), change.run)
    assert (line.what, line.outcome) == ("failed", "was queued")
    assert line.detail == "compile_error: ODPS-0130131:[1,15] Table not found"
    for state in set(RunState) - {RunState.QUEUED}:
        assert failed(make_run(state=state)) is None


def test_a_question_is_asked_until_it_expires(make_run: MakeRun, question: Any) -> None:
    change = applied(partial(lifecycle.await_decision, question=question()), make_run())

    assert change.run.state is RunState.AWAITING_DECISION
    assert change.notifications == (Kind.QUESTION_CARD, Kind.QUESTION, Kind.APPROVERS)
    assert change.overdue_in == HOUR * 3 / 4
    assert lifecycle.await_decision(change.run, question=question()) is None


def test_a_question_forgets_an_older_decision(
    make_run: MakeRun, question: Any, noon: datetime
) -> None:
    run = make_run(decision=decision(noon, is_approval=True))

    assert applied(partial(lifecycle.await_decision, question=question()), run).run.decision is None


def test_a_statement_that_is_shown_can_be_decided(make_run: MakeRun, question: Any) -> None:
    run = make_run(state=RunState.AWAITING_DECISION, question=question(is_shown=False))
    change = applied(partial(lifecycle.show_question, ts="1.2"), run)

    assert change.run.question == question(is_shown=True)
    assert change.run.question_ts == "1.2"
    assert change.notifications == (Kind.QUESTION_CARD, Kind.APPROVERS)
    assert lifecycle.show_question(make_run(), ts="1.2") is None


@pytest.mark.parametrize(
    ("kind", "is_approval", "state", "told"),
    [
        ("cost", True, RunState.QUEUED, (Kind.QUESTION_CARD,)),
        ("approval", True, RunState.QUEUED, (Kind.QUESTION_CARD, Kind.DECISION, Kind.APPROVERS)),
        ("cost", False, RunState.CANCELLED, (Kind.FINAL,)),
        ("approval", False, RunState.REJECTED, (*END, Kind.APPROVERS)),
    ],
)
def test_a_decision_lets_the_run_go_on_or_ends_it(
    make_run: MakeRun,
    question: Any,
    noon: datetime,
    kind: str,
    *,
    is_approval: bool,
    state: RunState,
    told: tuple[Kind, ...],
) -> None:
    run = make_run(state=RunState.AWAITING_DECISION, question=question(kind))
    decided = decision(noon, is_approval=is_approval)

    change = applied(partial(lifecycle.decide, decision=decided), run)

    assert (change.run.state, change.run.decision) == (state, decided)
    assert change.notifications == told
    assert change.run.ended_at == (None if is_approval else noon + SECOND)
    assert (change.overdue_in is not None) is is_approval


def test_what_was_not_shown_is_not_decided(
    make_run: MakeRun, question: Any, noon: datetime
) -> None:
    run = make_run(state=RunState.AWAITING_DECISION, question=question())
    other = decision(noon, is_approval=True, digest="d2")

    assert lifecycle.decide(run, decision=other) is None
    assert lifecycle.decide(make_run(), decision=decision(noon, is_approval=True)) is None


def test_a_question_expires_in_time_and_not_before(
    make_run: MakeRun, question: Any, noon: datetime
) -> None:
    run = make_run(state=RunState.AWAITING_DECISION, question=question())

    assert lifecycle.expire(run, now=noon) == Change(run=run, overdue_in=HOUR * 3 / 4)
    change = applied(partial(lifecycle.expire, now=noon + HOUR), run)
    assert change.run.state is RunState.EXPIRED
    assert change.run.outcome == Outcome(reason=ReasonCode.EXPIRED)
    assert change.notifications == (*END, Kind.APPROVERS)
    assert lifecycle.expire(make_run(), now=noon + HOUR) is None


def test_people_are_reminded_once_in_the_last_quarter(
    make_run: MakeRun, question: Any, noon: datetime
) -> None:
    run = make_run(state=RunState.AWAITING_DECISION, question=question())
    late = noon + HOUR * 3 / 4

    change = applied(partial(lifecycle.expire, now=late), run)
    assert change.run.question.reminded_at == late
    assert (change.notifications, change.overdue_in) == ((Kind.REMINDER,), HOUR / 4)
    again = lifecycle.expire(change.run, now=late + SECOND)
    assert again == Change(run=change.run, overdue_in=HOUR / 4 - SECOND)


@pytest.mark.parametrize(
    ("minutes", "before"), [(29, None), (30, 15), (48, 15), (60, 15), (240, 60)]
)
def test_a_reminder_comes_a_quarter_hour_before_the_end_at_least(
    question: Any, noon: datetime, minutes: int, before: int | None
) -> None:
    end = noon + timedelta(minutes=minutes)
    at = remind_at(question(expires_at=end))

    assert at == (None if before is None else end - timedelta(minutes=before))


@pytest.mark.parametrize(
    "state", [RunState.QUEUED, RunState.AWAITING_DECISION, RunState.SUBMITTING]
)
def test_a_refusal_is_told_to_its_requester_with_its_reason(
    make_run: MakeRun, noon: datetime, state: RunState
) -> None:
    why = Outcome(reason=ReasonCode.FILE_REFUSED)
    event = partial(lifecycle.refuse, if_still=state, why=why, now=noon)

    change = applied(event, make_run(state=state, submitting_until=noon))

    assert (change.run.state, change.run.outcome) == (RunState.REFUSED, why)
    assert change.run.ended_at == noon
    assert change.run.submitting_until is None
    assert change.notifications == (Kind.FINAL, Kind.REFUSAL)
    for other in set(RunState) - {state}:
        assert event(make_run(state=other)) is None


def test_where_slack_takes_no_card_nothing_is_submitted(make_run: MakeRun, noon: datetime) -> None:
    event = partial(lifecycle.card_refused, slack_code="is_archived", now=noon)

    refused = applied(event, make_run())
    running = applied(event, make_run(state=RunState.RUNNING))

    assert refused.run.state is RunState.REFUSED
    assert refused.run.outcome == Outcome(reason=ReasonCode.CARD_REFUSED, detail="is_archived")
    assert refused.notifications == (Kind.REFUSAL,)
    assert running == Change(run=make_run(state=RunState.RUNNING, is_card_refused=True))


# The submission.


def test_one_worker_at_a_time_has_the_submission(make_run: MakeRun, noon: datetime) -> None:
    change = applied(partial(lifecycle.begin_submission, now=noon), make_run())

    assert change.run.state is RunState.SUBMITTING
    assert change.run.submit_attempts == 1
    assert change.overdue_in == lifecycle.LEASE
    assert lifecycle.begin_submission(change.run, now=noon + HOUR) is None
    assert lifecycle.resume_submission(change.run, now=noon + SECOND) is None
    again = applied(partial(lifecycle.resume_submission, now=noon + lifecycle.LEASE), change.run)
    assert again.run.submit_attempts == 2
    assert lifecycle.resume_submission(make_run(), now=noon) is None


def test_an_instance_is_polled_soon_after_its_submission(make_run: MakeRun, noon: datetime) -> None:
    run = make_run(state=RunState.SUBMITTING, submitting_until=noon + HOUR)
    change = applied(partial(lifecycle.submitted, instance_id=INSTANCE, now=noon), run)

    assert change.run.state is RunState.RUNNING
    assert change.run.instance_id == INSTANCE
    assert change.run.submitting_until is None
    assert change.run.next_poll_at == noon + polling.FIRST_INTERVAL
    assert change.run.milestones == (
        Milestone(at=noon, code=MilestoneCode.SUBMITTED, detail=INSTANCE),
    )
    # The card follows with a poll: a run of a moment is only updated at its end.
    assert change.notifications == ()


def test_what_was_stopped_meanwhile_is_stopped_as_soon_as_its_instance_is_known(
    make_run: MakeRun, noon: datetime
) -> None:
    run = make_run(state=RunState.SUBMITTING, stop_requested_at=noon)

    change = applied(partial(lifecycle.submitted, instance_id=INSTANCE, now=noon), run)

    assert change.run.state is RunState.STOPPING
    assert polling.is_stop_due(change.run, noon)


def test_a_tracked_instance_brings_its_own_statement(make_run: MakeRun, noon: datetime) -> None:
    run = make_run(state=RunState.SUBMITTING, tracked_instance_id=INSTANCE)
    event = partial(
        lifecycle.submitted, instance_id=INSTANCE, now=noon, sql="select 2", is_foreign=True
    )

    found = applied(event, run).run

    assert (found.sql, found.is_foreign) == ("select 2", True)
    assert found.milestones[0].code is MilestoneCode.TRACKED


def test_the_time_of_a_watched_job_is_its_own(make_run: MakeRun, noon: datetime) -> None:
    run = make_run(state=RunState.SUBMITTING, tracked_instance_id=INSTANCE, requested_at=noon)
    event = partial(lifecycle.submitted, instance_id=INSTANCE, now=noon, started_at=noon - 2 * HOUR)
    followed = applied(event, run).run
    seen = InstanceSnapshot(end=RunState.SUCCEEDED, ended_at=noon - HOUR)
    ended = applied(
        partial(lifecycle.polled, snapshot=seen, cost=None, now=noon, is_swept=False), followed
    ).run

    assert run_duration(followed, noon) == "2 h"
    assert run_duration(ended, noon) == "1 h"
    assert transition(followed, ended).duration_ms == 3_600_000
    # It is polled as rarely as a run of that age.
    assert polling.pause_before_poll(followed, noon) == timedelta(seconds=30)


def test_a_job_that_ended_before_our_clock_says_it_started_took_no_time(
    make_run: MakeRun, noon: datetime
) -> None:
    ended = make_run(state=RunState.SUCCEEDED, requested_at=noon, ended_at=noon - SECOND)

    assert run_duration(ended, noon) == "0 s"
    assert transition(None, ended).duration_ms == 0


def test_an_instance_that_may_be_there_is_looked_for_later(
    make_run: MakeRun, noon: datetime
) -> None:
    run = make_run(state=RunState.SUBMITTING, submitting_until=noon + HOUR)

    change = applied(partial(lifecycle.look_up_later, now=noon, pause=SECOND), run)

    assert change.run == make_run(state=RunState.SUBMITTING, submitting_until=noon + SECOND)
    assert change.overdue_in == SECOND + polling.SAFETY_NET
    assert change.notifications == ()


def sent(make_run: MakeRun, noon: datetime) -> tuple[Run, Run]:
    """Return a run as a worker has claimed it, and as it is once that worker sends it."""
    claimed = applied(partial(lifecycle.begin_submission, now=noon), make_run()).run
    return claimed, applied(lifecycle.about_to_send, claimed).run


def sent_again(make_run: MakeRun, noon: datetime) -> tuple[Run, Run]:
    """Return the same of a second worker, when nobody knows what became of the first one's POST."""
    _, first = sent(make_run, noon)
    later = noon + lifecycle.LEASE
    claimed = applied(partial(lifecycle.resume_submission, now=later), first).run
    return claimed, applied(lifecycle.about_to_send, claimed).run


def test_what_was_certainly_not_taken_is_queued_again(make_run: MakeRun, noon: datetime) -> None:
    claimed, run = sent(make_run, noon)
    event = partial(lifecycle.defer_submission, claimed=claimed, now=noon, pause=SECOND)

    change = applied(event, run)

    assert change.run == make_run(submit_attempts=1)
    assert change.overdue_in == SECOND + polling.SAFETY_NET


@pytest.mark.parametrize("event", [lifecycle.defer_submission, lifecycle.hold_back])
def test_what_an_earlier_worker_has_sent_is_looked_for_before_it_is_sent_again(
    make_run: MakeRun, noon: datetime, event: Any
) -> None:
    claimed, run = sent_again(make_run, noon)
    later = noon + 2 * lifecycle.LEASE

    after = applied(partial(event, claimed=claimed, now=later, pause=SECOND), run).run

    assert (after.state, after.submitting_until) == (RunState.SUBMITTING, later + SECOND)
    assert (after.submitting_since, after.last_sent_at) == (noon, noon)
    assert not lifecycle.is_unsent(after)


@pytest.mark.parametrize("event", [lifecycle.defer_submission, lifecycle.hold_back])
def test_what_no_earlier_worker_has_sent_is_no_longer_in_doubt(
    make_run: MakeRun, noon: datetime, event: Any
) -> None:
    first = applied(partial(lifecycle.begin_submission, now=noon), make_run()).run
    later = noon + lifecycle.LEASE
    claimed = applied(partial(lifecycle.resume_submission, now=later), first).run
    run = applied(lifecycle.about_to_send, claimed).run

    after = applied(partial(event, claimed=claimed, now=later, pause=SECOND), run).run

    assert (after.state, after.submitting_since) == (RunState.QUEUED, None)


def test_a_fallback_leaves_in_doubt_what_an_earlier_worker_has_sent(
    make_run: MakeRun, noon: datetime
) -> None:
    full = Fallback(reason=FallbackReason.BUSY)
    claimed, run = sent(make_run, noon)
    doubted, again = sent_again(make_run, noon)

    fallen = applied(partial(lifecycle.fell_back, claimed=claimed, fallback=full), run).run
    fallen_in_doubt = applied(
        partial(lifecycle.fell_back, claimed=doubted, fallback=full), again
    ).run

    assert (fallen.fallback, fallen.last_sent_at) == (full, None)
    assert (fallen_in_doubt.fallback, fallen_in_doubt.last_sent_at) == (full, noon)


def test_an_interactive_instance_that_is_found_after_a_fallback_is_none(
    make_run: MakeRun, noon: datetime
) -> None:
    full = Fallback(reason=FallbackReason.BUSY)
    run = make_run(state=RunState.SUBMITTING, interactive=True, fallback=full)
    found = partial(lifecycle.submitted, now=noon, is_interactive_wanted=True)

    assert applied(partial(found, instance_id=f"{INSTANCE}_mcqa"), run).run.fallback is None
    assert applied(partial(found, instance_id=INSTANCE), run).run.fallback == full


@pytest.mark.parametrize(
    ("event", "state", "why"),
    [
        (lifecycle.cancel_submission, RunState.CANCELLED, None),
        (
            lifecycle.lose_submission,
            RunState.UNKNOWN,
            Outcome(reason=ReasonCode.SUBMISSION_UNKNOWN),
        ),
    ],
)
def test_a_submission_may_end_the_run(
    make_run: MakeRun, noon: datetime, event: Any, state: RunState, why: Outcome | None
) -> None:
    change = applied(partial(event, now=noon), make_run(state=RunState.SUBMITTING))

    assert (change.run.state, change.run.outcome) == (state, why)
    assert change.notifications == END


@pytest.mark.parametrize("state", sorted(set(RunState) - {RunState.SUBMITTING}))
def test_what_a_slow_worker_learns_too_late_changes_nothing(
    make_run: MakeRun, noon: datetime, state: RunState
) -> None:
    run = make_run(state=state)

    assert lifecycle.submitted(run, instance_id=INSTANCE, now=noon) is None
    assert lifecycle.look_up_later(run, now=noon, pause=SECOND) is None
    claimed = make_run(state=RunState.SUBMITTING)
    assert lifecycle.defer_submission(run, claimed=claimed, now=noon, pause=SECOND) is None
    assert lifecycle.hold_back(run, claimed=claimed, now=noon, pause=SECOND) is None
    assert lifecycle.cancel_submission(run, now=noon) is None
    assert lifecycle.lose_submission(run, now=noon) is None


# Stops.


@pytest.mark.parametrize(
    ("state", "after", "told"),
    [
        (RunState.QUEUED, RunState.CANCELLED, END),
        (RunState.AWAITING_DECISION, RunState.CANCELLED, END),
        (RunState.SUBMITTING, RunState.SUBMITTING, (Kind.CARD,)),
        (RunState.RUNNING, RunState.STOPPING, (Kind.CARD,)),
    ],
)
def test_a_stop_ends_what_is_not_submitted_and_waits_for_the_rest(
    make_run: MakeRun,
    noon: datetime,
    state: RunState,
    after: RunState,
    told: tuple[Kind, ...],
) -> None:
    event = partial(lifecycle.request_stop, user_id="U2", now=noon)

    change = applied(event, make_run(state=state))

    assert change.run.state is after
    assert (change.run.stop_requested_by, change.run.stop_requested_at) == ("U2", noon)
    assert change.notifications == told
    assert event(change.run) is None


@pytest.fixture
def stopping(make_run: MakeRun, noon: datetime) -> Run:
    return make_run(
        state=RunState.STOPPING,
        instance_id=INSTANCE,
        stop_requested_by="U2",
        stop_requested_at=noon,
    )


def test_a_stop_that_was_accepted_is_not_sent_again(stopping: Run, noon: datetime) -> None:
    change = applied(partial(lifecycle.stop_accepted, sent=stopping), stopping)

    assert change.run.is_stop_sent
    assert change.notifications == ()
    assert not polling.is_stop_due(change.run, noon + HOUR)


def test_a_stop_that_was_accepted_counts_more_than_the_refusal_of_its_double(
    stopping: Run, noon: datetime
) -> None:
    why = Outcome(reason=ReasonCode.NO_PERMISSION)
    refused = applied(partial(lifecycle.stop_refused, sent=stopping, why=why, now=noon), stopping)

    change = applied(partial(lifecycle.stop_accepted, sent=stopping), refused.run)

    assert change.run.state is RunState.STOPPING
    assert change.run.stop_requested_by == "U2"
    assert change.notifications == (Kind.CARD,)


def test_a_stop_that_is_not_accepted_yet_waits(stopping: Run, noon: datetime) -> None:
    event = partial(lifecycle.defer_stop, sent=stopping, retry_at=noon + HOUR)

    change = applied(event, stopping)

    assert not polling.is_stop_due(change.run, noon)
    assert polling.is_stop_due(change.run, noon + HOUR)


def test_a_run_whose_stop_is_refused_goes_on_and_may_be_stopped_again(
    stopping: Run, noon: datetime
) -> None:
    why = Outcome(reason=ReasonCode.NO_PERMISSION, detail="no writing")

    change = applied(partial(lifecycle.stop_refused, sent=stopping, why=why, now=noon), stopping)

    assert change.run.state is RunState.RUNNING
    assert change.run.stop_requested_at is None
    assert change.run.milestones[-1].outcome == why
    assert change.notifications == (Kind.CARD, Kind.PROGRESS)
    assert lifecycle.request_stop(change.run, user_id="U3", now=noon) is not None


def test_what_is_learnt_of_an_older_stop_says_nothing_of_a_newer_one(
    stopping: Run, make_run: MakeRun, noon: datetime
) -> None:
    newer = make_run(state=RunState.STOPPING, stop_requested_at=noon + HOUR)
    why = Outcome(reason=ReasonCode.NO_PERMISSION)

    assert lifecycle.stop_accepted(newer, sent=stopping) is None
    assert lifecycle.defer_stop(newer, sent=stopping, retry_at=noon) is None
    assert lifecycle.stop_refused(newer, sent=stopping, why=why, now=noon) is None


# Polls.


@pytest.fixture
def running(make_run: MakeRun, noon: datetime) -> Run:
    return make_run(state=RunState.RUNNING, instance_id=INSTANCE, started_at=noon)


def a_poll(now: datetime, cost: Cost | None = None, **seen: Any) -> Event:
    snapshot = InstanceSnapshot(**seen)
    return partial(lifecycle.polled, snapshot=snapshot, cost=cost, now=now, is_swept=False)


STAGE = Stage(
    name="M1",
    status="RUNNING",
    terminated_workers=1,
    running_workers=1,
    total_workers=4,
    progress_percent=25,
)


def test_a_poll_that_shows_nothing_new_updates_no_card(running: Run, noon: datetime) -> None:
    change = applied(a_poll(noon), running)

    assert change.notifications == ()
    assert change.run.polls == 1
    assert change.run.next_poll_at == noon + polling.FIRST_INTERVAL


def test_a_stage_that_has_started_is_on_record_and_shown_in_its_turn(
    running: Run, noon: datetime
) -> None:
    change = applied(a_poll(noon, stages=(STAGE,)), running)

    assert change.notifications == ()
    assert change.run.is_card_behind
    assert change.run.progress_percent == 25
    assert change.run.milestones == (
        Milestone(at=noon, code=MilestoneCode.STAGE_STARTED, detail="M1", count=4),
    )


@pytest.mark.parametrize(
    ("seen", "detail", "count"),
    [
        ({"queue_position": 3}, "", 3),
        ({"queue_status": "Waiting for slots"}, "Waiting for slots", None),
    ],
)
def test_a_place_in_the_queue_is_a_milestone_when_it_changes(
    running: Run, noon: datetime, seen: dict[str, Any], detail: str, count: int | None
) -> None:
    first = applied(a_poll(noon, **seen), running)
    second = applied(a_poll(noon, **seen), first.run)

    assert first.run.milestones == (
        Milestone(at=noon, code=MilestoneCode.IN_QUEUE, detail=detail, count=count),
    )
    assert second.run.milestones == first.run.milestones


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (RunState.SUCCEEDED, None),
        (RunState.FAILED, Outcome(reason=ReasonCode.TASK_FAILED, detail="ODPS-0130131")),
        (RunState.CANCELLED, None),
        (RunState.UNKNOWN, Outcome(reason=ReasonCode.NO_OUTCOME)),
    ],
)
@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.STOPPING])
def test_a_poll_ends_the_run_as_maxcompute_says(
    make_run: MakeRun, noon: datetime, state: RunState, end: RunState, why: Outcome | None
) -> None:
    run = make_run(state=state, instance_id=INSTANCE, next_poll_at=noon)
    cost = Cost(input_bytes=7)

    change = applied(a_poll(noon, cost, end=end, outcome=why, ended_at=noon - SECOND), run)

    assert (change.run.state, change.run.outcome, change.run.cost) == (end, why, cost)
    assert change.run.ended_at == noon - SECOND
    assert change.run.next_poll_at is None
    assert change.run.milestones[-1] == Milestone(at=noon, code=MilestoneCode.ENDED, detail=end)
    assert change.notifications == (*END, Kind.PROGRESS)


def poll_fails(now: datetime) -> Event:
    return partial(lifecycle.poll_failed, now=now, patience=HOUR)


def test_an_outage_is_announced_after_a_while_and_so_is_its_end(
    running: Run, noon: datetime
) -> None:
    first = applied(poll_fails(noon), running)
    second = applied(poll_fails(noon + polling.OUTAGE_WORTH_SAYING), first.run)
    third = applied(poll_fails(noon + 2 * polling.OUTAGE_WORTH_SAYING), second.run)
    last = applied(a_poll(noon + 3 * polling.OUTAGE_WORTH_SAYING), third.run)

    assert first.notifications == ()
    assert second.notifications == (Kind.CARD, Kind.PROGRESS)
    assert second.run.unreachable_since == noon
    assert third.notifications == ()
    assert last.notifications == (Kind.CARD_REFRESH, Kind.PROGRESS)
    assert last.run.unreachable_since is None
    codes = [milestone.code for milestone in last.run.milestones]
    assert codes == [MilestoneCode.UNREACHABLE, MilestoneCode.REACHABLE]


def test_what_could_not_be_polled_is_polled_again_soon_though_sweeps_watch_it(
    make_run: MakeRun, noon: datetime
) -> None:
    parked = noon + 50 * polling.LONGEST_INTERVAL
    run = make_run(state=RunState.RUNNING, started_at=noon - HOUR, next_poll_at=parked)

    change = applied(poll_fails(noon), run)

    assert change.run.next_poll_at == noon + polling.LONGEST_INTERVAL
    assert change.overdue_in == polling.LONGEST_INTERVAL + polling.SAFETY_NET


def repeated(event: Callable[[datetime], Event], run: Run, instants: Iterable[datetime]) -> Change:
    """Return what the last of these polls changes; none of the others ends the run."""
    *others, last = instants
    for instant in others:
        run = applied(event(instant), run).run
        assert not run.is_final
    return applied(event(last), run)


def test_what_is_out_of_reach_for_too_long_is_given_up(running: Run, noon: datetime) -> None:
    instants = [noon + minutes * MINUTE for minutes in (0, 1, 2, 10, 30, 40, 50, 59, 60, 61)]

    change = repeated(poll_fails, running, instants)

    assert change.run.state is RunState.UNKNOWN
    assert change.run.outcome == Outcome(reason=ReasonCode.OUT_OF_REACH)
    assert change.notifications == END


def test_two_polls_that_failed_long_after_one_another_give_up_nothing(
    running: Run, noon: datetime
) -> None:
    change = repeated(poll_fails, running, [noon, noon + 30 * HOUR])

    assert change.run.state is RunState.RUNNING


def test_a_poll_that_asked_nobody_is_no_evidence_and_comes_again_when_it_may(
    running: Run, noon: datetime
) -> None:
    def held_back(now: datetime) -> Event:
        return partial(poll_fails(now), was_asked=False, retry_after=90 * SECOND)

    change = repeated(held_back, running, [noon + hours * HOUR for hours in range(30)])

    assert change.run.state is RunState.RUNNING
    assert (change.run.polls, change.run.failed_polls) == (running.polls, 0)
    assert change.run.unreachable_since == noon
    assert change.run.next_poll_at == noon + 29 * HOUR + 90 * SECOND
    assert change.overdue_in == 90 * SECOND + polling.SAFETY_NET


def test_a_pause_of_maxcompute_holds_up_no_stop(make_run: MakeRun, noon: datetime) -> None:
    run = make_run(state=RunState.STOPPING, started_at=noon - HOUR, stop_requested_at=noon)
    event = partial(poll_fails(noon), was_asked=False, retry_after=HOUR)

    assert applied(event, run).run.next_poll_at == noon + SECOND


def test_a_sweep_that_sees_the_run_ends_its_outage(running: Run, noon: datetime) -> None:
    lost = repeated(poll_fails, running, [noon, noon + HOUR]).run
    assert lost.is_outage_announced

    seen = applied(partial(lifecycle.seen_running, now=noon + HOUR), lost)

    assert (seen.run.unreachable_since, seen.run.failed_polls) == (None, 0)
    assert seen.run.milestones[-1].code is MilestoneCode.REACHABLE
    assert seen.notifications == (Kind.CARD, Kind.PROGRESS)
    assert lifecycle.seen_running(seen.run, now=noon + HOUR) is None


def is_not_found(now: datetime) -> Event:
    return partial(lifecycle.instance_not_found, now=now)


def test_an_instance_that_is_gone_is_not_asked_about_again(
    make_run: MakeRun, noon: datetime
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon - HOUR, next_poll_at=noon)

    change = repeated(is_not_found, run, [noon, noon + SECOND, noon + MINUTE])

    assert change.run.state is RunState.UNKNOWN
    assert change.run.outcome == Outcome(reason=ReasonCode.INSTANCE_GONE)
    assert change.run.next_poll_at is None
    assert change.notifications == END


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        pytest.param(HOUR, [0], id="once"),
        pytest.param(HOUR, [0, 3_600], id="twice"),
        pytest.param(HOUR, [0, 1, 2, 30, 59], id="for less than a minute"),
        pytest.param(timedelta(0), [0, 10, 60, 120, 299], id="right after its submission"),
    ],
)
@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.STOPPING])
def test_an_instance_that_is_not_found_may_still_be_there(
    make_run: MakeRun, noon: datetime, state: RunState, age: timedelta, seconds: list[int]
) -> None:
    run = make_run(state=state, started_at=noon - age, next_poll_at=noon, stop_requested_at=noon)

    change = repeated(is_not_found, run, [noon + one * SECOND for one in seconds])

    assert change.run.state is state
    assert change.run.missing == Missing(since=noon, polls=len(seconds))
    assert change.notifications == ((Kind.CARD,) if len(seconds) == 2 else ())
    found = applied(a_poll(noon + HOUR), change.run)
    assert found.run.missing is None


def is_unread(now: datetime, end: RunState = RunState.SUCCEEDED) -> Event:
    return partial(lifecycle.result_unread, end=end, ended_at=now, now=now, patience=MINUTE)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (RunState.SUCCEEDED, ReasonCode.RESULT_UNREADABLE),
        (RunState.FAILED, ReasonCode.TASK_FAILED_SILENTLY),
    ],
)
def test_an_end_is_told_without_its_result_when_nobody_can_read_it(
    running: Run, noon: datetime, end: RunState, reason: ReasonCode
) -> None:
    instants = [noon, noon + MINUTE, noon + MINUTE + SECOND]

    change = repeated(partial(is_unread, end=end), running, instants)

    assert (change.run.state, change.run.outcome) == (end, Outcome(reason=reason))
    assert change.run.ended_at == instants[-1]
    assert change.run.next_poll_at is None
    assert change.notifications == (*END, Kind.PROGRESS)


@pytest.mark.parametrize("seconds", [[0, 3_600], [0, 1, 2, 60]])
def test_a_result_is_asked_for_three_times_and_for_a_while(
    running: Run, noon: datetime, seconds: list[int]
) -> None:
    change = repeated(is_unread, running, [noon + one * SECOND for one in seconds])

    assert not change.run.is_final
    assert change.run.unread_end is not None
    assert change.run.unreachable_since is None
    read = applied(a_poll(noon + HOUR, end=RunState.SUCCEEDED), change.run)
    assert (read.run.outcome, read.run.unread_end) == (None, None)


@pytest.mark.parametrize("event", [poll_fails, is_not_found])
def test_an_end_that_is_known_is_told_though_maxcompute_cannot_be_asked_any_more(
    make_run: MakeRun, noon: datetime, event: Callable[[datetime], Event]
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon - HOUR, next_poll_at=noon)
    ended = applied(is_unread(noon), run).run
    instants = [noon + minutes * MINUTE for minutes in (1, *range(2, 10), 70)]
    if event is is_not_found:
        instants = instants[:3]

    change = repeated(event, ended, instants)

    assert change.run.state is RunState.SUCCEEDED
    assert change.run.outcome == Outcome(reason=ReasonCode.RESULT_UNREADABLE)


def test_progress_that_maxcompute_did_not_tell_stays_as_it_was(
    running: Run, noon: datetime
) -> None:
    queued = applied(a_poll(noon, queue_position=3), running).run

    change = applied(a_poll(noon + SECOND, is_progress_known=False), queued)

    assert change.run.queue_position == 3
    assert change.notifications == ()


@pytest.mark.parametrize("state", sorted(set(RunState) - {RunState.RUNNING, RunState.STOPPING}))
def test_a_poll_changes_only_what_runs(make_run: MakeRun, noon: datetime, state: RunState) -> None:
    run = make_run(state=state)

    assert a_poll(noon, end=RunState.SUCCEEDED)(run) is None
    assert poll_fails(noon)(run) is None
    assert is_not_found(noon)(run) is None
    assert is_unread(noon)(run) is None
    assert lifecycle.seen_running(run, now=noon) is None
