"""Poll a run's instance once, and schedule the next poll."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from odps_bot.maxcompute import (
    AlreadyTerminatedError,
    ApiError,
    ConnectionFailedError,
    Instance,
    MaxComputeError,
    NotFoundError,
)
from odps_bot.runs import Change, ReasonCode, Run, RunState, lifecycle, polling
from odps_bot.runs.outcome import outcome_of
from odps_bot.services import Services
from workers.polling.instance_snapshot import snapshot_of
from workers.polling.resource_usage import actual_cost
from workers.polling.xflow_snapshot import is_xflow

log = logging.getLogger(__name__)

Event: TypeAlias = Callable[[Run], Change | None]

#: A result that cannot be read for so long is not shown, so that the run's end is posted.
UNREADABLE_PATIENCE = timedelta(seconds=20)

#: Ends after which MaxCompute is asked what was used.
HAVE_USED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})


def poll(run_id: str, services: Services, *, is_prompted: bool = False) -> None:
    """Poll once, record what changed, and schedule the next poll unless the run has ended.

    Safe to repeat: a poll that comes before its time sends no request, unless it is prompted
    because something is known to have happened.
    """
    run = services.stores.runs.get_or_discard(run_id)
    if run is None:
        return
    now = services.clock()
    is_early = polling.is_early(run, now) and not is_prompted
    if run.state not in {RunState.RUNNING, RunState.STOPPING} or is_early:
        return
    changed = services.stores.runs.apply(run_id, _ask(run, now, services))
    if changed is None:
        return
    if changed.polled_at == now and changed.instance_id is not None:
        services.stores.sweeps.polled(changed.project, changed.instance_id, run_id)
    if changed.is_final:
        log.info("run %s has ended: %s", run_id, changed.state)
    _schedule(run, changed, services)
    services.jobs.deliver()


def _ask(run: Run, now: datetime, services: Services) -> Event:
    """Ask MaxCompute how the run is, send a stop that waits, and return what to record."""
    is_swept = services.stores.sweeps.are_trusted(run.project)
    failed = partial(lifecycle.poll_failed, now=now, patience=services.settings.patience)
    is_flow = is_xflow(run.sql)
    instance = None
    is_stopping = polling.is_stop_due(run, now)
    try:
        instance = services.maxcompute.of(run.project).get_instance(
            run.instance_id or "", project=run.project
        )
        snapshot = snapshot_of(
            instance,
            is_last_try=_is_long_unseen(run, now),
            known_steps=run.sub_instances if is_flow else None,
        )
    except NotFoundError as error:
        log.warning("run %s: %s", run.run_id, error)
        return partial(lifecycle.lose_instance, reason=ReasonCode.INSTANCE_GONE, now=now)
    except MaxComputeError as error:
        log.warning("run %s: a poll failed: %s", run.run_id, error)
        # Another request to a silent service would last longer than a job may.
        if instance and is_stopping and not isinstance(error, ConnectionFailedError):
            _send_stop(run, instance, now, services)
        return failed
    if is_stopping and snapshot.end is None:
        _send_stop(run, instance, now, services)
    # An XFlow uses nothing itself; its steps do, each in an instance of its own.
    has_used = snapshot.end in HAVE_USED and not is_flow
    cost = actual_cost(instance) if has_used else None
    return partial(lifecycle.polled, snapshot=snapshot, cost=cost, now=now, is_swept=is_swept)


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


def _is_long_unseen(run: Run, now: datetime) -> bool:
    since = run.unreachable_since
    return since is not None and now - since > UNREADABLE_PATIENCE


def _send_stop(run: Run, instance: Instance, now: datetime, services: Services) -> None:
    """Stop the instance; what fails for now is left for the next poll."""
    event: Event
    try:
        instance.stop()
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
            pause = error.retry_after if isinstance(error, ApiError) else None
            retry_at = polling.stop_retry_at(now, pause)
            event = partial(lifecycle.defer_stop, sent=run, retry_at=retry_at)
    else:
        event = partial(lifecycle.stop_accepted, sent=run)
    services.stores.runs.apply(run.run_id, event)
