"""What is found out about a job that goes on: MaxCompute is asked now, and earlier polls count."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from odps_bot.diagnosis.diagnose import Diagnosis
from odps_bot.diagnosis.phases import PhaseKind, phases_of
from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Quota, Snapshot
from odps_bot.diagnosis.worker_details import are_workers_wanted
from odps_bot.maxcompute import QueueingInfo, Task
from odps_bot.messages.replies.why import Fact, Silence
from odps_bot.runs import RunState
from odps_bot.services import Services
from workers.polling.diagnosis_snapshot import snapshot_from
from workers.queries.why.diagnosis import diagnosed
from workers.queries.why.facts import Facts, Job
from workers.queries.why.history import usual_of_job
from workers.queries.why.opinion import opinion_on
from workers.queries.why.queue import queue_of
from workers.queries.why.source import Source, source_of

#: MaxCompute tells the quota of a job no more often.
QUOTA_INTERVAL = timedelta(seconds=30)

#: Polls begin a moment after the submission.
UNWATCHED = timedelta(seconds=30)

#: So few are asked for even where no rule needs them: when they began tells when a stage did.
FEW_WORKERS = 2_000

#: Without these a job can look healthier than it is.
_INCOMPLETE = frozenset({Fact.STATUS, Fact.PHASES, Fact.STAGES, Fact.WORKERS})


def running_facts(job: Job, services: Services) -> Facts:
    """Return what holds the job up: at most six requests, and two of the OpenAPI.

    One of the six is for its statement, unless that is on record; its status was asked for before.
    What is seen of a job that nobody follows is kept, so that asking again tells more.
    """
    before = services.stores.recent_snapshots.of(job.instance.id)
    queueing = job.questions.ask(Fact.PHASES, job.instance.get_queueing_info)
    if queueing is None:
        job.questions.note(Fact.PHASES, Silence.NOT_TOLD)
    source = source_of(job)
    snapshot = _snapshot(job, queueing, source, before, services)
    snapshots = added(before, snapshot)
    # Polls keep those of a run: one of two that are added at once would get lost.
    if job.run is None and (snapshot.sub_status is not None or snapshot.stages is not None):
        services.stores.recent_snapshots.keep({job.instance.id: snapshots})
    usual = usual_of_job(job, source, services)
    baseline = usual.baseline if usual else None
    found = Diagnosis()
    if job.run is None or job.run.state is not RunState.STOPPING:
        thresholds = services.rules.diagnosis
        # It may have begun before the first snapshot that is still kept.
        previous = job.run.finding if job.run else None
        found = diagnosed(snapshots, source.facts, baseline, thresholds, job.now, previous=previous)
    phases = phases_of(snapshots, now=job.now)
    began = phases[0].began if phases else job.began_at
    if not before and began is not None and job.now - began > UNWATCHED:
        job.questions.note(Fact.EARLIER, Silence.NOT_SEEN)
    # What a poll has found lately, where less is known now.
    recorded = job.run.finding if job.run and _INCOMPLETE & set(job.questions.unknown) else None
    return Facts(
        phases=phases,
        finding=found.finding or recorded,
        hints=found.hints,
        usual=usual,
        queue=queue_of(job, snapshot, services) if _waits(snapshots) else None,
        opinion=opinion_on(job, services),
        owner=job.instance.owner or (queueing.owner if queueing else None) or "",
    )


def _snapshot(
    job: Job,
    queueing: QueueingInfo | None,
    source: Source,
    before: Sequence[Snapshot],
    services: Services,
) -> Snapshot:
    """Return what the job looks like now; workers and quota only where they can say something."""
    if job.task is None:
        return snapshot_from(at=job.now, queueing=queueing)
    task = job.instance.get_task(job.task.name)
    progress = job.questions.ask(Fact.STAGES, task.get_progress)
    seen = snapshot_from(at=job.now, queueing=queueing, progress=progress)
    is_small = sum(stage.total for stage in seen.stages or ()) <= FEW_WORKERS
    if (seen.stages and is_small) or are_workers_wanted(
        [*before, seen], source.facts, services.rules.diagnosis, job.now
    ):
        workers = job.questions.ask(Fact.WORKERS, task.get_stage_workers)
        seen = snapshot_from(at=job.now, queueing=queueing, progress=progress, workers=workers)
    if not (_lacks_quota([*before, seen]) or _is_short_of_workers(seen)):
        return seen
    return msgspec.structs.replace(seen, quota=_quota(job, task, before))


def _quota(job: Job, task: Task, before: Sequence[Snapshot]) -> Quota | None:
    """Return the quota, which polls may have asked for a moment ago."""
    recent = [one.quota for one in before if job.now - one.at < QUOTA_INTERVAL and one.quota]
    if recent:
        return recent[-1]
    usages = job.questions.ask(Fact.QUOTA, task.get_quota_usages)
    quota = snapshot_from(at=job.now, quotas=usages).quota if usages else None
    if quota is None:
        job.questions.note(Fact.QUOTA, Silence.TOO_SOON)
    return quota


def _waits(snapshots: Sequence[Snapshot]) -> bool:
    """Return whether it waits now: for a slot, or for resources of its quota."""
    return _lacks_quota(snapshots) or _phase_now(snapshots) is PhaseKind.WAITING_FOR_SLOT


def _lacks_quota(snapshots: Sequence[Snapshot]) -> bool:
    is_in_queue = bool(snapshots[-1].queue_position)
    return is_in_queue or _phase_now(snapshots) is PhaseKind.QUEUED_IN_QUOTA


def _phase_now(snapshots: Sequence[Snapshot]) -> PhaseKind | None:
    now = snapshots[-1]
    if any(stage.running for stage in now.stages or ()):
        return PhaseKind.RUNNING
    phases = phases_of(snapshots, now=now.at)
    return phases[-1].kind if phases else None


def _is_short_of_workers(snapshot: Snapshot) -> bool:
    return any(0 < one.running < one.total - one.ended for one in snapshot.stages or ())
