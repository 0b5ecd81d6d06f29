"""While a run is handed to MaxCompute: one worker at a time has its submission. Pure."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from odps_bot.runs import polling
from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Milestone, MilestoneCode, Outcome, ReasonCode
from odps_bot.runs.run import Run, RunState
from odps_bot.store.notification_kind import NotificationKind

#: A submission has one worker to itself for so long; RQ ends its job before.
LEASE = timedelta(seconds=90)


def begin_submission(run: Run, *, now: datetime) -> Change | None:
    """Give the submission of a queued run to one worker."""
    return _leased(run, now) if run.state is RunState.QUEUED else None


def resume_submission(run: Run, *, now: datetime) -> Change | None:
    """Give it to another worker after the last lease: the outcome of its POST is unknown."""
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


def submitted(run: Run, *, instance_id: str, now: datetime, **facts: Any) -> Change | None:
    """Record the run's instance; `facts` are what was found out about one that was there before."""
    if run.state is not RunState.SUBMITTING:
        return None
    code = MilestoneCode.TRACKED if run.tracked_instance_id else MilestoneCode.SUBMITTED
    running = replace(
        run,
        state=RunState.STOPPING if run.stop_requested_at else RunState.RUNNING,
        instance_id=instance_id,
        started_at=now,
        submitting_until=None,
        next_poll_at=now + polling.FIRST_INTERVAL,
        milestones=(Milestone(at=now, code=code, detail=instance_id),),
        **facts,
    )
    return Change(
        run=running,
        notifications=(NotificationKind.CARD, NotificationKind.PROGRESS),
        overdue_in=polling.FIRST_INTERVAL + polling.SAFETY_NET,
    )


def look_up_later(run: Run, *, now: datetime, pause: timedelta) -> Change | None:
    """Have the instance looked for after `pause`; by then MaxCompute lists what it took."""
    if run.state is not RunState.SUBMITTING:
        return None
    return Change(
        run=replace(run, submitting_until=now + pause), overdue_in=pause + polling.SAFETY_NET
    )


def defer_submission(run: Run, *, pause: timedelta) -> Change | None:
    """Queue the run again: MaxCompute certainly did not take it, and may after `pause`."""
    if run.state is not RunState.SUBMITTING:
        return None
    return Change(
        run=replace(run, state=RunState.QUEUED, submitting_until=None),
        overdue_in=pause + polling.SAFETY_NET,
    )


def cancel_submission(run: Run, *, now: datetime) -> Change | None:
    """End a run that was stopped before anything was sent."""
    return _ended(run, RunState.CANCELLED, None, now)


def lose_submission(run: Run, *, now: datetime) -> Change | None:
    """End a run of which nobody can tell whether MaxCompute took it: it is never sent again."""
    return _ended(run, RunState.UNKNOWN, Outcome(reason=ReasonCode.SUBMISSION_UNKNOWN), now)


def _ended(run: Run, state: RunState, outcome: Outcome | None, now: datetime) -> Change | None:
    if run.state is not RunState.SUBMITTING:
        return None
    return Change(
        run=replace(run, state=state, outcome=outcome, ended_at=now, submitting_until=None),
        notifications=(NotificationKind.FINAL, NotificationKind.COMPLETION),
    )
