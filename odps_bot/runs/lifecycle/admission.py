"""From the request to the submission: what may happen to a run that waits for it. Pure."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec.structs import replace

from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Outcome, ReasonCode
from odps_bot.runs.run import VERSION, Decision, Question, Run, RunState
from odps_bot.store.notification_kind import NotificationKind

#: The reconciler enqueues the jobs of a decision or a stop again that got lost.
PROMPT_AFTER = timedelta(seconds=5)

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
    return Change(
        run=replace(run, state=RunState.AWAITING_DECISION, question=question, decision=None),
        notifications=(NotificationKind.CARD, NotificationKind.QUESTION),
        overdue_in=question.expires_at - question.requested_at,
    )


def show_question(run: Run, *, ts: str) -> Change | None:
    """Record the message with the whole statement: from now on it can be decided."""
    if run.state is not RunState.AWAITING_DECISION or run.question is None:
        return None
    shown = replace(run, question=replace(run.question, is_shown=True), question_ts=ts)
    return Change(run=shown, notifications=(NotificationKind.CARD,))


def decide(run: Run, *, decision: Decision) -> Change | None:
    """Let the run go on, or end it, as somebody has decided on what they were shown."""
    question = run.question
    if run.state is not RunState.AWAITING_DECISION or question is None:
        return None
    if question.digest != decision.digest:
        return None
    is_cost = question.kind == "cost"
    if decision.is_approval:
        return Change(
            run=replace(run, state=RunState.QUEUED, decision=decision),
            notifications=(
                (NotificationKind.CARD,)
                if is_cost
                else (NotificationKind.CARD, NotificationKind.DECISION)
            ),
            overdue_in=PROMPT_AFTER,
        )
    if is_cost:
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
        notifications=(NotificationKind.FINAL, NotificationKind.COMPLETION),
    )


def expire(run: Run, *, now: datetime) -> Change | None:
    """End a run on which nobody has decided in time; before that, have it checked then."""
    question = run.question
    if run.state is not RunState.AWAITING_DECISION or question is None:
        return None
    if now < question.expires_at:
        return Change(run=run, overdue_in=question.expires_at - now)
    return Change(
        run=replace(
            run,
            state=RunState.EXPIRED,
            outcome=Outcome(reason=ReasonCode.EXPIRED),
            ended_at=now,
        ),
        notifications=(NotificationKind.FINAL, NotificationKind.COMPLETION),
    )


def refuse(run: Run, *, if_still: RunState, why: Outcome, now: datetime) -> Change | None:
    """End a run that never ran, and tell its requester why."""
    if run.state is not if_still:
        return None
    return Change(
        run=replace(run, state=RunState.REFUSED, outcome=why, ended_at=now, submitting_until=None),
        notifications=(NotificationKind.FINAL, NotificationKind.REFUSAL),
    )
