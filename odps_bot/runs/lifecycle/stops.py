"""How a stop goes: requested by a person, sent by a worker, accepted or refused. Pure."""

from datetime import datetime

from msgspec.structs import replace

from odps_bot.runs import polling
from odps_bot.runs.lifecycle.admission import PROMPT_AFTER, for_approvers
from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Milestone, MilestoneCode, Outcome
from odps_bot.runs.run import Run, RunState
from odps_bot.store.notification_kind import NotificationKind


def request_stop(run: Run, *, user_id: str, now: datetime) -> Change | None:
    """End what is not submitted; a running run is stopped, a run being submitted right after."""
    if run.is_final or run.stop_requested_at is not None:
        return None
    requested = replace(
        run,
        stop_requested_by=user_id,
        stop_requested_at=now,
        is_stop_sent=False,
        stop_retry_at=None,
    )
    if run.state in {RunState.QUEUED, RunState.AWAITING_DECISION}:
        asked = run.question if run.state is RunState.AWAITING_DECISION else None
        return Change(
            run=replace(requested, state=RunState.CANCELLED, ended_at=now),
            notifications=(
                NotificationKind.FINAL,
                NotificationKind.COMPLETION,
                *for_approvers(asked),
            ),
        )
    if run.state is RunState.RUNNING:
        requested = replace(requested, state=RunState.STOPPING)
    return Change(run=requested, notifications=(NotificationKind.CARD,), overdue_in=PROMPT_AFTER)


def stop_accepted(run: Run, *, sent: Run) -> Change | None:
    """Record that MaxCompute accepted the stop of `sent`: more than the refusal of its double."""
    is_other = run.stop_requested_at not in {None, sent.stop_requested_at}
    if run.state not in {RunState.RUNNING, RunState.STOPPING} or is_other:
        return None
    stopping = replace(
        run,
        state=RunState.STOPPING,
        stop_requested_by=sent.stop_requested_by,
        stop_requested_at=sent.stop_requested_at,
        is_stop_sent=True,
    )
    is_new = run.state is RunState.RUNNING
    return Change(run=stopping, notifications=(NotificationKind.CARD,) if is_new else ())


def defer_stop(run: Run, *, sent: Run, retry_at: datetime | None) -> Change | None:
    """Record that MaxCompute did not accept the stop of `sent` yet."""
    if not _is_waiting(run, sent):
        return None
    return Change(run=replace(run, stop_retry_at=retry_at))


def stop_refused(run: Run, *, sent: Run, why: Outcome, now: datetime) -> Change | None:
    """Let the run go on whose stop MaxCompute refuses; it may be stopped again."""
    if not _is_waiting(run, sent):
        return None
    refused = Milestone(at=now, code=MilestoneCode.STOP_REFUSED, outcome=why)
    goes_on = replace(
        run,
        state=RunState.RUNNING,
        stop_requested_by=None,
        stop_requested_at=None,
        stop_retry_at=None,
        milestones=polling.with_milestones(run.milestones, (refused,)),
    )
    return Change(run=goes_on, notifications=(NotificationKind.CARD, NotificationKind.PROGRESS))


def _is_waiting(run: Run, sent: Run) -> bool:
    """Return whether the stop of `sent` is still to be accepted, and no other one."""
    is_same = run.stop_requested_at == sent.stop_requested_at
    return polling.is_stop_unsent(run) and is_same
