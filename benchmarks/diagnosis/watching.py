"""A life as the bot watches it: responses, the client's parsers, snapshots, diagnoses. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.diagnosis import documents
from benchmarks.diagnosis.population import Subject
from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.finding import Finding
from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts, source_facts
from odps_bot.diagnosis.worker_details import are_workers_wanted
from odps_bot.history.baseline import Baseline, Spread
from odps_bot.maxcompute.models.responses import parse_progress, parse_queueing_info
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from workers.polling.diagnosis_snapshot import snapshot_from

#: As they are when nobody sets any.
THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class PollPlan:
    """How often what is asked for."""

    every_s: int
    workers_every_s: int
    #: Workers are asked for only when progress makes them worth it.
    is_thrifty: bool


#: As the bot polls what it watches.
AS_BOT = PollPlan(every_s=10, workers_every_s=60, is_thrifty=True)
#: Everything, always: what the rules themselves can do.
EVERYTHING = PollPlan(every_s=5, workers_every_s=5, is_thrifty=False)


def watch(
    subject: Subject, plan: PollPlan, *, until_s: float
) -> Iterator[tuple[float, Finding | None]]:
    """Yield at each poll its second and the finding."""
    source = source_facts(subject.life.plan.sql)
    baseline = _baseline(subject)
    snapshots: tuple[Snapshot, ...] = ()
    asked_s = float("-inf")
    # Nobody submits in step with our polls.
    seconds = Random(f"{subject.drawn_as} {subject.seed} polls").uniform(0, plan.every_s)
    while seconds < min(until_s, subject.life.ends_s):
        is_due = seconds - asked_s > plan.workers_every_s - 1
        wants = is_due and (not plan.is_thrifty or _wants_workers(snapshots, source, seconds))
        if wants:
            asked_s = seconds
        snapshots = added(snapshots, _snapshot(subject, seconds, with_workers=wants))
        now = documents.instant(seconds)
        yield seconds, diagnose(snapshots, source, baseline, THRESHOLDS, now).finding
        seconds += plan.every_s


def _wants_workers(snapshots: tuple[Snapshot, ...], source: SourceFacts, seconds: float) -> bool:
    return are_workers_wanted(snapshots, source, THRESHOLDS, documents.instant(seconds))


def _snapshot(subject: Subject, seconds: float, *, with_workers: bool) -> Snapshot:
    now = documents.instant(seconds)
    moment = subject.life.at(seconds)
    workers = None
    if with_workers:
        body = documents.detail(subject.life, seconds, tells_records=subject.tells_records)
        workers = parse_stage_workers(body, now=now)
    return snapshot_from(
        at=now,
        queueing=parse_queueing_info(documents.cached(moment)),
        progress=parse_progress(documents.progress(moment)),
        workers=workers,
    )


def _baseline(subject: Subject) -> Baseline | None:
    usual = subject.life.plan.usual_input_records
    if usual is None:
        return None
    spread = Spread(count=20, low=0.9 * usual, median=usual, high=1.1 * usual)
    return Baseline(input_records=spread)
