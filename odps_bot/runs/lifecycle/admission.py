"""From the request to the submission: what may happen to a run that waits for it. Pure."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec.structs import replace

from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Outcome, ReasonCode
from odps_bot.runs.run import VERSION, ApprovalMessage, Decision, Question, Run, RunState
from odps_bot.store.notification_kind import NotificationKind

#: The reconciler enqueues the jobs of a decision or a stop again that got lost.
PROMPT_AFTER = timedelta(seconds=5)

#: People are reminded of a question in the last quarter of its life, at least so long before its
#: end; not of one that is open for less than this.
REMIND_BEFORE = timedelta(minutes=15)
SHORTEST_REMINDED = 2 * REMIND_BEFORE

#: Returns a new run; whoever keeps it gives it a name.
accept = partial(Run, version=VERSION, name="", state=RunState.QUEUED)


def prepare(
    run: Run,
    *,
    notifications: tuple[NotificationKind, ...] = (),
    overdue_in: timedelta | None = None,
    **facts: Any,
) -> Change | None:
    """Record facts of a run that is queued: whoever stops it meanwhile has the last word."""
    if run.state is not RunState.QUEUED:
        return None
    return Change(run=replace(run, **facts), notifications=notifications, overdue_in=overdue_in)


def compile_failed(run: Run, *, why: Outcome, now: datetime) -> Change | None:
    """End a run whose estimate shows that it can never run as it is; nothing was submitted."""
    if run.state is not RunState.QUEUED:
        return None
    return Change(
        run=replace(run, state=RunState.FAILED, outcome=why, ended_at=now, held_back_since=None),
        notifications=(NotificationKind.FINAL, NotificationKind.COMPLETION),
    )


def await_decision(run: Run, *, question: Question) -> Change | None:
    """Ask somebody before the run goes on."""
    if run.state is not RunState.QUEUED:
        return None
    asked = replace(
        run,
        state=RunState.AWAITING_DECISION,
        question=question,
        decision=None,
        consent=consent_of(run),
        question_ts=None,
    )
    return Change(
        run=asked,
        notifications=(
            NotificationKind.QUESTION_CARD,
            NotificationKind.QUESTION,
            *for_approvers(question),
        ),
        overdue_in=(remind_at(question) or question.expires_at) - question.requested_at,
    )


def consent_of(run: Run) -> Decision | None:
    """Return the requester's yes to what the run destroys; None unless it was given."""
    if run.question is None or run.question.kind != "destruction":
        return run.consent
    return run.decision if run.decision and run.decision.is_approval else None


def question_posted(run: Run, *, question: Question, ts: str) -> Change | None:
    """Record the reply that says what must be decided, unless it is another question by now."""
    if run.question is None or run.question.requested_at != question.requested_at:
        return None
    return Change(run=replace(run, question_ts=ts))


def show_question(run: Run, *, ts: str) -> Change | None:
    """Record the message with the whole statement: from now on it can be decided."""
    if run.state is not RunState.AWAITING_DECISION or run.question is None:
        return None
    shown = replace(run, question=replace(run.question, is_shown=True), question_ts=ts)
    notifications = (NotificationKind.QUESTION_CARD, *for_approvers(run.question))
    return Change(run=shown, notifications=notifications)


def approver_asked(run: Run, *, message: ApprovalMessage) -> Change | None:
    """Record the direct message that asks an approver; if it came too late, it is closed."""
    asked = replace(run, approval_messages=(*run.approval_messages, message))
    is_open = run.state is RunState.AWAITING_DECISION
    return Change(run=asked, notifications=() if is_open else (NotificationKind.APPROVERS,))


def approver_told(run: Run, *, user_id: str) -> Change | None:
    """Record that the direct message to an approver shows what was decided."""
    messages = tuple(
        replace(message, is_closed=True) if message.user_id == user_id else message
        for message in run.approval_messages
    )
    return Change(run=replace(run, approval_messages=messages))


def decide(run: Run, *, decision: Decision) -> Change | None:
    """Let the run go on, or end it, as somebody has decided on what they were shown."""
    question = run.question
    if run.state is not RunState.AWAITING_DECISION or question is None:
        return None
    if question.digest != decision.digest:
        return None
    if decision.is_approval:
        return Change(
            run=replace(run, state=RunState.QUEUED, decision=decision),
            notifications=(
                (NotificationKind.QUESTION_CARD,)
                if question.is_for_requester
                else (
                    NotificationKind.QUESTION_CARD,
                    NotificationKind.DECISION,
                    NotificationKind.APPROVERS,
                )
            ),
            overdue_in=PROMPT_AFTER,
        )
    if question.is_for_requester:
        cancelled = replace(
            run,
            state=RunState.CANCELLED,
            decision=decision,
            stop_requested_by=decision.user_id,
            stop_requested_at=decision.at,
            ended_at=decision.at,
        )
        return Change(run=cancelled, notifications=(NotificationKind.FINAL,))
    return Change(
        run=replace(run, state=RunState.REJECTED, decision=decision, ended_at=decision.at),
        notifications=(
            NotificationKind.FINAL,
            NotificationKind.COMPLETION,
            NotificationKind.APPROVERS,
        ),
    )


def expire(run: Run, *, now: datetime) -> Change | None:
    """End a run on which nobody has decided in time; before that, remind people once."""
    question = run.question
    if run.state is not RunState.AWAITING_DECISION or question is None:
        return None
    if now < question.expires_at:
        return _remind(run, question, now)
    return Change(
        run=replace(
            run,
            state=RunState.EXPIRED,
            outcome=Outcome(reason=ReasonCode.EXPIRED),
            ended_at=now,
        ),
        notifications=(
            NotificationKind.FINAL,
            NotificationKind.COMPLETION,
            *for_approvers(question),
        ),
    )


def _remind(run: Run, question: Question, now: datetime) -> Change:
    at = remind_at(question)
    if at is not None and question.reminded_at is None:
        if now < at:
            return Change(run=run, overdue_in=at - now)
        run = replace(run, question=replace(question, reminded_at=now))
        notifications: tuple[NotificationKind, ...] = (NotificationKind.REMINDER,)
    else:
        notifications = ()
    return Change(run=run, notifications=notifications, overdue_in=question.expires_at - now)


def remind_at(question: Question) -> datetime | None:
    """Return when people are reminded of the question; None if it is open too briefly for that."""
    life = question.expires_at - question.requested_at
    if life < SHORTEST_REMINDED:
        return None
    return question.expires_at - max(life / 4, REMIND_BEFORE)


def for_approvers(question: Question | None) -> tuple[NotificationKind, ...]:
    """Return what approvers must see elsewhere than in the thread once the question changes."""
    is_theirs = question is not None and not question.is_for_requester
    return (NotificationKind.APPROVERS,) if is_theirs else ()


def refuse(run: Run, *, if_still: RunState, why: Outcome, now: datetime) -> Change | None:
    """End a run that never ran, and tell its requester why."""
    if run.state is not if_still:
        return None
    return Change(
        run=replace(run, state=RunState.REFUSED, outcome=why, ended_at=now, submitting_until=None),
        notifications=(
            NotificationKind.FINAL,
            NotificationKind.REFUSAL,
            *for_approvers(run.question if if_still is RunState.AWAITING_DECISION else None),
        ),
    )
