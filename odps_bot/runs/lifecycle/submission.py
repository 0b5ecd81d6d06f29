"""While a run is handed to MaxCompute: one worker at a time has its submission. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from odps_bot.maxcompute.models.instances import is_interactive_id
from odps_bot.runs import polling
from odps_bot.runs.fallback import Fallback, FallbackReason
from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Milestone, MilestoneCode, Outcome, ReasonCode
from odps_bot.runs.run import Run, RunState
from odps_bot.store.notification_kind import NotificationKind

#: A submission has one worker to itself for so long; RQ ends its job before.
LEASE = timedelta(seconds=90)


def begin_submission(run: Run, *, now: datetime) -> Change | None:
    """Give the submission of a queued run to one worker."""
    if run.state is not RunState.QUEUED:
        return None
    return _leased(replace(run, submitting_since=now, last_sent_at=None), now)


def resume_submission(run: Run, *, now: datetime) -> Change | None:
    """Give it to another worker after the last lease: what became of its POST must be found out."""
    return _leased(run, now) if run.state is RunState.SUBMITTING else None


def _leased(run: Run, now: datetime) -> Change | None:
    if run.submitting_until is not None and now < run.submitting_until:
        return None
    submitting = replace(
        run,
        state=RunState.SUBMITTING,
        submitting_until=now + LEASE,
        submit_attempts=run.submit_attempts + 1,
    )
    return Change(run=submitting, overdue_in=LEASE)


def if_claimed(run: Run, *, claimed: Run, event: Callable[[Run], Change | None]) -> Change | None:
    """Apply an event of the worker that has claimed the submission, unless it has lost the claim.

    Another worker may have sent the run since then.
    """
    is_lost = run.submitting_until != claimed.submitting_until
    return None if is_lost or run.state is not RunState.SUBMITTING else event(run)


def about_to_send(run: Run) -> Change | None:
    """Record that the worker which has claimed the submission sends it now."""
    if run.state is not RunState.SUBMITTING or run.submitting_until is None:
        return None
    return Change(run=replace(run, last_sent_at=run.submitting_until - LEASE))


def fell_back(run: Run, *, claimed: Run, fallback: Fallback) -> Change | None:
    """Record that an ordinary job is to be submitted: `claimed` was certainly not taken.

    What an earlier worker has sent stays in doubt.
    """
    if run.state is not RunState.SUBMITTING:
        return None
    return Change(run=replace(run, fallback=fallback, last_sent_at=claimed.last_sent_at))


def is_unsent(run: Run) -> bool:
    """Return whether it is certain that nobody has sent the run in `submitting` yet.

    Whoever sends it records that first. Records of version 0.2 do not say so.
    """
    return run.submitting_since is not None and run.last_sent_at is None


def submitted(
    run: Run,
    *,
    instance_id: str,
    now: datetime,
    started_at: datetime | None = None,
    is_interactive_wanted: bool = False,
    **facts: Any,
) -> Change | None:
    """Record the run's instance, which has just started unless `started_at` says otherwise.

    Where an interactive one was wanted and it is none, that is recorded too; and that it is one
    after all, where an earlier worker has sent it and a later one was refused. `facts` are what was
    found out about one that was there before.
    """
    if run.state is not RunState.SUBMITTING:
        return None
    if run.fallback is not None and is_interactive_id(instance_id):
        facts |= {"fallback": None}
    if is_interactive_wanted and run.fallback is None and not is_interactive_id(instance_id):
        facts |= {"fallback": Fallback(reason=FallbackReason.MOVED)}
    code = MilestoneCode.TRACKED if run.tracked_instance_id else MilestoneCode.SUBMITTED
    running = replace(
        run,
        state=RunState.STOPPING if run.stop_requested_at else RunState.RUNNING,
        instance_id=instance_id,
        started_at=started_at or now,
        submitting_until=None,
        held_back_since=None,
        next_poll_at=now + polling.FIRST_INTERVAL,
        milestones=(Milestone(at=now, code=code, detail=instance_id),),
        **facts,
    )
    # The card follows with a poll, unless the run is over by then.
    return Change(
        run=running,
        overdue_in=polling.FIRST_INTERVAL + polling.SAFETY_NET,
    )


def look_up_later(
    run: Run, *, now: datetime, pause: timedelta, is_counted: bool = True
) -> Change | None:
    """Have the instance looked for after `pause`; by then MaxCompute lists what it took.

    A look-up that has not come to its end is not counted.
    """
    if run.state is not RunState.SUBMITTING:
        return None
    waiting = replace(
        run,
        submitting_until=now + pause,
        submit_attempts=run.submit_attempts - (0 if is_counted else 1),
    )
    return Change(run=waiting, overdue_in=pause + polling.SAFETY_NET)


def defer_submission(run: Run, *, claimed: Run, now: datetime, pause: timedelta) -> Change | None:
    """Have the run sent again after `pause`: MaxCompute certainly did not take `claimed`."""
    if run.state is not RunState.SUBMITTING:
        return None
    again = _without_what_was_sent(run, claimed, until=now + pause)
    return Change(run=again, overdue_in=pause + polling.SAFETY_NET)


def hold_back(run: Run, *, claimed: Run, now: datetime, pause: timedelta) -> Change | None:
    """Let the run wait for MaxCompute: `claimed` was not sent, so this is no attempt.

    One that was queued may have been claimed since then: whoever has it sends it.
    """
    if run.state is not claimed.state:
        return None
    if run.state is RunState.SUBMITTING:
        waiting = _without_what_was_sent(run, claimed, until=now + pause)
        waiting = replace(waiting, submit_attempts=run.submit_attempts - 1)
    elif run.state is RunState.QUEUED:
        waiting = run
    else:
        return None
    is_first = run.held_back_since is None
    return Change(
        run=replace(waiting, held_back_since=run.held_back_since or now),
        notifications=(NotificationKind.CARD,) if is_first else (),
        overdue_in=pause + polling.SAFETY_NET,
    )


def _without_what_was_sent(run: Run, claimed: Run, *, until: datetime) -> Run:
    """Return the run without what the worker that has `claimed` it has sent, as it was not taken.

    It is queued again; but what an earlier worker has sent may still have been taken. Such a run
    stays in `submitting`, so that it is looked for before anything else is sent.
    """
    if not is_unsent(claimed):
        return replace(run, submitting_until=until, last_sent_at=claimed.last_sent_at)
    return replace(
        run,
        state=RunState.QUEUED,
        submitting_until=None,
        submitting_since=None,
        last_sent_at=None,
    )


def cancel_submission(run: Run, *, now: datetime) -> Change | None:
    """End a run that was stopped before anything was sent."""
    return _ended(run, RunState.CANCELLED, None, now)


def lose_submission(
    run: Run, *, now: datetime, reason: ReasonCode = ReasonCode.SUBMISSION_UNKNOWN
) -> Change | None:
    """End a run of which nobody can tell whether MaxCompute took it: it is never sent again."""
    return _ended(run, RunState.UNKNOWN, Outcome(reason=reason), now)


def await_answer(run: Run, *, query_id: str, now: datetime, pause: timedelta) -> Change | None:
    """Have it asked after `pause` how a statement about permissions is doing that takes a while."""
    if run.state is not RunState.SUBMITTING:
        return None
    is_first = run.query_id is None
    waiting = replace(run, query_id=query_id, submitting_until=now + pause)
    return Change(
        run=waiting,
        notifications=(NotificationKind.CARD,) if is_first else (),
        overdue_in=pause + polling.SAFETY_NET,
    )


def carried_out(run: Run, *, text: str, now: datetime) -> Change | None:
    """End a run whose statement about permissions MaxCompute has carried out, with its answer."""
    return _ended(replace(run, result_text=text or None), RunState.SUCCEEDED, None, now)


def not_carried_out(run: Run, *, why: Outcome, now: datetime) -> Change | None:
    """End a run whose statement about permissions MaxCompute has refused to carry out."""
    return _ended(run, RunState.FAILED, why, now)


def _ended(run: Run, state: RunState, outcome: Outcome | None, now: datetime) -> Change | None:
    if run.state is not RunState.SUBMITTING:
        return None
    return Change(
        run=replace(run, state=state, outcome=outcome, ended_at=now, submitting_until=None),
        notifications=(NotificationKind.FINAL, NotificationKind.COMPLETION),
    )
