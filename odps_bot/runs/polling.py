"""When to poll again, and which milestones to record. Pure: no clock, no network."""

from datetime import datetime, timedelta

from odps_bot.runs.outcome import Milestone, MilestoneCode
from odps_bot.runs.run import Run, RunState, Stage
from odps_bot.store import sweeps

FIRST_INTERVAL = timedelta(seconds=1)
LONGEST_INTERVAL = timedelta(seconds=30)

#: A run that sweeps watch is polled singly for safety only: so often, unless that makes more polls
#: a second for all runs together than this.
SWEPT_INTERVAL = timedelta(hours=1)
LONGEST_SWEPT_INTERVAL = timedelta(days=1)
SAFETY_POLLS_PER_S = 1

#: A run whose end is waited for is polled for its progress; and if who waits is gone, for its end.
HELD_INTERVAL = timedelta(seconds=5)

#: A run is given up as out of reach after so many polls in a row got no answer: two that failed an
#: hour apart say nothing of the hour.
LEAST_FAILED_POLLS = 10

#: An instance that MaxCompute does not know is given up after it was asked so often, for so long,
#: and when its submission is so long ago: what was just written may not be readable yet.
LEAST_MISSING_POLLS = 3
MISSING_PATIENCE = timedelta(minutes=1)
READ_AFTER_WRITE = timedelta(minutes=5)

#: A result is given up after so many polls could not read it.
LEAST_UNREAD_POLLS = 3

#: RQ schedules by whole seconds: so much before its time a poll is on time.
EARLY = timedelta(seconds=1)

#: A poll is due after this share of a run's age: seconds for young runs, rarer for old ones.
SHARE_OF_AGE = 0.1

#: The thread keeps this many milestones; the first ones make room.
KEPT_MILESTONES = 30

#: MaxCompute out of reach for longer than this is shown on the card.
OUTAGE_WORTH_SAYING = timedelta(seconds=30)

#: A stop, and a poll, waits no longer than this, whatever pause MaxCompute asks for.
LONGEST_PAUSE = timedelta(minutes=5)

#: A run is overdue when its scheduled poll has not come by then.
SAFETY_NET = timedelta(seconds=10)


def pause_before_poll(
    run: Run, now: datetime, *, is_swept: bool = False, is_held: bool = False, watched: int = 0
) -> timedelta:
    """Return how long to wait before polling `run` again.

    While a request that MaxCompute holds waits for its end, polls are for its progress. Once they
    are rarer than sweeps, a sweep that can be trusted finds out sooner, and polls are as rare as
    the number of instances `watched` in all projects needs; but no sweep sends a stop. A stop that
    failed is retried at intervals that grow from the moment it was requested.
    """
    pause = interval_at(now - (run.started_at or run.requested_at))
    if is_swept and pause >= sweeps.INTERVAL:
        pause = swept_interval(watched)
    elif is_held:
        pause = max(pause, HELD_INTERVAL)
    if not is_stop_unsent(run):
        return pause
    retry = interval_at(now - (run.stop_requested_at or now))
    wait = run.stop_retry_at - now if run.stop_retry_at else timedelta(0)
    return min(max(retry, wait), max(retry, pause))


def swept_interval(watched: int) -> timedelta:
    """Return how often each of so many instances is polled for safety."""
    in_turn = timedelta(seconds=watched / SAFETY_POLLS_PER_S)
    return min(max(SWEPT_INTERVAL, in_turn), LONGEST_SWEPT_INTERVAL)


def interval_at(age: timedelta) -> timedelta:
    """Return the pause between two polls of what is so old."""
    return min(max(FIRST_INTERVAL, age * SHARE_OF_AGE), LONGEST_INTERVAL)


def is_out_of_reach(run: Run, now: datetime, *, patience: timedelta) -> bool:
    """Return whether MaxCompute could not be asked for so long that the run is given up."""
    since = run.unreachable_since
    return since is not None and now - since > patience and run.failed_polls >= LEAST_FAILED_POLLS


def is_gone(run: Run, now: datetime) -> bool:
    """Return whether MaxCompute has said often enough that it does not know the instance."""
    if run.missing is None or run.missing.polls < LEAST_MISSING_POLLS:
        return False
    age = now - (run.started_at or run.requested_at)
    return now - run.missing.since >= MISSING_PATIENCE and age >= READ_AFTER_WRITE


def is_result_given_up(run: Run, now: datetime, *, patience: timedelta) -> bool:
    """Return whether the end is to be told without the result, which nobody could read."""
    end = run.unread_end
    return end is not None and end.polls >= LEAST_UNREAD_POLLS and now - end.since > patience


def is_stop_unsent(run: Run) -> bool:
    """Return whether a stop was requested that MaxCompute has not accepted yet."""
    return run.state is RunState.STOPPING and not run.is_stop_sent


def is_stop_due(run: Run, now: datetime) -> bool:
    """Return whether a stop is to be sent now: not before the time that MaxCompute named."""
    return is_stop_unsent(run) and (run.stop_retry_at is None or run.stop_retry_at <= now)


def stop_retry_at(now: datetime, retry_after: timedelta | None) -> datetime | None:
    """Return when a refused stop may be sent again; None: as soon as we like."""
    return None if retry_after is None else now + min(retry_after, LONGEST_PAUSE)


def is_poll_scheduled(run: Run, now: datetime, pause: timedelta) -> bool:
    """Return whether a poll is scheduled already, about as soon as `pause` from now."""
    return (
        run.next_poll_at is not None and now + FIRST_INTERVAL < run.next_poll_at <= now + 2 * pause
    )


def relies_on_sweeps(run: Run, now: datetime) -> bool:
    """Return whether the run's own next poll is so far ahead that a sweep must notice its end."""
    return run.next_poll_at is not None and run.next_poll_at - now > 2 * LONGEST_INTERVAL


def is_early(run: Run, now: datetime) -> bool:
    """Return whether another poll is already scheduled and this one is one too many.

    A poll that still has a stop to send is never early.
    """
    if is_stop_due(run, now):
        return False
    return run.next_poll_at is not None and now < run.next_poll_at - EARLY


def stage_milestones(
    before: tuple[Stage, ...], after: tuple[Stage, ...], *, at: datetime
) -> tuple[Milestone, ...]:
    """Return what has happened to the stages between two polls."""
    known = {stage.name: stage for stage in before}
    happened = []
    for stage in after:
        was = known.get(stage.name)
        if _has_started(stage) and not (was and _has_started(was)):
            started = Milestone(
                at=at,
                code=MilestoneCode.STAGE_STARTED,
                detail=stage.name,
                count=stage.total_workers,
            )
            happened.append(started)
        if _has_finished(stage) and not (was and _has_finished(was)):
            happened.append(Milestone(at=at, code=MilestoneCode.STAGE_FINISHED, detail=stage.name))
        if stage.status == "FAILED" and not (was and was.status == "FAILED"):
            happened.append(Milestone(at=at, code=MilestoneCode.STAGE_FAILED, detail=stage.name))
    return tuple(happened)


def with_milestones(
    milestones: tuple[Milestone, ...], more: tuple[Milestone, ...]
) -> tuple[Milestone, ...]:
    """Return the milestones with `more` behind them, the newest only."""
    return (milestones + more)[-KEPT_MILESTONES:]


def _has_started(stage: Stage) -> bool:
    return stage.running_workers + stage.terminated_workers > 0


def _has_finished(stage: Stage) -> bool:
    return stage.total_workers > 0 and stage.terminated_workers >= stage.total_workers
