"""Poll a run's instance once, and schedule the next poll."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from rq.timeouts import JobTimeoutException

from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.maxcompute import (
    AlreadyTerminatedError,
    ApiError,
    ConnectionFailedError,
    HeldBackError,
    Instance,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    ServerError,
    ThrottledError,
)
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import (
    Change,
    InstanceSnapshot,
    Run,
    RunState,
    holding,
    lifecycle,
    polling,
    requester_of,
)
from odps_bot.runs.outcome import outcome_of, refusal_of
from odps_bot.services import Services
from workers.polling.diagnosing import is_diagnosed, with_correction, with_diagnosis
from workers.polling.instance_snapshot import UnreadResultError, snapshot_of
from workers.polling.ownership import remember_steps
from workers.polling.past_runs import keep_success, usual_for
from workers.polling.resource_usage import Usage, read_usage
from workers.polling.sick_jobs import note_sick_run
from workers.polling.xflow_snapshot import is_xflow

log = logging.getLogger(__name__)

Event: TypeAlias = Callable[[Run], Change | None]


@dataclass(frozen=True)
class Asked:
    """What a poll has found out."""

    event: Event  #: to be recorded
    snapshots: tuple[Snapshot, ...] = ()  #: what the instance looked like lately; empty: as before
    is_held: bool = (
        True  #: whether a request waits for its end; True: likewise if that is not known
    )


#: A result that comes cut, or not at all, is given up after some polls and so long, so that the
#: run's end is posted. While MaxCompute is out of order it is asked for as long as for anything.
UNREADABLE_PATIENCE = timedelta(seconds=20)
SLOW_PATIENCE = timedelta(minutes=2)

#: MaxCompute was not asked, or asks us to wait: that is no sign that it is out of reach, unless
#: others have found out that it is.
NOT_ASKED = (HeldBackError, ThrottledError)

#: Whoever asks for a poll so soon after another one sees what that has shown.
JUST_NOW = timedelta(seconds=1)

#: Ends after which MaxCompute is asked what was used.
HAVE_USED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})


def poll(run_id: str, services: Services, *, is_prompted: bool = False) -> bool:
    """Poll once, record what changed, and schedule the next poll unless the run has ended.

    Returns whether nothing is left to poll. Safe to repeat: a poll that comes before its time sends
    no request, unless it is prompted because something is known to have happened.
    """
    run, now = services.stores.runs.get_or_discard_at(run_id, services.time)
    if run is None or now is None:
        return True
    if run.state not in {RunState.RUNNING, RunState.STOPPING}:
        return True
    if polling.is_early(run, now) and not is_prompted:
        _poll_later(run, now, services)
        return False
    asked = _ask(run, now, services)
    changed = _record(run, asked, now, services, is_prompted=is_prompted)
    if changed is None or changed.is_final:
        return True
    if not asked.is_held and holding.is_wanted(changed, now):
        have_held(changed, services)
    return False


def have_held(run: Run, services: Services) -> None:
    """Have a worker wait for the run's end by a request that MaxCompute holds, if it does so."""
    if services.maxcompute.are_polls_held(run.project, run.instance_id or ""):
        services.jobs.hold_run(run.run_id)


def refresh(run: Run, services: Services, *, is_shown_by_click: bool) -> None:
    """Poll once for somebody who waits for it, unless that has just been done.

    What the click itself shows needs no update of the card.
    """
    now = services.clock()
    is_new = run.polled_at is not None and now - run.polled_at < JUST_NOW
    if run.state not in {RunState.RUNNING, RunState.STOPPING} or is_new:
        return
    asked = _ask(run, now, services, purpose=Purpose.QUERY)
    if is_shown_by_click:
        asked = replace(asked, event=partial(lifecycle.refreshed, event=asked.event, now=now))
    _record(run, asked, now, services, is_prompted=True)


def poll_timed_out(run_id: str, services: Services) -> None:
    """Record a poll that took longer than its job may, as one that got no answer. Safe to repeat.

    The job's boundary calls it, so that such a run is given up at last, too.
    """
    run = services.stores.runs.get_or_discard(run_id)
    if run is None or run.state not in {RunState.RUNNING, RunState.STOPPING}:
        return
    log.warning("run %s: a poll took longer than a job may", run_id)
    now = services.clock()
    _record(run, Asked(_failed(now, services)), now, services, is_prompted=False)


