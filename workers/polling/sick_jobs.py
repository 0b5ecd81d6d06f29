"""What holds up the jobs of a subscribed project, whoever started them.

The lists of sweeps tell what waits, is compiled or planned. Progress is asked of a few that run, in
turn, as far as requests go; single workers are never asked of jobs that nobody follows.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from odps_bot.alerts import grouping
from odps_bot.alerts.digests import InstanceEvent, Outcome
from odps_bot.alerts.observations import Observation, Running
from odps_bot.alerts.subscriptions import Subscription
from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.finding import Confidence, Finding
from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import source_facts
from odps_bot.maxcompute import MaxComputeError, QueueingInfo, TaskProgress
from odps_bot.maxcompute.instance import SQL_TASK
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import Change
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.diagnosis_snapshot import snapshot_from
from workers.polling.instance_activity import note_event, read_statement
from workers.polling.listed_phases import Phase, phase_of
from workers.polling.ownership import recorded_ownership
from workers.polling.past_runs import statement_of_run
from workers.polling.sweep_lease import SweepLease

log = logging.getLogger(__name__)

#: No rule says anything of a younger job.
YOUNGEST = timedelta(minutes=1)

#: So many jobs are diagnosed in one sweep, the longest running first, …
MOST_DIAGNOSED = 200
#: … of so many that run is progress asked in one sweep, and of each no sooner than this again.
PROGRESS_AT_ONCE = 3
PROGRESS_AGAIN = timedelta(seconds=30)

#: So many statements of sick jobs are read in one sweep, to tell whose they are.
STATEMENTS = 5


def detect_sick(
    project: str,
    running: Mapping[str, Running],
    subscriptions: Sequence[Subscription],
    lease: SweepLease,
    services: Services,
    *,
    listed: Mapping[str, QueueingInfo],
) -> tuple[dict[str, Running], set[str]]:
    """Add what holds jobs up to the digests that include it, once for each job and cause.

    Returns what is known of these jobs then, and the subscriptions to notify. Raises
    LeaseLostError.
    """
    wanting = [one for one in subscriptions if grouping.wants_sick(one)]
    if not wanting or not services.rules.diagnosis.enabled:
        return {}, set()
    now = services.clock()
    jobs = _jobs(running, listed, wanting, now)
    changed = _ask_progress(project, jobs, listed, lease, services, now=now)
    jobs |= changed.jobs
    snapshots = _snapshots(jobs, listed, changed.progress, services, now=now)
    new, notified, left = dict(changed.jobs), set(), STATEMENTS
    for name, job in jobs.items():
        finding = _finding(job, snapshots[name], listed[name], services, now=now)
        if finding is None or finding.kind in job.causes:
            continue
        known = job
        if known.slow_after is None:
            if not left:
                continue
            left -= 1
            lease.keep()
            known = new[name] = read_statement(project, job, services)
            # What is usual for its statement is only known by now.
            finding = _finding(known, snapshots[name], listed[name], services, now=now)
            if finding is None or finding.kind in known.causes:
                continue
        notified |= _note(known, finding, wanting, services, now=now)
        new[name] = msgspec.structs.replace(known, causes=(*known.causes, finding.kind))
    return new, notified


def _jobs(
    running: Mapping[str, Running],
    listed: Mapping[str, QueueingInfo],
    wanting: Sequence[Subscription],
    now: datetime,
) -> dict[str, Running]:
    """Return the jobs that may be sick, the oldest first."""
    old = [
        one
        for name, one in running.items()
        if name in listed
        and now - one.observation.started_at >= YOUNGEST
        and any(grouping.is_owner_wanted(each, one.observation.owner) for each in wanting)
    ]
    old.sort(key=lambda one: one.observation.started_at)
    return {one.observation.instance_id: one for one in old[:MOST_DIAGNOSED]}


@dataclass(frozen=True)
class _Asked:
    jobs: dict[str, Running]  #: with when they were asked
    progress: dict[str, TaskProgress]


def _ask_progress(
    project: str,
    jobs: Mapping[str, Running],
    listed: Mapping[str, QueueingInfo],
    lease: SweepLease,
    services: Services,
    *,
    now: datetime,
) -> _Asked:
    """Ask for the progress of those that run and were not asked for the longest time."""
    client = services.maxcompute.of(project, Purpose.SIDE_QUESTION)
    due = [
        one
        for name, one in jobs.items()
        if phase_of(listed[name]) is Phase.RUNNING
        and (one.progress_asked_at is None or now - one.progress_asked_at >= PROGRESS_AGAIN)
    ]
    due.sort(key=lambda one: one.progress_asked_at or one.observation.started_at)
    asked, found = {}, {}
    for one in due[:PROGRESS_AT_ONCE]:
        name = one.observation.instance_id
        asked[name] = msgspec.structs.replace(one, progress_asked_at=now)
        lease.keep()
        instance = client.get_instance(name, project=project)
        task = instance.get_task(listed[name].task_name or SQL_TASK)
        try:
            found[name] = task.get_progress()
        except MaxComputeError as error:
            log.info("the progress of instance %s is not known: %s", name, error)
            break
    return _Asked(asked, found)


def _snapshots(
    jobs: Iterable[str],
    listed: Mapping[str, QueueingInfo],
    progress: Mapping[str, TaskProgress],
    services: Services,
    *,
    now: datetime,
) -> dict[str, tuple[Snapshot, ...]]:
    """Return the snapshots of the jobs with those of now, and keep them."""
    names = list(jobs)
    known = services.stores.recent_snapshots.of_all(names)
    found = {
        name: added(
            known[name],
            snapshot_from(at=now, queueing=listed[name], progress=progress.get(name)),
        )
        for name in names
    }
    services.stores.recent_snapshots.keep(found)
    return found


def _finding(
    job: Running,
    snapshots: Sequence[Snapshot],
    info: QueueingInfo,
    services: Services,
    *,
    now: datetime,
) -> Finding | None:
    """Return what certainly or probably holds the job up."""
    facts = source_facts(job.sql or "", task_type=info.task_type or "SQL")
    try:
        found = diagnose(snapshots, facts, job.baseline, services.rules.diagnosis, now).finding
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("instance %s: cannot diagnose it (ref %s)", info.instance_id, reference)
        return None
    return None if found is None or found.confidence is Confidence.HINT else found


def note_sick_run(change: Change | None, services: Services) -> None:
    """Add what holds a followed run up, if that is new, to the digests that include it."""
    if change is None or NotificationKind.FINDING not in change.notifications:
        return
    run, finding = change.run, change.run.finding
    if finding is None or run.finding_over_at is not None or run.is_final:
        return
    wanting = [
        one for one in services.stores.subscriptions.to(run.project) if grouping.wants_sick(one)
    ]
    if not wanting:
        return
    now = services.clock()
    running = Running(
        observation=Observation(
            instance_id=run.instance_id or "",
            owner=run.owner,
            started_at=run.started_at or run.requested_at,
            found_at=now,
        ),
        sql=run.sql or None,
        run_id=run.run_id,
        fingerprint=statement_of_run(run),
    )
    notified = _note(running, finding, wanting, services, now=now)
    services.stores.outbox.enqueue_all(NotificationKind.ALERT, sorted(notified))


def _note(
    running: Running,
    finding: Finding,
    wanting: Sequence[Subscription],
    services: Services,
    *,
    now: datetime,
) -> set[str]:
    observation = running.observation
    statement = running.fingerprint or observation.instance_id
    event = InstanceEvent(
        outcome=Outcome.SICK,
        instance_id=observation.instance_id,
        owner=observation.owner,
        at=now,
        took=max(timedelta(0), now - observation.started_at),
        fingerprint=grouping.finding_fingerprint(finding, statement),
        finding=finding,
    )
    ownership = recorded_ownership(event.instance_id, running.run_id, services)
    those = [one for one in wanting if grouping.is_owner_wanted(one, observation.owner)]
    return note_event(event, those, services, sql=running.sql, ownership=ownership)
