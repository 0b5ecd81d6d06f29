"""RQ job: look once at a run's instance, and book the next look."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from odps_bot.maxcompute import (
    AlreadyTerminatedError,
    ApiError,
    ConnectionFailedError,
    Instance,
    MaxComputeError,
    NotFoundError,
)
from odps_bot.messages.run.refusals import INSTANCE_GONE, OUT_OF_REACH, why_maxcompute_refused
from odps_bot.runs import Change, Cost, Milestone, Run, RunState, Telling, polling
from odps_bot.services import Services
from workers.polling.instance_snapshot import InstanceSnapshot, snapshot_of
from workers.polling.resource_usage import actual_cost
from workers.polling.xflow_snapshot import is_xflow

log = logging.getLogger(__name__)

#: A result that cannot be read for so long is not shown, so that its end is told.
UNREADABLE_PATIENCE = timedelta(seconds=20)

#: Ends after which MaxCompute is asked what was used.
HAVE_USED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})


def follow(run_id: str, services: Services, *, is_prompted: bool = False) -> None:
    """Look once, record what changed, and book the next look unless it is over.

    Safe to repeat: a look that comes before its time asks nobody anything, unless it is prompted
    because something is known to have happened.
    """
    run = services.stores.runs.get_or_discard(run_id)
    if run is None:
        return
    now = services.clock()
    is_early = polling.is_early(run, now) and not is_prompted
    if run.state not in {RunState.RUNNING, RunState.STOPPING} or is_early:
        return
    decide = _poll(run, now, services)
    changed = services.stores.runs.change(run_id, decide)
    if changed is None:
        return
    if changed.is_final:
        log.info("run %s has ended: %s", run_id, changed.state)
    _park(run, changed, services)
    services.jobs.deliver()


def _poll(run: Run, now: datetime, services: Services) -> Callable[[Run], Change | None]:
    """Ask MaxCompute how the run is, send a stop that waits, and return what to record."""
    is_swept = services.stores.sweeps.are_trusted(run.project)
    unseen = partial(_unseen, now=now, patience=services.settings.patience, is_swept=is_swept)
    is_flow = is_xflow(run.sql)
    instance = None
    is_stopping = polling.is_stop_due(run, now)
    try:
        instance = services.maxcompute.of(run.project).get_instance(
            run.instance_id or "", project=run.project
        )
        sight = snapshot_of(
            instance,
            is_last_try=_is_long_unseen(run, now),
            known_steps=run.sub_instances if is_flow else None,
        )
    except NotFoundError as error:
        log.warning("run %s: %s", run.run_id, error)
        return partial(_lost, why=INSTANCE_GONE, now=now)
    except MaxComputeError as error:
        log.warning("run %s: a poll failed: %s", run.run_id, error)
        # Another request to a silent service would last longer than a job may.
        if instance and is_stopping and not isinstance(error, ConnectionFailedError):
            _send_stop(run, instance, now, services)
        return unseen
    if is_stopping and sight.outcome is None:
        _send_stop(run, instance, now, services)
    # An XFlow uses nothing itself; its steps do, each in an instance of its own.
    has_used = sight.outcome in HAVE_USED and not is_flow
    cost = actual_cost(instance) if has_used else None
    return partial(_seen, sight=sight, cost=cost, now=now, is_swept=is_swept)


def _park(before: Run, after: Run, services: Services) -> None:
    """Let one look be parked for the run, or none when it is over."""
    if after.next_poll_at == before.next_poll_at:
        return
    if before.next_poll_at is not None:
        services.jobs.cancel_poll(before.run_id, before.next_poll_at)
    if after.next_poll_at is not None:
        services.jobs.poll_run(after.run_id, at=after.next_poll_at)


def _is_long_unseen(run: Run, now: datetime) -> bool:
    since = run.unreachable_since
    return since is not None and now - since > UNREADABLE_PATIENCE


def _send_stop(run: Run, instance: Instance, now: datetime, services: Services) -> None:
    """Stop the instance; what fails for now is left for the next look."""
    decide: Callable[[Run], Change | None]
    try:
        instance.stop()
    except (AlreadyTerminatedError, NotFoundError) as error:
        # The next poll says how it ended.
        log.info("run %s ended before it could be stopped: %s", run.run_id, error)
        return
    except MaxComputeError as error:
        if isinstance(error, ApiError) and not error.is_retryable:
            log.warning("run %s could not be stopped: %s", run.run_id, error)
            why = f"Could not be stopped. {why_maxcompute_refused(error)}"
            decide = partial(_unstoppable, refused=run, why=why, now=now)
        else:
            log.warning("run %s: stop not accepted yet: %s", run.run_id, error)
            pause = error.retry_after if isinstance(error, ApiError) else None
            retry_at = polling.stop_retry_at(now, pause)
            decide = partial(_stop_deferred, deferred=run, retry_at=retry_at)
    else:
        decide = partial(_stop_accepted, accepted=run)
    services.stores.runs.change(run.run_id, decide)


def _stop_accepted(run: Run, *, accepted: Run) -> Change | None:
    """Return what an accepted stop changes: it counts more than the refusal of its double."""
    if run.is_final or run.stop_requested_at not in {None, accepted.stop_requested_at}:
        return None
    stopping = msgspec.structs.replace(
        run,
        state=RunState.STOPPING,
        stop_requested_by=accepted.stop_requested_by,
        stop_requested_at=accepted.stop_requested_at,
        is_stop_sent=True,
    )
    return Change(run=stopping, tell=() if run.state is RunState.STOPPING else (Telling.CARD,))


def _stop_deferred(run: Run, *, deferred: Run, retry_at: datetime | None) -> Change | None:
    """Return what a stop changes that MaxCompute did not accept yet."""
    if not _is_waiting(run, deferred) or run.stop_retry_at == retry_at:
        return None
    return Change(run=msgspec.structs.replace(run, stop_retry_at=retry_at))


def _unstoppable(run: Run, *, refused: Run, why: str, now: datetime) -> Change | None:
    """Return what a refused stop changes: the run goes on, and may be stopped again."""
    if not _is_waiting(run, refused):
        return None
    milestone = Milestone(at=now, text=why)
    goes_on = msgspec.structs.replace(
        run,
        state=RunState.RUNNING,
        stop_requested_by=None,
        stop_requested_at=None,
        stop_retry_at=None,
        milestones=polling.with_milestones(run.milestones, (milestone,)),
    )
    return Change(run=goes_on, tell=(Telling.CARD, Telling.PROGRESS))


def _is_waiting(run: Run, tried: Run) -> bool:
    """Return whether the stop that was tried is still to be sent, and no other one."""
    is_same = run.stop_requested_at == tried.stop_requested_at
    return polling.is_stop_unsent(run) and is_same


def _seen(
    run: Run, *, sight: InstanceSnapshot, cost: Cost | None, now: datetime, is_swept: bool
) -> Change | None:
    """Return what a look changes."""
    if run.is_final:
        return None
    happened = polling.stage_milestones(run.stages, sight.stages, at=now)
    if run.is_outage_announced:
        happened = (Milestone(at=now, text="MaxCompute is responding again"), *happened)
    if sight.queue_status and sight.queue_status != run.queue_status:
        happened = (Milestone(at=now, text=sight.queue_status), *happened)
    seen = msgspec.structs.replace(
        run,
        polls=run.polls + 1,
        polled_at=now,
        unreachable_since=None,
        is_outage_announced=False,
        stages=sight.stages or run.stages,
        sub_instances=sight.sub_instances or run.sub_instances,
        progress_percent=polling.overall_progress_percent(sight.stages or run.stages),
        queue_status=sight.queue_status,
        milestones=polling.with_milestones(run.milestones, happened),
    )
    if sight.outcome is not None:
        return _ended(seen, sight, sight.outcome, cost, now)
    is_shown_change = (
        seen.stages != run.stages
        or seen.sub_instances != run.sub_instances
        or seen.queue_status != run.queue_status
        or run.unreachable_since is not None
        or seen.polls % polling.POLLS_A_CARD == 0
    )
    tell = ((Telling.CARD_REFRESH,) if is_shown_change else ()) + (
        (Telling.PROGRESS,) if happened else ()
    )
    return _with_next_look(seen, tell, now, is_swept=is_swept)


def _ended(
    seen: Run, sight: InstanceSnapshot, outcome: RunState, cost: Cost | None, now: datetime
) -> Change:
    milestone = Milestone(at=now, text=outcome.value.capitalize())
    ended = msgspec.structs.replace(
        seen,
        state=outcome,
        ended_at=sight.ended_at or now,
        table=sight.table,
        cost=cost,
        result_text=sight.text,
        next_poll_at=None,
        milestones=polling.with_milestones(seen.milestones, (milestone,)),
    )
    return Change(run=ended, tell=(Telling.FINAL, Telling.COMPLETION, Telling.PROGRESS))


def _unseen(run: Run, *, now: datetime, patience: timedelta, is_swept: bool) -> Change | None:
    """Return what a failed look changes: said after a while, given up after a long one."""
    if run.is_final:
        return None
    since = run.unreachable_since or now
    if now - since > patience:
        return _lost(run, why=OUT_OF_REACH, now=now)
    unseen = msgspec.structs.replace(run, polls=run.polls + 1, unreachable_since=since)
    if run.is_outage_announced or now - since < polling.OUTAGE_WORTH_SAYING:
        return _with_next_look(unseen, (), now, is_swept=is_swept)
    silence = Milestone(at=now, text="MaxCompute isn't responding; still trying")
    told = msgspec.structs.replace(
        unseen,
        is_outage_announced=True,
        milestones=polling.with_milestones(run.milestones, (silence,)),
    )
    return _with_next_look(told, (Telling.CARD, Telling.PROGRESS), now, is_swept=is_swept)


def _lost(run: Run, *, why: str, now: datetime) -> Change | None:
    if run.is_final:
        return None
    lost = msgspec.structs.replace(
        run, state=RunState.UNKNOWN, result_text=why, ended_at=now, next_poll_at=None
    )
    return Change(run=lost, tell=(Telling.FINAL, Telling.COMPLETION))


def _with_next_look(
    run: Run, tell: tuple[Telling, ...], now: datetime, *, is_swept: bool
) -> Change:
    pause = polling.pause_before_poll(run, now, is_swept=is_swept)
    if polling.is_poll_parked(run, now, pause):
        return Change(run=run, tell=tell)
    return Change(
        run=msgspec.structs.replace(run, next_poll_at=now + pause),
        tell=tell,
        overdue_in=pause + polling.SAFETY_NET,
    )
