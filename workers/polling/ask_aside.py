"""What a sweep has asked about instances besides their state, and what its lists say by themselves.

`workers.polling.question_plan` decides; the questions are jobs in a lane of their own, so that
nothing that matters waits for them.
"""

import logging
import math
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

import msgspec
from redis.exceptions import RedisError
from rq.timeouts import JobTimeoutException

from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Snapshot, SubStatus
from odps_bot.diagnosis.sub_statuses import RUNNING, WAITING_FOR_QUOTA, code_of
from odps_bot.maxcompute import QueueingInfo
from odps_bot.maxcompute.listing import PAGE_SIZE
from odps_bot.runs import Run, polling
from odps_bot.services import Services
from odps_bot.store import sweeps
from odps_bot.store.codec import decode_or_none
from workers.polling import question_plan
from workers.polling.diagnosing import is_diagnosed, with_diagnosis
from workers.polling.diagnosis_snapshot import snapshot_from
from workers.polling.question_plan import Listed, Phase, Plan, Watching
from workers.polling.sick_jobs import note_sick_run
from workers.polling.sweep_lease import LeaseLostError, SweepLease

log = logging.getLogger(__name__)

#: A poll of an instance that goes on asks for its status and its progress.
REQUESTS_WHILE_RUNNING = 2

#: So many that are new, or have gone over to another phase, are written down in one sweep.
MOST_CHANGED = 100


def requests_of_sweep(instances: int) -> int:
    """Return how many requests the two lists of so many instances take."""
    return 2 * max(1, math.ceil(instances / PAGE_SIZE))


def ask_aside(
    project: str,
    watched: Mapping[str, str],
    listed: Mapping[str, QueueingInfo],
    lease: SweepLease,
    services: Services,
    *,
    total: int,
    watching_requests: float,
) -> None:
    """Plan side questions about what is listed, and diagnose what waits. Raises LeaseLostError.

    `watching_requests` are those of the sweep and of the polls that it has prompted; `total`
    instances are watched in all projects. Whatever else goes wrong costs findings, and not the
    sweep.
    """
    if not services.rules.diagnosis.enabled or not listed:
        return
    try:
        watching_requests += _safety_polls(len(listed), total)
        _ask_aside(
            project,
            watched,
            listed,
            lease,
            services,
            total=total,
            watching_requests=watching_requests,
        )
    except (LeaseLostError, RedisError, JobTimeoutException):
        raise
    except Exception:
        log.exception("project %s: nothing is diagnosed (ref %s)", project, secrets.token_hex(4))


def _ask_aside(
    project: str,
    watched: Mapping[str, str],
    listed: Mapping[str, QueueingInfo],
    lease: SweepLease,
    services: Services,
    *,
    total: int,
    watching_requests: float,
) -> None:
    remembered = services.stores.side_questions.remembered(project)
    watching = decode_or_none(remembered.watching, Watching) or Watching()
    now = services.clock()
    seen = {one: _listed(info) for one, info in listed.items()}
    running = sum(one.phase is Phase.RUNNING for one in seen.values())
    interval_s = sweeps.INTERVAL.total_seconds()
    plan = question_plan.plan(
        watching,
        seen,
        now_s=now.timestamp(),
        earned=question_plan.allowance(
            watching_requests,
            running,
            total=total,
            per_sweep_limit=services.settings.requests_per_second * interval_s,
        ),
        sent=remembered.sent,
        pending=services.jobs.waiting_questions(),
        may_ask_workers=remembered.may_ask_workers,
    )
    lease.keep()
    runs = _runs(plan, watched, services)
    _write_down(plan, runs, listed, services, now=now)
    services.stores.side_questions.remember(project, msgspec.json.encode(plan.watching))
    for question in plan.questions:
        if run := runs.get(question.instance_id):
            info = listed[question.instance_id]
            services.jobs.diagnose_run(
                run.run_id,
                {
                    "task_name": info.task_name or "",
                    "task_type": info.task_type or "",
                    "asks_progress": question.asks_progress,
                    "may_ask_workers": question.may_ask_workers,
                    "asks_quota": question.asks_quota,
                },
            )


def _safety_polls(instances: int, total: int) -> float:
    """Return how many requests the polls for safety of so many runs take between two sweeps."""
    return instances * REQUESTS_WHILE_RUNNING * (sweeps.INTERVAL / polling.swept_interval(total))


def _listed(info: QueueingInfo) -> Listed:
    code = _code(info.sub_status_code, info.sub_status)
    status = info.sub_status if code is None else code
    return Listed(phase=_phase(code, info), mark=f"{info.progress} {info.wait_position} {status}")


@lru_cache(maxsize=1_000)
def _code(code: int | None, description: str | None) -> int | None:
    """Return what the code or else the words say; kept, because ten thousand say the same."""
    return code_of(SubStatus(code=code, description=description or ""))


def _phase(code: int | None, info: QueueingInfo) -> Phase:
    if code in WAITING_FOR_QUOTA or info.wait_position:
        return Phase.QUEUED
    return Phase.RUNNING if code is None or code in RUNNING else Phase.BEFORE


def _runs(plan: Plan, watched: Mapping[str, str], services: Services) -> dict[str, Run]:
    """Return by their instances the runs that the plan is about, and note what holds them up."""
    about = {question.instance_id for question in plan.questions}
    about.update(plan.diagnosed, plan.changed[:MOST_CHANGED])
    found = services.stores.runs.get_all_readable(watched[one] for one in sorted(about))
    runs = {run.instance_id or "": run for run in found if is_diagnosed(run, services)}
    now_s = int(services.clock().timestamp())
    for instance_id, run in runs.items():
        if one := plan.watching.instances.get(instance_id):
            one.found_s = (one.found_s or now_s) if run.finding else 0
            one.slow_s = _slow_from_s(run)
    return runs


def _slow_from_s(run: Run) -> int:
    """Return from when on the run takes longer than usual; 0: nobody knows what is usual."""
    after_s = run.usual.slow_after_s if run.usual else None
    began = run.execution_began_at or run.started_at
    return 0 if after_s is None or began is None else int(began.timestamp() + after_s)


def _write_down(
    plan: Plan,
    runs: Mapping[str, Run],
    listed: Mapping[str, QueueingInfo],
    services: Services,
    *,
    now: datetime,
) -> None:
    """Add what the list shows of these instances to what is known, and diagnose what waits."""
    known = services.stores.recent_snapshots.of_all(list(runs))
    new = {one: added(known[one], snapshot_from(at=now, queueing=listed[one])) for one in runs}
    services.stores.recent_snapshots.keep(new)
    is_more = False
    for instance_id in _of_runs(plan.diagnosed, runs):
        run = runs[instance_id]
        is_more |= _diagnose(run, new[instance_id], listed[instance_id], services, now=now)
    if is_more:
        services.jobs.deliver()


def _of_runs(instance_ids: Iterable[str], runs: Mapping[str, Run]) -> list[str]:
    return [one for one in instance_ids if one in runs]


def _diagnose(
    run: Run,
    snapshots: tuple[Snapshot, ...],
    info: QueueingInfo,
    services: Services,
    *,
    now: datetime,
) -> bool:
    """Record what holds the run up; return whether there is something to be said."""
    event = with_diagnosis(run, snapshots, services, now=now, task_type=info.task_type or "")
    if event is None:
        return False
    # First: what a worker that dies here has noted, but not recorded, is found again.
    note_sick_run(event(run), services)
    change = services.stores.runs.apply_change(run.run_id, event)
    return bool(change and change.notifications)