def _record(
    run: Run, asked: Asked, now: datetime, services: Services, *, is_prompted: bool
) -> Run | None:
    """Let the event happen to the run, and schedule its next poll unless that was its end.

    Returns the changed run; None where the event has no effect.
    """
    # First: what a worker that dies here has noted, but not recorded, is found again.
    note_sick_run(asked.event(run), services)
    change = services.stores.runs.apply_change(run.run_id, asked.event)
    if change is None:
        return None
    changed = change.run
    _tell_sweeps(changed, asked.snapshots, now, services, is_prompted=is_prompted)
    if changed.is_final:
        log.info("run %s has ended: %s", run.run_id, changed.state)
        if changed.state is RunState.SUCCEEDED and changed.unread_end is not None:
            keep_success(changed, Usage(), services, ended_at=changed.ended_at, now=now)
    _schedule(run, changed, services)
    if change.notifications:
        services.jobs.deliver()
    return changed


def _tell_sweeps(
    run: Run,
    snapshots: tuple[Snapshot, ...],
    now: datetime,
    services: Services,
    *,
    is_prompted: bool,
) -> None:
    """Let sweeps know what this poll has seen of the instance, or that it saw nothing."""
    sweeps, instance_id = services.stores.sweeps, run.instance_id
    if instance_id is None:
        return
    if run.is_final:
        sweeps.forget(run.project, instance_id)
    elif run.unreachable_since is not None or run.missing is not None:
        sweeps.remember_doubtful(run.project, instance_id)
    elif run.polled_at == now:
        if polling.relies_on_sweeps(run, now):
            sweeps.remember_project(run.project)
        sweeps.polled(
            run.project,
            instance_id,
            run.run_id,
            is_prompted=is_prompted,
            beside=services.stores.recent_snapshots.keeping(instance_id, snapshots),
        )


def _failed(now: datetime, services: Services, error: MaxComputeError | None = None) -> Event:
    """Return the event of a poll that has failed by this error, or by taking too long."""
    return partial(
        lifecycle.poll_failed,
        now=now,
        patience=services.settings.patience,
        was_asked=_is_evidence(error),
        retry_after=error.retry_after if isinstance(error, NOT_ASKED) else None,
        refusal=refusal_of(error, now=now) if error else None,
        # What holds a poll back says nothing new of MaxCompute.
        is_silence=not isinstance(error, NOT_ASKED),
    )


def _is_evidence(error: MaxComputeError | None) -> bool:
    """Return whether a poll that failed so says that MaxCompute is out of reach.

    While a breaker is open hardly any poll asks, and one that does finds it open when it tries
    again: what the probes have found out holds for all runs.
    """
    if isinstance(error, HeldBackError):
        return error.is_out_of_reach
    return not isinstance(error, NOT_ASKED)


def _poll_later(run: Run, now: datetime, services: Services) -> None:
    """Schedule a poll that has come before its time once more, if it was the scheduled one.

    The clock of the host that has enqueued it is fast: by as much it will be early again.
    """
    if run.next_poll_at is None or services.jobs.is_poll_scheduled(run.run_id, run.next_poll_at):
        return
    early = min(run.next_poll_at - now, polling.SAFETY_NET)
    services.jobs.poll_run(run.run_id, at=run.next_poll_at + early)


def _ask(run: Run, now: datetime, services: Services, *, purpose: Purpose = Purpose.POLL) -> Asked:
    """Ask MaxCompute how the run is, send a stop that waits, and return what to record."""
    reading = services.stores.sweeps.reading_trust(run.project)
    known, (is_held, trust) = services.stores.recent_snapshots.of_with(
        run.instance_id or "", services.stores.held_runs.reading_with(run.run_id, reading)
    )
    is_flow = is_xflow(run.sql)
    instance = None
    is_stopping = polling.is_stop_due(run, now)
    if polling.is_stop_unsent(run):
        purpose = Purpose.POLL_TO_STOP
    try:
        instance = services.maxcompute.of(run.project, purpose).get_instance(
            run.instance_id or "", project=run.project
        )
        snapshot = snapshot_of(instance, known_steps=run.sub_instances, is_flow=is_flow, at=now)
    except NotFoundError as error:
        log.warning("run %s: MaxCompute does not know its instance: %s", run.run_id, error)
        return Asked(partial(lifecycle.instance_not_found, now=now))
    except UnreadResultError as error:
        log.warning("run %s: %s: %s", run.run_id, error, error.__cause__)
        unread = partial(
            lifecycle.result_unread,
            end=error.end,
            ended_at=error.ended_at,
            now=now,
            patience=_patience_with(error.__cause__, services),
        )
        return Asked(unread)
    except MaxComputeError as error:
        log.warning("run %s: a poll failed: %s", run.run_id, error)
        # Another request to a silent service would last longer than a job may.
        if instance and is_stopping and not isinstance(error, ConnectionFailedError):
            _send_stop(run, now, services)
        return Asked(_failed(now, services, error))
    if is_stopping and snapshot.end is None:
        _send_stop(run, now, services)
    if is_flow and not run.is_foreign:
        _remember_steps(run, instance, snapshot, services)
    # An XFlow uses nothing itself; its steps do, each in an instance of its own.
    has_used = snapshot.end in HAVE_USED and not (is_flow or snapshot.sub_instances)
    usage = read_usage(instance, snapshot.task_names) if has_used else Usage()
    polled = partial(
        lifecycle.polled,
        snapshot=snapshot,
        cost=usage.cost,
        now=now,
        is_swept=trust.is_trusted,
        is_held=is_held,
        watched=trust.watched,
    )
    event = _compared(run, snapshot, usage, polled, services, now=now, snapshots=known)
    if snapshot.end is not None:
        return Asked(with_correction(run, usage.summaries, services, now=now, event=event))
    if snapshot.details is None or not is_diagnosed(run, services):
        return Asked(event, is_held=is_held)
    snapshots = added(known, snapshot.details)
    found = with_diagnosis(
        run, snapshots, services, now=now, task_type=snapshot.task_type, event=event
    )
    return Asked(found or event, snapshots, is_held=is_held)


