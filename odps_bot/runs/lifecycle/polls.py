"""What a poll of the run's instance changes. Pure."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.runs import card_updates, polling
from odps_bot.runs.findings import is_finding_reply_open
from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Milestone, MilestoneCode, Outcome, ReasonCode, Refusal
from odps_bot.runs.progress import overall_progress_percent
from odps_bot.runs.run import (
    Cost,
    Missing,
    Run,
    RunState,
    Stage,
    SubInstance,
    Table,
    UnreadEnd,
)
from odps_bot.store.notification_kind import NotificationKind

_POLLED = frozenset({RunState.RUNNING, RunState.STOPPING})

#: A card says that an instance or a result is missing from this poll on: once may be a mishap.
WORTH_SHOWING = 2

AT_ONCE = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class InstanceSnapshot:
    """What an instance looked like when it was polled."""

    stages: tuple[Stage, ...] = ()
    progress_percent: int | None = None  #: of an instance without stages
    is_executing: bool = False  #: it has left the queue, although there are no stages
    queue_position: int | None = None
    queue_status: str | None = None  #: MaxCompute's words, where it tells no position
    sub_instances: tuple[SubInstance, ...] = ()  #: of an XFlow
    is_progress_known: bool = True  #: False: MaxCompute did not tell the above
    task_names: tuple[str, ...] = ()  #: of one that has ended; its submitter chose them
    end: RunState | None = None  #: how it ended; None: it goes on
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    table: Table | None = None
    result_text: str | None = None
    details: Snapshot | None = None  #: what a diagnosis looks at; None: nothing was told for it
    task_type: str = "SQL"  #: of the task that `details` are of


def polled(
    run: Run,
    *,
    snapshot: InstanceSnapshot,
    cost: Cost | None,
    now: datetime,
    is_swept: bool,
    is_held: bool = False,
    watched: int = 0,
) -> Change | None:
    """Record what a poll has shown, and how the run ended if it did.

    Sweeps watch so many instances in all projects.
    """
    if run.state not in _POLLED:
        return None
    if not snapshot.is_progress_known:
        snapshot = _with_last_progress(run, snapshot)
    happened = _happened(run, snapshot, now)
    seen = replace(
        run,
        polls=run.polls + 1,
        polled_at=now,
        unreachable_since=None,
        failed_polls=0,
        refusal=None,
        missing=None,
        unread_end=None,
        is_outage_announced=False,
        stages=snapshot.stages or run.stages,
        sub_instances=snapshot.sub_instances or run.sub_instances,
        progress_percent=_progress_percent(run, snapshot),
        is_executing=snapshot.is_executing,
        queue_position=snapshot.queue_position,
        queue_status=snapshot.queue_status,
        milestones=polling.with_milestones(run.milestones, happened),
    )
    if snapshot.end is not None:
        return _ended(seen, snapshot, snapshot.end, cost, now)
    return _with_next_poll(run, seen, (), now, is_swept=is_swept, is_held=is_held, watched=watched)


def refreshed(run: Run, *, event: Callable[[Run], Change | None], now: datetime) -> Change | None:
    """Apply the event of a poll that somebody asked for by a click, which shows the card itself."""
    change = event(run)
    if change is None or change.run.is_final:
        return change
    shown = {NotificationKind.CARD, NotificationKind.CARD_REFRESH}
    return dataclasses.replace(
        change,
        run=card_updates.card_updated(change.run, now),
        notifications=tuple(kind for kind in change.notifications if kind not in shown),
    )


def poll_failed(
    run: Run,
    *,
    now: datetime,
    patience: timedelta,
    was_asked: bool = True,
    retry_after: timedelta | None = None,
    refusal: Refusal | None = None,
    is_silence: bool = False,
) -> Change | None:
    """Record that MaxCompute told no status: announced after a while, given up at last.

    `refusal` is what it said instead; with neither that nor `is_silence` the last word stands.

    It is asked again soon even where sweeps watch the run: why it was polled is still unknown; but
    not before `retry_after`. Where nothing was asked because MaxCompute or this process is busy,
    the poll is no evidence: it gives up nothing.
    """
    if run.state not in _POLLED:
        return None
    since = run.unreachable_since or now
    standing = _standing_refusal(run, refusal, is_silence=is_silence)
    unseen = replace(run, unreachable_since=since, refusal=standing)
    if was_asked:
        unseen = replace(unseen, polls=run.polls + 1, failed_polls=run.failed_polls + 1)
        if polling.is_out_of_reach(unseen, now, patience=patience):
            return _lose(unseen, ReasonCode.OUT_OF_REACH, now)
    wait = min(retry_after or AT_ONCE, polling.LONGEST_PAUSE)
    is_known = run.is_outage_announced and not _is_news(standing, run)
    if is_known or not _is_worth_saying(standing, now - since):
        is_shown = run.refusal.is_like(standing) if run.refusal else standing is None
        is_stale = run.is_outage_announced and not is_shown
        refresh = (NotificationKind.CARD_REFRESH,) * is_stale
        return _with_next_poll(run, unseen, refresh, now, is_swept=False, wait=wait)
    outage = Milestone(
        at=now,
        code=MilestoneCode.UNREACHABLE,
        outcome=standing.as_outcome() if standing else None,
    )
    announced = replace(
        unseen,
        is_outage_announced=True,
        milestones=polling.with_milestones(run.milestones, (outage,)),
    )
    return _with_next_poll(run, announced, (NotificationKind.CARD,), now, is_swept=False, wait=wait)


def instance_not_found(run: Run, *, now: datetime) -> Change | None:
    """Record that MaxCompute says it does not know the instance: given up when it says so again.

    A single such answer may come from a server that lags behind, or that was just restarted.
    """
    if run.state not in _POLLED:
        return None
    before = run.missing
    missing = Missing(
        since=before.since if before else now, polls=before.polls + 1 if before else 1
    )
    asked = replace(
        run,
        polls=run.polls + 1,
        unreachable_since=None,
        failed_polls=0,
        refusal=None,
        missing=missing,
    )
    if polling.is_gone(asked, now):
        return _lose(asked, ReasonCode.INSTANCE_GONE, now)
    is_news = missing.polls == WORTH_SHOWING
    return _with_next_poll(run, asked, (NotificationKind.CARD,) * is_news, now, is_swept=False)


def result_unread(
    run: Run, *, end: RunState, ended_at: datetime | None, now: datetime, patience: timedelta
) -> Change | None:
    """Record that the instance has ended, but its result could not be read.

    It is asked for again; after some polls and longer than `patience` the end is told without it.
    """
    if run.state not in _POLLED:
        return None
    before = run.unread_end
    unread = UnreadEnd(
        state=end,
        ended_at=ended_at,
        since=before.since if before else now,
        polls=before.polls + 1 if before else 1,
    )
    seen = replace(
        run,
        polls=run.polls + 1,
        polled_at=now,
        unreachable_since=None,
        failed_polls=0,
        refusal=None,
        missing=None,
        unread_end=unread,
    )
    if polling.is_result_given_up(seen, now, patience=patience):
        return _ended_unread(seen, unread, now)
    is_news = unread.polls == WORTH_SHOWING
    return _with_next_poll(run, seen, (NotificationKind.CARD,) * is_news, now, is_swept=False)


def seen_running(run: Run, *, now: datetime) -> Change | None:
    """Record that a sweep has seen the instance running: MaxCompute responds, and knows it.

    That MaxCompute lists it is no reason to take back that it shows us nothing else of it.
    """
    if run.state not in _POLLED or (run.unreachable_since is None and run.missing is None):
        return None
    seen = replace(run, unreachable_since=None, failed_polls=0, missing=None)
    if run.refusal is not None and run.refusal.is_definite:
        return Change(run=seen)
    seen = replace(seen, refusal=None, is_outage_announced=False)
    if not run.is_outage_announced:
        return Change(run=seen, notifications=(NotificationKind.CARD_REFRESH,))
    back = polling.with_milestones(run.milestones, (_reachable(run, now),))
    told = card_updates.card_updated(replace(seen, milestones=back, progress_told_at=now), now)
    return Change(
        run=told,
        notifications=(NotificationKind.CARD, NotificationKind.PROGRESS),
    )


def _lose(run: Run, reason: ReasonCode, now: datetime) -> Change:
    """End a run whose instance can no longer be asked about, as far as its end is known."""
    if run.unread_end is not None:
        return _ended_unread(run, run.unread_end, now)
    lost = replace(
        run,
        state=RunState.UNKNOWN,
        outcome=Outcome(reason=reason),
        ended_at=now,
        next_poll_at=None,
    )
    return Change(run=lost, notifications=(NotificationKind.FINAL, NotificationKind.COMPLETION))


#: Why an instance that ended so is told without its result.
_UNREAD_REASONS = {
    RunState.FAILED: ReasonCode.TASK_FAILED_SILENTLY,
    RunState.UNKNOWN: ReasonCode.NO_OUTCOME,
}


def _ended_unread(run: Run, end: UnreadEnd, now: datetime) -> Change:
    reason = _UNREAD_REASONS.get(end.state, ReasonCode.RESULT_UNREADABLE)
    unread = InstanceSnapshot(end=end.state, ended_at=end.ended_at, outcome=Outcome(reason=reason))
    return _ended(run, unread, end.state, None, now)


def _with_last_progress(run: Run, snapshot: InstanceSnapshot) -> InstanceSnapshot:
    return dataclasses.replace(
        snapshot,
        stages=run.stages,
        sub_instances=run.sub_instances,
        progress_percent=run.progress_percent,
        is_executing=run.is_executing,
        queue_position=run.queue_position,
        queue_status=run.queue_status,
    )


def _progress_percent(run: Run, snapshot: InstanceSnapshot) -> int:
    """Return the progress by stages, or else as the scheduler tells it; it never goes back."""
    if stages := snapshot.stages or run.stages:
        return overall_progress_percent(stages)
    return max(run.progress_percent, snapshot.progress_percent or 0)


def _standing_refusal(run: Run, refusal: Refusal | None, *, is_silence: bool) -> Refusal | None:
    """Return what MaxCompute says to polls, with this one."""
    before = run.refusal
    if refusal is None:
        return None if is_silence else before
    if before is not None and refusal.is_like(before):
        return replace(refusal, since=before.since, polls=before.polls + 1)
    return refusal


def _is_news(refusal: Refusal | None, run: Run) -> bool:
    """Return whether MaxCompute says something that it has not said since its last status."""
    if refusal is None or refusal.is_like(run.refusal):
        return False
    for milestone in reversed(run.milestones):
        if milestone.code is MilestoneCode.REACHABLE:
            break
        is_told = milestone.code is MilestoneCode.UNREACHABLE and milestone.outcome
        if is_told and is_told.reason is refusal.reason:
            return False
    return True


def _is_worth_saying(refusal: Refusal | None, span: timedelta) -> bool:
    """Return whether it is no mishap: it lasts, or was repeated and does not pass by itself."""
    is_repeated = refusal is not None and refusal.is_definite and refusal.polls >= WORTH_SHOWING
    return is_repeated or span >= polling.OUTAGE_WORTH_SAYING


def _reachable(run: Run, now: datetime) -> Milestone:
    outcome = run.refusal.as_outcome() if run.refusal else None
    return Milestone(at=now, code=MilestoneCode.REACHABLE, outcome=outcome)


def _happened(run: Run, snapshot: InstanceSnapshot, now: datetime) -> tuple[Milestone, ...]:
    happened = polling.stage_milestones(run.stages, snapshot.stages, at=now)
    if run.is_outage_announced:
        happened = (_reachable(run, now), *happened)
    queued = (snapshot.queue_position, snapshot.queue_status)
    if any(queued) and queued != (run.queue_position, run.queue_status):
        count, words = queued
        waits = Milestone(at=now, code=MilestoneCode.IN_QUEUE, count=count, detail=words or "")
        happened = (waits, *happened)
    return happened


def _ended(
    seen: Run, snapshot: InstanceSnapshot, state: RunState, cost: Cost | None, now: datetime
) -> Change:
    end = Milestone(at=now, code=MilestoneCode.ENDED, detail=state)
    ended = replace(
        seen,
        state=state,
        ended_at=snapshot.ended_at or now,
        table=snapshot.table,
        cost=cost,
        outcome=snapshot.outcome,
        result_text=snapshot.result_text,
        next_poll_at=None,
        milestones=polling.with_milestones(seen.milestones, (end,)),
    )
    return Change(
        run=ended,
        notifications=(
            NotificationKind.FINAL,
            NotificationKind.COMPLETION,
            NotificationKind.PROGRESS,
            *((NotificationKind.FINDING,) if is_finding_reply_open(seen) else ()),
        ),
    )


def _with_next_poll(
    before: Run,
    run: Run,
    notifications: tuple[NotificationKind, ...],
    now: datetime,
    *,
    is_swept: bool,
    is_held: bool = False,
    watched: int = 0,
    wait: timedelta = AT_ONCE,
) -> Change:
    """Have the run polled again in its turn, but not before `wait`, which holds up no stop.

    `notifications` are sent besides those that its changes have earned.
    """
    if NotificationKind.CARD in notifications:
        run = card_updates.card_updated(run, now)
    run, earned = card_updates.with_earned_updates(before, run, now)
    notifications += earned
    pause = polling.pause_before_poll(run, now, is_swept=is_swept, is_held=is_held, watched=watched)
    if run.is_card_behind:
        # A sweep finds no reason to poll a run that stands still from here on.
        pause = min(pause, max(polling.FIRST_INTERVAL, card_updates.due_in(run, now)))
    if not polling.is_stop_unsent(run):
        pause = max(pause, wait)
    is_scheduled = polling.is_poll_scheduled(run, now, pause)
    if is_scheduled and (run.next_poll_at is None or run.next_poll_at >= now + wait):
        return Change(run=run, notifications=notifications)
    return Change(
        run=replace(run, next_poll_at=now + pause),
        notifications=notifications,
        overdue_in=pause + polling.SAFETY_NET,
    )
