"""Estimate a run before it is submitted: MaxCompute is awaited without holding the job."""

import hashlib
from datetime import timedelta
from functools import partial

from odps_bot.maxcompute import AmbiguousSubmitError, MaxComputeError
from odps_bot.maxcompute.pai_command import parse_pai_command
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import (
    Estimate,
    Outcome,
    ReasonCode,
    Run,
    lifecycle,
    polling,
    requester_of,
)
from odps_bot.services import Services
from odps_bot.sql.classification import RunsAs, classify
from odps_bot.sql.statements import SqlText
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.estimates import Estimated, begin_estimate, no_estimate, poll_estimate
from workers.submission.holding_back import NOT_NOW, hold_back
from workers.submission.queued_run import change_queued

#: MaxCompute is asked again after this.
PAUSE = timedelta(seconds=1)

#: What has no estimate by then is decided on without.
PATIENCE = timedelta(minutes=5)


def estimate_run(run: Run, services: Services) -> Run | None:
    """Return the run with its estimate, or with why there is none.

    None: it is over meanwhile, can never run, or must wait; then its job is enqueued again. Safe to
    repeat.
    """
    try:
        found = _why_none(run) or _poll(run, services)
    except NOT_NOW as error:
        # MaxCompute may take its time from when it has been asked.
        if run.estimate_id is None and run.estimate_requested_at is not None:
            change_queued(run, services, estimate_requested_at=None)
        hold_back(run, error, services)
        return None
    now = services.clock()
    since = run.estimate_requested_at or now
    if found is None and now - since > PATIENCE:
        found = Outcome(reason=ReasonCode.ESTIMATE_TOO_SLOW)
    match found:
        case Estimate():
            return change_queued(run, services, estimate=found, held_back_since=None)
        case Outcome(reason=ReasonCode.COMPILE_ERROR):
            services.stores.runs.apply(
                run.run_id, partial(lifecycle.compile_failed, why=found, now=now)
            )
            services.jobs.deliver()
            return None
        case Outcome():
            return change_queued(run, services, no_estimate=found, held_back_since=None)
        case None:
            first = (NotificationKind.CARD,) if run.estimate_requested_at is None else ()
            overdue_in = PAUSE + polling.SAFETY_NET
            if change_queued(
                run, services, *first, overdue_in=overdue_in, estimate_requested_at=since
            ):
                services.jobs.submit_run(run.run_id, after=PAUSE)
                services.jobs.deliver()
            return None


def _why_none(run: Run) -> Outcome | None:
    is_merge = classify(run.sql, run.hints).runs_as is RunsAs.MERGE
    if is_merge or parse_pai_command(run.sql) is not None:
        return Outcome(reason=ReasonCode.NO_SQL)
    return Outcome(reason=ReasonCode.SEVERAL_STATEMENTS) if SqlText(run.sql).is_script else None


def _poll(run: Run, services: Services) -> Estimate | Outcome | None:
    """Return what MaxCompute says; None: nothing yet. Raises HeldBackError and ThrottledError."""
    client = services.maxcompute.of(run.project, Purpose.ESTIMATE)
    try:
        if run.estimate_id is None:
            guid = hashlib.sha256(f"estimate:{run.run_id}".encode()).hexdigest()[:24]
            instance = begin_estimate(client, run, requester_of(run), services, guid=guid)
            change_queued(run, services, estimate_id=instance.id)
        else:
            instance = client.get_instance(run.estimate_id, project=run.project)
        return poll_estimate(instance, Estimated.of(run, services))
    except AmbiguousSubmitError:
        return None
    except NOT_NOW:
        raise
    except MaxComputeError as error:
        if error.is_retryable:
            return None
        return no_estimate(str(error), Estimated.of(run, services))
