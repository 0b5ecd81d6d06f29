"""Look for the instance of a run by its Guid, a part of the candidates in each job."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.maxcompute import Instance
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import Run, lifecycle
from odps_bot.services import Services
from workers.polling.ownership import CLOCK_MARGIN

log = logging.getLogger(__name__)

#: One job looks for so long; the next one goes on where it has ended.
TIME_OF_A_JOB = timedelta(seconds=10)

#: An instance whose source MaxCompute has refused so often is taken for somebody else's.
REFUSALS = 6


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """What came of it."""

    instance: Instance | None = None
    is_complete: bool = True  #: all that the run could be were read
    is_out_of_time: bool = False  #: there are more to be read at once


def look_up(run: Run, services: Services) -> LookUp:
    """Look for the instance of a run of which a POST may have left. Raises MaxComputeError.

    Newest first; what was read before is not read again, and what has come since then is.
    """
    client = services.maxcompute.of(run.project, Purpose.LOOK_UP)
    before = services.stores.guid_searches.others(run.run_id)
    since, until = _interval(run)
    end = services.clock() + TIME_OF_A_JOB
    found: dict[str, int] = {}
    is_complete = True
    try:
        for reading in client.read_guids(
            project=run.project,
            since=since,
            until=until,
            skipped={one for one, refusals in before.items() if refusals in {0, REFUSALS}},
        ):
            instance_id = reading.instance.id
            if reading.guid == run.run_id:
                return LookUp(instance=reading.instance)
            if reading.error is None:
                found[instance_id] = 0
            else:
                log.info("run %s: %s cannot be read: %s", run.run_id, instance_id, reading.error)
                refusals = before.get(instance_id, 0) + (0 if reading.error.is_retryable else 1)
                is_complete = is_complete and refusals >= REFUSALS
                found |= {instance_id: refusals} if refusals else {}
            if services.clock() >= end:
                return LookUp(is_complete=False, is_out_of_time=True)
    finally:
        services.stores.guid_searches.remember(run.run_id, found)
    return LookUp(is_complete=is_complete)


def _interval(run: Run) -> tuple[datetime, datetime | None]:
    """Return when the instance can have started, by MaxCompute's clock."""
    since = (run.submitting_since or run.began_at) - CLOCK_MARGIN
    until = run.last_sent_at and run.last_sent_at + lifecycle.LEASE + CLOCK_MARGIN
    return since, until
