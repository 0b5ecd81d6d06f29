"""What holds a run's instance up, by what is known of it: no request is sent for it.

Whatever goes wrong here costs a finding, and never a poll or a sweep.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.final_summary import corrected
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts, source_facts
from odps_bot.history.baseline import Baseline
from odps_bot.maxcompute.models.details import TaskSummary
from odps_bot.runs import Change, Run, RunState, lifecycle
from odps_bot.services import Services
from workers.polling.diagnosis_snapshot import stage_summaries_from
from workers.polling.xflow_snapshot import is_xflow

log = logging.getLogger(__name__)

Event: TypeAlias = Callable[[Run], Change | None]


def is_diagnosed(run: Run, services: Services) -> bool:
    """Return whether anything is said of what holds the run up. An XFlow has no stages itself."""
    is_running = run.state is RunState.RUNNING and run.instance_id is not None
    return services.rules.diagnosis.enabled and is_running and not is_xflow(run.sql)


def facts_of(run: Run, task_type: str) -> SourceFacts:
    """Return what the run's statement tells; of a foreign one it was read when that was begun."""
    return source_facts(run.sql, run.hints, task_type=task_type or "SQL")


def baseline_of(run: Run) -> Baseline | None:
    """Return what is usual for the run's statement, as its record tells."""
    return run.usual.baseline if run.usual else None


def with_diagnosis(
    run: Run,
    snapshots: Sequence[Snapshot],
    services: Services,
    *,
    now: datetime,
    task_type: str,
    event: Event | None = None,
) -> Event | None:
    """Return the event that records what holds the run up, after `event`, if there is any.

    Where nobody can tell, that is just `event`.
    """
    if not snapshots:
        return event
    try:
        found = diagnose(
            snapshots,
            facts_of(run, task_type),
            baseline_of(run),
            services.rules.diagnosis,
            now,
            previous=run.finding,
        )
    except Exception:
        log.exception("run %s: cannot diagnose it (ref %s)", run.run_id, _reference())
        return event
    return partial(
        lifecycle.diagnosed, finding=found.finding, known=run.finding, now=now, event=event
    )


def with_correction(
    run: Run, summaries: Sequence[TaskSummary], services: Services, *, now: datetime, event: Event
) -> Event:
    """Return the event that ends the run, and that corrects what the summary shows was wrong."""
    stages = [stage for one in summaries for stage in stage_summaries_from(one)]
    if run.finding is None or not stages:
        return event
    try:
        finding = corrected(run.finding, stages, services.rules.diagnosis)
    except Exception:
        log.exception("run %s: cannot correct its finding (ref %s)", run.run_id, _reference())
        return event
    return partial(lifecycle.summarized, finding=finding, now=now, event=event)


def _reference() -> str:
    return secrets.token_hex(4)
