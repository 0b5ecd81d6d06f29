"""Submit a run interactively (MaxQA), where that is wanted and the service takes it."""

import logging
from collections.abc import Callable, Mapping
from functools import partial

from odps_bot.maxcompute import Instance, MaxComputeError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import Run, lifecycle
from odps_bot.runs.fallback import (
    Fallback,
    FallbackReason,
    fallback_of_error,
    fallback_of_statement,
)
from odps_bot.services import Services
from odps_bot.sql.classification import classify
from odps_bot.sql.job_settings import QUOTA
from odps_bot.sql.statements import SqlText
from workers.submission.claimed_run import ClaimLostError, apply_claimed

log = logging.getLogger(__name__)


def is_interactive_wanted(run: Run, services: Services) -> bool:
    """Return whether the run is to be interactive: its requester says so, or else the rules."""
    if run.interactive is not None:
        return run.interactive
    return bool(services.rules.project(run.project).interactive)


def send_interactively(
    run: Run,
    services: Services,
    *,
    hints: Mapping[str, str],
    before_sending: Callable[[], None],
) -> tuple[Run, Instance | None]:
    """Return the run and its interactive instance; without one, an ordinary job is to be sent.

    Why is recorded then: nothing was submitted, for certain, and it is not tried again. Raises
    ClaimLostError, and MaxComputeError where an ordinary job would fail likewise, or where it is
    not known whether anything was submitted.
    """
    if run.fallback is not None or not is_interactive_wanted(run, services):
        return run, None
    fallback = fallback_of_statement(classify(run.sql, run.hints))
    if fallback is None:
        client = services.maxcompute.of(run.project, Purpose.SUBMISSION)
        try:
            return run, client.run_sql_interactive(
                run.sql,
                quota_name=_quota_of_project(run, services),
                project=run.project,
                hints=hints,
                priority=run.priority,
                guid=run.run_id,
                before_sending=before_sending,
            )
        except MaxComputeError as error:
            fallback = fallback_of_error(error)
            if fallback is None:
                raise
            log.info("run %s is not interactive: %s", run.run_id, error)
    fallen = apply_claimed(
        run, partial(lifecycle.fell_back, claimed=run, fallback=fallback), services
    )
    if fallen is None:
        raise ClaimLostError
    return fallen, None


def ordinary_hints(run: Run) -> dict[str, str]:
    """Return the settings of the run for an ordinary job, which no interactive quota runs."""
    if run.fallback is None or not _names_interactive_quota(run, run.fallback):
        return run.hints
    return {key: value for key, value in run.hints.items() if key.lower() != QUOTA}


def _names_interactive_quota(run: Run, fallback: Fallback) -> bool:
    """Return whether the quota that the requester chose is an interactive one."""
    if fallback.reason is FallbackReason.NO_QUOTA:
        return False
    is_untried = fallback.reason in {FallbackReason.STATEMENT, FallbackReason.SETTING}
    return run.interactive is True or not is_untried


def _quota_of_project(run: Run, services: Services) -> str | None:
    """Return the interactive quota of the rules, unless the run chooses one itself."""
    quota = services.rules.project(run.project).interactive
    chosen = {key.lower() for key in (*SqlText(run.sql).settings, *run.hints)}
    return quota if isinstance(quota, str) and QUOTA not in chosen else None
