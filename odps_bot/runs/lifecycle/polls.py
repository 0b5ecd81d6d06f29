"""What a poll of the run's instance changes. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from odps_bot.runs import polling
from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Milestone, MilestoneCode, Outcome, ReasonCode
from odps_bot.runs.run import Cost, Run, RunState, Stage, SubInstance, Table
from odps_bot.store.notification_kind import NotificationKind

_POLLED = frozenset({RunState.RUNNING, RunState.STOPPING})


@dataclass(frozen=True, kw_only=True)
class InstanceSnapshot:
    """What an instance looked like when it was polled."""

    stages: tuple[Stage, ...] = ()
    queue_position: int | None = None
    queue_status: str | None = None  #: MaxCompute's words, where it tells no position
    sub_instances: tuple[SubInstance, ...] = ()  #: of an XFlow
    end: RunState | None = None  #: how it ended; None: it goes on
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    table: Table | None = None
    result_text: str | None = None


def polled(
    run: Run, *, snapshot: InstanceSnapshot, cost: Cost | None, now: datetime, is_swept: bool
) -> Change | None:
    """Record what a poll has shown, and how the run ended if it did."""
    if run.state not in _POLLED:
        return None
    happened = _happened(run, snapshot, now)
    seen = replace(
        run,
        polls=run.polls + 1,
        polled_at=now,
        unreachable_since=None,
        is_outage_announced=False,
        stages=snapshot.stages or run.stages,
        sub_instances=snapshot.sub_instances or run.sub_instances,
        progress_percent=polling.overall_progress_percent(snapshot.stages or run.stages),
        queue_position=snapshot.queue_position,
        queue_status=snapshot.queue_status,
        milestones=polling.with_milestones(run.milestones, happened),
    )
    if snapshot.end is not None:
        return _ended(seen, snapshot, snapshot.end, cost, now)
    notifications = ((NotificationKind.CARD_REFRESH,) if _is_shown_change(run, seen) else ()) + (
        (NotificationKind.PROGRESS,) if happened else ()
    )
    return _with_next_poll(seen, notifications, now, is_swept=is_swept)


def poll_failed(run: Run, *, now: datetime, patience: timedelta) -> Change | None:
    """Record that MaxCompute could not be asked: announced after a while, given up at last.

    It is asked again soon even where sweeps watch the run: why it was polled is still unknown.
    """
    if run.state not in _POLLED:
        return None
    since = run.unreachable_since or now
    if now - since > patience:
        return lose_instance(run, reason=ReasonCode.OUT_OF_REACH, now=now)
    unseen = replace(run, polls=run.polls + 1, unreachable_since=since)
    if run.is_outage_announced or now - since < polling.OUTAGE_WORTH_SAYING:
        return _with_next_poll(unseen, (), now, is_swept=False)
    outage = Milestone(at=now, code=MilestoneCode.UNREACHABLE)
    announced = replace(
        unseen,
        is_outage_announced=True,
        milestones=polling.with_milestones(run.milestones, (outage,)),
    )
    notifications = (NotificationKind.CARD, NotificationKind.PROGRESS)
    return _with_next_poll(announced, notifications, now, is_swept=False)


def lose_instance(run: Run, *, reason: ReasonCode, now: datetime) -> Change | None:
    """End a run whose instance can no longer be asked about."""
    if run.state not in _POLLED:
        return None
    lost = replace(
        run,
        state=RunState.UNKNOWN,
        outcome=Outcome(reason=reason),
        ended_at=now,
        next_poll_at=None,
    )
    return Change(run=lost, notifications=(NotificationKind.FINAL, NotificationKind.COMPLETION))


def _happened(run: Run, snapshot: InstanceSnapshot, now: datetime) -> tuple[Milestone, ...]:
    happened = polling.stage_milestones(run.stages, snapshot.stages, at=now)
    if run.is_outage_announced:
        happened = (Milestone(at=now, code=MilestoneCode.REACHABLE), *happened)
    queued = (snapshot.queue_position, snapshot.queue_status)
    if any(queued) and queued != (run.queue_position, run.queue_status):
        count, words = queued
        waits = Milestone(at=now, code=MilestoneCode.IN_QUEUE, count=count, detail=words or "")
        happened = (waits, *happened)
    return happened


def _is_shown_change(before: Run, after: Run) -> bool:
    """Return whether the card shows something else now, or its age has become untrue."""
    return (
        after.stages != before.stages
        or after.sub_instances != before.sub_instances
        or after.queue_position != before.queue_position
        or after.queue_status != before.queue_status
        or before.unreachable_since is not None
        or after.polls % polling.POLLS_A_CARD == 0
    )


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
        ),
    )


def _with_next_poll(
    run: Run, notifications: tuple[NotificationKind, ...], now: datetime, *, is_swept: bool
) -> Change:
    pause = polling.pause_before_poll(run, now, is_swept=is_swept)
    if polling.is_poll_scheduled(run, now, pause):
        return Change(run=run, notifications=notifications)
    return Change(
        run=replace(run, next_poll_at=now + pause),
        notifications=notifications,
        overdue_in=pause + polling.SAFETY_NET,
    )
