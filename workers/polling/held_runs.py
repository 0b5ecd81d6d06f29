"""Wait for the end of a young run by requests that MaxCompute holds, and poll it at once then.

That is besides its polls, which go on more rarely meanwhile: whatever becomes of the one who waits,
no end is missed.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from redis.exceptions import RedisError

from odps_bot.job_deadline import job_deadline
from odps_bot.maxcompute import InstanceStatus, MaxComputeError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.operations.logs import logged_about
from odps_bot.runs import Run, holding
from odps_bot.services import Services
from workers.polling.hold_pool import Held, HoldPool
from workers.polling.poll import poll

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Requests of one wait are over by then, with their turn in the rate limit: before the mark is.
HOLD_WITHIN = timedelta(seconds=14)
POLL_WITHIN = timedelta(seconds=55)

#: The status of an instance may say sooner that it has ended than those of its tasks.
PAUSES_S = (0.0, 0.2, 0.5)


def add_run(run_id: str, services: Services, pool: HoldPool) -> None:
    """Have this process wait for the end of a run, if somebody waits for it. Safe to repeat."""
    run, now = services.stores.runs.get_or_discard_at(run_id, services.time)
    if run is not None and now is not None and holding.is_wanted(run, now):
        pool.add(run_id, run.started_at or run.requested_at)


def hold(
    run_id: str,
    services: Services,
    *,
    owner: str,
    is_closing: Callable[[], bool] = lambda: False,
) -> Held:
    """Wait until a run's instance has ended, or about five seconds; another worker may do so.

    The time counts from before the mark of `owner` is taken: who was paused in between sends no
    request when the mark may be another's. Raises redis.RedisError.
    """
    held_runs = services.stores.held_runs
    with job_deadline(HOLD_WITHIN):
        run, now = services.stores.runs.get_or_discard_at(run_id, services.time)
        if run is None or now is None or not _is_wanted(run, now, services):
            held_runs.release([run_id], owner)
            return Held.NOT_HELD
        if not held_runs.take(run_id, owner):
            return Held.NOT_HELD
        found = Held.NOT_HELD
        try:
            # Who hands runs over has released their marks, and maybe before this one was taken.
            if not is_closing():
                found = _ask(run, services)
        finally:
            # After an end the mark stays: should a poll not see it yet, polls go on, and nobody
            # waits.
            if found is Held.NOT_HELD:
                held_runs.release([run_id], owner)
        return found


def report_end(
    run_id: str, services: Services, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Poll a run whose instance has ended, again if its tasks have not yet."""
    with job_deadline(POLL_WITHIN):
        for pause_s in PAUSES_S:
            if pause_s:
                sleep(pause_s)
            if poll(run_id, services, is_prompted=True):
                return


def make_pool(services: Services) -> HoldPool:
    """Return the pool of a process; no thread is started before a run is added."""

    def wait(run_id: str) -> Held:
        return hold(run_id, services, owner=pool.owner, is_closing=lambda: pool.is_closed)

    pool = HoldPool(
        lambda run_id: _logged(run_id, partial(wait, run_id)),
        lambda run_id: _logged(run_id, partial(report_end, run_id, services)),
        places=services.maxcompute.held_at_once,
    )
    return pool


def hand_over(pool: HoldPool, services: Services) -> None:
    """Close the pool, and let others wait for the runs that it has waited for.

    Where Redis does not respond, its marks expire, and polls have others wait.
    """
    left = pool.close()
    try:
        services.stores.held_runs.release(left, pool.owner)
        for run_id in left:
            services.jobs.hold_run(run_id)
    except RedisError as error:
        log.warning("nobody waits for the ends of %d runs for now: %s", len(left), error)


def _is_wanted(run: Run, now: datetime, services: Services) -> bool:
    """Return whether to wait for the end of the run, and its service holds such a request."""
    if run.instance_id is None or not holding.is_wanted(run, now):
        return False
    return services.maxcompute.are_polls_held(run.project, run.instance_id)


def _logged(run_id: str, work: Callable[[], T]) -> T:
    """Do the work of a thread of the pool; what it logs names the run, as in a job."""
    with logged_about(job="hold_run", run_id=run_id):
        return work()


def _ask(run: Run, services: Services) -> Held:
    client = services.maxcompute.of(run.project, Purpose.HOLD)
    instance = client.get_instance(run.instance_id or "", project=run.project)
    began_s = time.monotonic()
    found = Held.NOT_HELD
    try:
        status = instance.get_status(blocking=True)
        if status is InstanceStatus.TERMINATED:
            found = Held.ENDED
        elif instance.was_held:
            found = Held.RUNNING
    except MaxComputeError as error:
        # Polls find out what is wrong, and have somebody wait again.
        log.info("run %s: nobody waits for its end for now: %s", run.run_id, error)
    services.metrics.held(found.value, timedelta(seconds=time.monotonic() - began_s))
    return found
