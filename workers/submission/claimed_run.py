"""Change a run while this worker has its submission: whoever took it over has the last word."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from odps_bot.maxcompute import MaxComputeError
from odps_bot.runs import Change, Outcome, Run, RunState, lifecycle
from odps_bot.runs.outcome import outcome_of
from odps_bot.services import Services
from workers.submission.holding_back import NOT_NOW, hold_back

log = logging.getLogger(__name__)

ATTEMPTS = 3
PAUSE = timedelta(seconds=3)


class ClaimLostError(Exception):
    """Another worker has the submission now: nothing was sent."""


def apply_claimed(
    claimed: Run, event: Callable[[Run], Change | None], services: Services
) -> Run | None:
    """Apply an event to a submission, unless another worker has taken it over."""
    as_claimed = partial(lifecycle.if_claimed, claimed=claimed, event=event)
    return services.stores.runs.apply(claimed.run_id, as_claimed)


def record_sending(claimed: Run, services: Services) -> None:
    """Record that the run is sent now. Raises ClaimLostError if another worker has it."""
    if apply_claimed(claimed, lifecycle.about_to_send, services) is None:
        raise ClaimLostError


def not_submitted(claimed: Run, error: MaxComputeError, services: Services) -> None:
    """Try again when MaxCompute lets us or in a moment, or tell the requester why not."""
    if isinstance(error, NOT_NOW):
        hold_back(claimed, error, services)
        return
    log.warning("run %s was not submitted: %s", claimed.run_id, error)
    if not error.is_retryable or claimed.submit_attempts >= ATTEMPTS:
        refuse_claimed(claimed, outcome_of(error), services)
        return
    event = partial(lifecycle.defer_submission, claimed=claimed, now=services.clock(), pause=PAUSE)
    if apply_claimed(claimed, event, services):
        services.jobs.submit_run(claimed.run_id, after=PAUSE)


def refuse_claimed(claimed: Run, why: Outcome, services: Services) -> None:
    """End the run, and tell the requester privately why."""
    event = partial(lifecycle.refuse, if_still=RunState.SUBMITTING, why=why, now=services.clock())
    apply_claimed(claimed, event, services)
