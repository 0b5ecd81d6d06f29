"""Thousands of workers with hardly any data: starting them costs more than their work."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.snapshots import Stage, Workers
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import has_tiny_workers, kind_of, of_stage, unfinished
from odps_bot.history.baseline import Baseline

#: Four times the default of 256 MiB, so that a worker reads several files.
_LARGER_SPLITS = {"odps.stage.mapper.split.size": "1024"}


def too_many(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``workers``, ``ended``, ``ended_mean_s``, ``mean_bytes``; `names`: what it reads."""
    for stage in unfinished(snapshots[-1]):
        workers = stage.workers
        if workers is None or not has_tiny_workers(stage, thresholds):
            continue
        # They are asked for once a minute at most: in between, and before that, nothing is known
        # to speak against it.
        since = held_since(snapshots, of_stage(stage.name, lambda one: _may_be(one, thresholds)))
        if since is None or (snapshots[-1].at - since).total_seconds() < thresholds.many_s:
            continue
        is_scan = kind_of(stage) == "M"
        return Finding(
            kind=Kind.TOO_MANY,
            since=since,
            confidence=Confidence.SURE,
            remedy=Remedy.LARGER_SPLITS if is_scan else Remedy.NOTHING,
            numbers=_numbers(stage, workers),
            stage=stage.name,
            names=source.sources if is_scan else (),
            hints=_LARGER_SPLITS if is_scan else {},
        )
    return None


def _may_be(stage: Stage, thresholds: Thresholds) -> bool:
    is_large = stage.total >= thresholds.many_workers and stage.ended >= thresholds.many_ended
    return is_large and has_tiny_workers(stage, thresholds) is not False


def _numbers(stage: Stage, workers: Workers) -> dict[str, float]:
    return {
        "workers": stage.total,
        "ended": stage.ended,
        "ended_mean_s": workers.ended_mean_s or 0,
        "mean_bytes": workers.ended_mean_bytes or 0,
    }