def _compared(
    run: Run,
    snapshot: InstanceSnapshot,
    usage: Usage,
    event: Event,
    services: Services,
    *,
    now: datetime,
    snapshots: tuple[Snapshot, ...],
) -> Event:
    """Return the event with what is usual, asked for once, and how a success differs from that."""
    if snapshot.end is None:
        usual = usual_for(run, services) if run.usual is None else None
        return partial(lifecycle.compared, event=event, now=now, usual=usual)
    if snapshot.end is not RunState.SUCCEEDED:
        return partial(lifecycle.compared, event=event, now=now)
    # First: whoever repeats the poll of a worker that dies here adds it once more, to no effect.
    comparison = keep_success(
        run, usage, services, ended_at=snapshot.ended_at, now=now, snapshots=snapshots
    )
    return partial(lifecycle.compared, event=event, now=now, comparison=comparison)


def _remember_steps(
    run: Run, flow: Instance, snapshot: InstanceSnapshot, services: Services
) -> None:
    """Record whose its steps are; what cannot be read now is read when somebody asks for one."""
    if snapshot.end is None:
        # One that was submitted by an earlier version, or followed, is not recorded yet.
        services.stores.owners.begin_flow(run)
        steps = [step.instance_id for step in snapshot.sub_instances or ()]
        services.stores.owners.remember(requester_of(run), *steps)
        return
    try:
        if remember_steps(run, flow, services, Purpose.POLL):
            services.stores.owners.end_flow(run.project, run.run_id)
    except (MaxComputeError, JobTimeoutException) as error:
        log.info("the steps of %s are not all known: %s", flow.id, error)


def _patience_with(error: BaseException | None, services: Services) -> timedelta:
    """Return how long a result is asked for that cannot be read because of this error."""
    # A gateway that lets the status through, but no result, is not about to be restarted.
    if isinstance(error, (ServerError, *NOT_ASKED)):
        return services.settings.patience
    if isinstance(error, ConnectionFailedError) and not error.was_sent:
        return services.settings.patience
    return UNREADABLE_PATIENCE if isinstance(error, MalformedResponseError) else SLOW_PATIENCE


def _schedule(before: Run, after: Run, services: Services) -> None:
    """Let one poll of the run be scheduled, or none when it has ended."""
    if after.next_poll_at == before.next_poll_at:
        return
    if before.next_poll_at is not None:
        services.jobs.cancel_poll(before.run_id, before.next_poll_at)
    if after.next_poll_at is None:
        return
    if polling.is_stop_unsent(after):
        services.jobs.stop_run(after.run_id, at=after.next_poll_at)
    else:
        services.jobs.poll_run(after.run_id, at=after.next_poll_at)


def _send_stop(run: Run, now: datetime, services: Services) -> None:
    """Stop the instance; what fails for now is left for the next poll."""
    event: Event
    try:
        stopping = services.maxcompute.of(run.project, Purpose.STOP)
        stopping.get_instance(run.instance_id or "", project=run.project).stop()
    except (AlreadyTerminatedError, NotFoundError) as error:
        # The next poll says how it ended.
        log.info("run %s ended before it could be stopped: %s", run.run_id, error)
        return
    except MaxComputeError as error:
        if isinstance(error, ApiError) and not error.is_retryable:
            log.warning("run %s could not be stopped: %s", run.run_id, error)
            event = partial(lifecycle.stop_refused, sent=run, why=outcome_of(error), now=now)
        else:
            log.warning("run %s: stop not accepted yet: %s", run.run_id, error)
            retry_at = polling.stop_retry_at(now, error.retry_after)
            event = partial(lifecycle.defer_stop, sent=run, retry_at=retry_at)
    else:
        event = partial(lifecycle.stop_accepted, sent=run)
    services.stores.runs.apply(run.run_id, event)
