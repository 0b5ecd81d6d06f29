"""Let a run wait while MaxCompute takes nothing: that is no failure, and nothing is refused."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from odps_bot.maxcompute import HeldBackError, MaxComputeError, ThrottledError
from odps_bot.runs import Change, Run, RunState, lifecycle
from odps_bot.runs.outcome import outcome_of
from odps_bot.services import Services

log = logging.getLogger(__name__)

#: How long a run waits at least and at most before MaxCompute is tried again.
SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)

#: MaxCompute's answer, or our own, to too many requests: nothing is wrong with this one.
NOT_NOW = (HeldBackError, ThrottledError)


def is_held_back(run: Run, services: Services) -> bool:
    """Return whether a run that waits for MaxCompute has to wait on; then its job is enqueued."""
    if run.held_back_since is None:
        return False
    pause = services.maxcompute.pause_before(run.project)
    if pause is None:
        return False
    why = HeldBackError("MaxCompute takes no requests at the moment.", retry_after=pause)
    hold_back(run, why, services)
    return True


def hold_back(run: Run, error: MaxComputeError, services: Services) -> None:
    """Let a run that was certainly not sent wait as long as MaxCompute asks, within our patience.

    The run is in `queued` or `submitting`. What an earlier worker has sent of it may still arrive:
    then it stays in `submitting`.
    """
    apply = partial(_apply_to, run, services)
    now = services.clock()
    if now - (run.held_back_since or now) > services.settings.patience:
        apply(partial(lifecycle.refuse, if_still=run.state, why=outcome_of(error), now=now))
        services.jobs.deliver()
        return
    pause = pause_after(error)
    event = partial(lifecycle.hold_back, claimed=run, now=now, pause=pause)
    if apply(event) is None:
        return
    services.jobs.submit_run(run.run_id, after=pause)
    if run.held_back_since is None:
        log.info("run %s waits for MaxCompute: %s", run.run_id, error)
        services.jobs.deliver()


def _apply_to(run: Run, services: Services, event: Callable[[Run], Change | None]) -> Run | None:
    if run.state is RunState.SUBMITTING:
        event = partial(lifecycle.if_claimed, claimed=run, event=event)
    return services.stores.runs.apply(run.run_id, event)


def pause_after(error: MaxComputeError) -> timedelta:
    """Return how long to wait before MaxCompute is asked again."""
    return min(max(error.retry_after or SHORTEST_PAUSE, SHORTEST_PAUSE), LONGEST_PAUSE)
