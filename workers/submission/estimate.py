"""Estimate a run before it is submitted: MaxCompute is awaited without holding the job."""

import hashlib
from datetime import timedelta

from odps_bot.maxcompute import AmbiguousSubmitError, MaxComputeError
from odps_bot.maxcompute.pai_command import parse_pai_command
from odps_bot.runs import Estimate, Run, Telling, polling
from odps_bot.services import Services
from odps_bot.sql.statements import SqlText
from workers.submission.estimates import NoEstimate, poll_estimate
from workers.submission.queued_run import change_queued

#: MaxCompute is asked again after this.
PAUSE = timedelta(seconds=1)

#: What has no estimate by then is decided on without.
PATIENCE = timedelta(minutes=5)

WHY_CHARACTERS = 1_000

#: https://www.alibabacloud.com/help/en/maxcompute/cost-sql
SEVERAL_STATEMENTS = "MaxCompute estimates one statement at a time."
NO_SQL = "MaxCompute estimates only SQL."
TOO_SLOW = "MaxCompute didn't respond for several minutes."
WITHOUT_WORDS = "MaxCompute gave no reason."


def estimate_run(run: Run, services: Services) -> Run | None:
    """Return the run with its estimate, or with why there is none.

    None: it is over meanwhile, or must wait; then its job is booked again. Safe to repeat.
    """
    found = _why_none(run) or _look(run, services)
    now = services.clock()
    since = run.estimate_requested_at or now
    if found is None and now - since > PATIENCE:
        found = NoEstimate(why=TOO_SLOW)
    match found:
        case Estimate():
            return change_queued(run, services, estimate=found)
        case NoEstimate():
            why = found.why.strip()[:WHY_CHARACTERS] or WITHOUT_WORDS
            return change_queued(run, services, no_estimate=why)
        case None:
            first = (Telling.CARD,) if run.estimate_requested_at is None else ()
            overdue_in = PAUSE + polling.SAFETY_NET
            if change_queued(
                run, services, *first, overdue_in=overdue_in, estimate_requested_at=since
            ):
                services.jobs.submit_run(run.run_id, after=PAUSE)
                services.jobs.deliver()
            return None


def _why_none(run: Run) -> NoEstimate | None:
    if parse_pai_command(run.sql) is not None:
        return NoEstimate(why=NO_SQL)
    return NoEstimate(why=SEVERAL_STATEMENTS) if SqlText(run.sql).is_script else None


def _look(run: Run, services: Services) -> Estimate | NoEstimate | None:
    client = services.maxcompute.of(run.project)
    try:
        if run.estimate_id is None:
            # The Guid lets a repetition find the same estimate.
            guid = hashlib.sha256(f"estimate:{run.run_id}".encode()).hexdigest()[:24]
            instance = client.run_sql_cost(run.sql, project=run.project, hints=run.hints, guid=guid)
            change_queued(run, services, estimate_id=instance.id)
        else:
            instance = client.get_instance(run.estimate_id, project=run.project)
        return poll_estimate(instance)
    except AmbiguousSubmitError:
        return None
    except MaxComputeError as error:
        return None if error.is_retryable else NoEstimate(why=str(error))
