"""Ask about a run's instance what may say why it is slow, and record what holds it up.

Every answer may be missing: then it is not known. Nothing here ends or fails anything.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from rq.timeouts import JobTimeoutException

from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.worker_details import are_workers_wanted
from odps_bot.maxcompute import (
    ConnectionFailedError,
    HeldBackError,
    MaxComputeError,
    StageWorkers,
    Task,
    TaskProgress,
    ThrottledError,
)
from odps_bot.maxcompute.instance import SQL_TASK
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.store.rate_limits import OwnRateLimitError
from workers.polling.diagnosing import facts_of, is_diagnosed, with_diagnosis
from workers.polling.diagnosis_snapshot import snapshot_from
from workers.polling.sick_jobs import note_sick_run

log = logging.getLogger(__name__)

T = TypeVar("T")

#: These say nothing of what MaxCompute bears.
NOT_SENT = (HeldBackError, OwnRateLimitError)


class Asking:
    """Sends side questions about one task, and counts them."""

    def __init__(self, task: Task, project: str, services: Services) -> None:
        self._task = task
        self._project = project
        self._services = services
        self.sent = 0

    def ask(self, question: Callable[[], T]) -> T | None:
        """Return the answer, or None: it is not known."""
        try:
            self.sent += 1
            return question()
        except (MaxComputeError, JobTimeoutException) as error:
            if isinstance(error, NOT_SENT):
                self.sent -= 1
            log.info("not known, for a diagnosis: %s", error)
            return None

    def progress(self) -> TaskProgress | None:
        """Return stages and their workers in numbers."""
        return self.ask(self._task.get_progress)

    def workers(self) -> Sequence[StageWorkers] | None:
        """Return what stands out among the workers; nobody asks again soon if that is too much."""
        return self.ask(self._workers_or_pause)

    def _workers_or_pause(self) -> Sequence[StageWorkers]:
        try:
            return self._task.get_stage_workers()
        except (ThrottledError, ConnectionFailedError, JobTimeoutException) as error:
            if not isinstance(error, NOT_SENT):
                log.warning(
                    "project %s: workers are not asked for a while: %s", self._project, error
                )
                self._services.stores.side_questions.pause_workers(self._project)
            raise


def diagnose_run(
    run_id: str,
    services: Services,
    *,
    task_name: str = "",
    task_type: str = "",
    asks_progress: bool = True,
    may_ask_workers: bool = False,
    asks_quota: bool = False,
) -> None:
    """Ask, and record what holds the run up. Safe to repeat."""
    run, now = services.stores.runs.get_or_discard_at(run_id, services.time)
    if run is None or now is None or not is_diagnosed(run, services):
        return
    client = services.maxcompute.of(run.project, Purpose.SIDE_QUESTION)
    instance = client.get_instance(run.instance_id or "", project=run.project)
    task = instance.get_task(task_name or SQL_TASK)
    asking = Asking(task, run.project, services)
    known = services.stores.recent_snapshots.of(instance.id)
    try:
        progress = asking.progress() if asks_progress else None
        quotas = (asking.ask(task.get_quota_usages) or ()) if asks_quota else ()
        new = partial(snapshot_from, progress=progress, quotas=quotas)
        snapshots = added(known, new(at=now))
        if (
            progress
            and may_ask_workers
            and _are_workers_wanted(run, snapshots, task_type, services)
        ):
            workers = asking.workers()
            now = services.clock()
            snapshots = added(known, new(at=now, workers=workers))
    finally:
        services.stores.side_questions.sent(run.project, asking.sent)
    if progress is None and not quotas:
        return
    services.stores.recent_snapshots.keep({instance.id: snapshots}, is_question=True)
    _record(run, snapshots, services, now=now, task_type=task_type)


def _are_workers_wanted(
    run: Run, snapshots: Sequence[Snapshot], task_type: str, services: Services
) -> bool:
    facts, thresholds = facts_of(run, task_type), services.rules.diagnosis
    return are_workers_wanted(snapshots, facts, thresholds, snapshots[-1].at)


def _record(
    run: Run, snapshots: Sequence[Snapshot], services: Services, *, now: datetime, task_type: str
) -> None:
    event = with_diagnosis(run, snapshots, services, now=now, task_type=task_type)
    if event is None:
        return
    # First: what a worker that dies here has noted, but not recorded, is found again.
    note_sick_run(event(run), services)
    change = services.stores.runs.apply_change(run.run_id, event)
    if change is None or change.run.is_final:
        return
    if change.notifications:
        services.jobs.deliver()
