"""What is found out about a job that has ended: by its summary, its workers, and earlier polls."""

from collections.abc import Sequence
from datetime import datetime
from math import inf

import msgspec

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.ended_workers import EndedStage, retried, tail
from odps_bot.diagnosis.final_summary import StageSummary, corrected
from odps_bot.diagnosis.finding import Finding
from odps_bot.diagnosis.phases import Phase, PhaseKind, phases_of
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.stage_phases import StagePhase
from odps_bot.diagnosis.summarized_skew import summarized_skew
from odps_bot.history.baseline import Baseline
from odps_bot.maxcompute import StageWorkers
from odps_bot.messages.replies.why import Fact, Silence
from odps_bot.openapi import SecondOpinion
from odps_bot.services import Services
from workers.polling.diagnosis_snapshot import stage_name, stage_summaries_from, worker_from
from workers.queries.why.diagnosis import diagnosed
from workers.queries.why.facts import Facts, Job
from workers.queries.why.history import usual_of_job
from workers.queries.why.opinion import opinion_on, told_snapshot
from workers.queries.why.source import Source, source_of

#: What a job did before its first worker began, where nobody has watched it.
BEFORE_WORKERS = "Before its first worker"


def ended_facts(job: Job, services: Services) -> Facts:
    """Return what held the job up: at most four requests, and two of the OpenAPI."""
    source = source_of(job)
    usual = usual_of_job(job, source, services)
    baseline = usual.baseline if usual else None
    snapshots = services.stores.recent_snapshots.of(job.instance.id)
    workers = _workers(job)
    opinion = opinion_on(job, services)
    return Facts(
        phases=_phases(job, snapshots, workers, opinion),
        finding=_finding(
            job,
            source,
            baseline,
            snapshots=snapshots,
            workers=workers,
            thresholds=services.rules.diagnosis,
        ),
        usual=usual,
        owner=job.instance.owner or "",
        opinion=opinion,
    )


def _phases(
    job: Job,
    snapshots: Sequence[Snapshot],
    workers: Sequence[StageWorkers],
    opinion: SecondOpinion | None,
) -> tuple[Phase, ...]:
    """Return the phases as polls have seen them, or as what is left of the job tells."""
    if snapshots:
        return phases_of(snapshots, now=job.now, ended=job.ended_at)
    by_workers = phases_by_workers(workers, job)
    if opinion is None or not opinion.sub_statuses:
        job.questions.note(Fact.EARLIER, Silence.NOT_KEPT if job.run else Silence.NOT_SEEN)
        return by_workers
    told = phases_of([told_snapshot(opinion, job.now)], now=job.now, ended=job.ended_at)
    stages = next((one.stages for one in by_workers if one.stages), ())
    return tuple(
        msgspec.structs.replace(one, stages=stages) if one.kind is PhaseKind.RUNNING else one
        for one in told
    )


def _finding(
    job: Job,
    source: Source,
    baseline: Baseline | None,
    *,
    snapshots: Sequence[Snapshot],
    workers: Sequence[StageWorkers],
    thresholds: Thresholds,
) -> Finding | None:
    """Return what held the job up: what was found while it ran, else what is left of it tells."""
    summaries = _summaries(job)
    finding = job.run.finding if job.run else None
    if finding is None and snapshots:
        at = snapshots[-1].at
        finding = diagnosed(snapshots, source.facts, baseline, thresholds, at).finding
    if finding is not None:
        return corrected(finding, summaries, thresholds)
    if not source.facts.is_sql:
        return None
    stages = [_ended_stage(stage) for stage in workers]
    by_times = retried(stages, thresholds) or tail(stages, thresholds)
    since = job.began_at or job.now
    by_records = summarized_skew(summaries, source.facts, thresholds, since)
    return _both(by_times, by_records)


def _both(by_times: Finding | None, by_records: Finding | None) -> Finding | None:
    """Return the skew with its worker where both say so, else what says more."""
    if by_times is None or by_records is None or by_times.stage != by_records.stage:
        return by_records or by_times
    return msgspec.structs.replace(
        by_records,
        numbers={**by_times.numbers, **by_records.numbers},
        worker=by_times.worker,
        log_id=by_times.log_id,
    )


def _summaries(job: Job) -> list[StageSummary]:
    """Return what the workers of each stage have read; none where nobody tells."""
    if job.task is None:
        return []
    task = job.instance.get_task(job.task.name)
    summary = job.questions.ask(Fact.SUMMARY, task.get_summary)
    if summary is None:
        job.questions.note(Fact.SUMMARY, Silence.NOT_TOLD)
        return []
    return list(stage_summaries_from(summary))


def _workers(job: Job) -> Sequence[StageWorkers]:
    if job.task is None:
        return ()
    task = job.instance.get_task(job.task.name)
    return job.questions.ask(Fact.WORKERS, task.get_stage_workers) or ()


def _ended_stage(found: StageWorkers) -> EndedStage:
    return EndedStage(
        name=stage_name(found.stage),
        workers=found.ended + found.running,
        began=found.first_start_time,
        mean_s=found.ended_mean_s,
        mean_records=found.mean_input_records,
        longest=worker_from(found, found.longest),
        reruns=found.reruns,
        rerun_workers=found.rerun_workers,
        most_rerun=worker_from(found, found.most_rerun),
    )


def phases_by_workers(workers: Sequence[StageWorkers], job: Job) -> tuple[Phase, ...]:
    """Return the phases of a job that nobody watched, by when its workers began and ended.

    Of one that failed or was stopped, workers whose end nobody tells ran until then.
    """
    stages = sorted(map(_stage_phase, workers), key=_began_s)
    begins = [stage.began for stage in stages if stage.began]
    ends = [stage.ended for stage in stages if stage.ended]
    if not begins:
        return ()
    first, last = min(begins), max(ends, default=job.ended_at)
    if not job.has_succeeded:
        last = job.ended_at or last
    running = Phase(kind=PhaseKind.RUNNING, began=first, ended=last, stages=tuple(stages))
    before = _phase(PhaseKind.OTHER, job.began_at, first, description=BEFORE_WORKERS)
    return (*before, running, *_phase(PhaseKind.FINISHING, last, job.ended_at))


def _began_s(stage: StagePhase) -> float:
    return stage.began.timestamp() if stage.began else inf


def _phase(
    kind: PhaseKind, began: datetime | None, ended: datetime | None, *, description: str = ""
) -> tuple[Phase, ...]:
    """Return the phase, if it took any time."""
    if began is None or ended is None or ended <= began:
        return ()
    return (Phase(kind=kind, began=began, ended=ended, description=description),)


def _stage_phase(found: StageWorkers) -> StagePhase:
    return StagePhase(
        name=stage_name(found.stage),
        began=found.first_start_time,
        ended=found.last_end_time,
        is_over=True,
        total=found.ended + found.running,
        ended_workers=found.ended,
    )
