"""One or two workers have many records to work on."""

import math
from datetime import datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.snapshots import Stage
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import kind_of, of_stage, rest_s, unfinished
from odps_bot.diagnosis.tail import began
from odps_bot.history.baseline import Baseline

#: A quarter of the default: https://www.alibabacloud.com/help/en/maxcompute/user-guide/flag-parameters
_SMALLER_SPLITS = {"odps.stage.mapper.split.size": "64"}


def too_few(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``workers``, ``worker_s``, if known ``records``, ``bytes``, ``rest_s``.

    `names` are codes of `OneWorker`: what in the statement may be the reason. A hint only, where
    the stage has always had as few.
    """
    for stage in unfinished(snapshots[-1]):
        since = _began(stage, snapshots) if _has_much(stage, thresholds) else None
        running_s = (snapshots[-1].at - since).total_seconds() if since else 0
        if since is None or running_s < thresholds.few_s:
            continue
        is_usual = _usual_workers(stage, baseline) <= thresholds.few_workers
        is_scan = kind_of(stage) == "M"
        return Finding(
            kind=Kind.TOO_FEW,
            since=since,
            confidence=Confidence.HINT if is_usual else Confidence.SURE,
            remedy=Remedy.SMALLER_SPLITS if is_scan else Remedy.REWRITE_SINGLE,
            numbers=_numbers(stage, snapshots, running_s),
            stage=stage.name,
            worker=stage.workers.oldest.index if stage.workers and stage.workers.oldest else None,
            log_id=stage.workers.oldest.log_id if stage.workers and stage.workers.oldest else None,
            names=() if is_scan else tuple(map(str, source.one_worker)),
            hints=_SMALLER_SPLITS if is_scan else {},
        )
    return None


def _usual_workers(stage: Stage, baseline: Baseline | None) -> float:
    usual = baseline.stages.get(stage.name) if baseline is not None else None
    return usual.workers if usual is not None and usual.workers is not None else math.inf


def _began(stage: Stage, snapshots: Snapshots) -> datetime | None:
    """Return when the worker that runs longest was started."""
    if stage.workers is not None and stage.workers.oldest and stage.workers.oldest.age_s:
        return began(stage.workers.oldest, snapshots)
    return held_since(snapshots, of_stage(stage.name, lambda one: one.running > 0))


def _has_much(stage: Stage, thresholds: Thresholds) -> bool:
    if not 0 < stage.total <= thresholds.few_workers:
        return False
    is_much = (stage.input_records or 0) >= thresholds.few_least_records
    return is_much or (_input_bytes(stage) or 0) >= thresholds.few_least_bytes


def _input_bytes(stage: Stage) -> int | None:
    return stage.workers.oldest.input_bytes if stage.workers and stage.workers.oldest else None


def _numbers(stage: Stage, snapshots: Snapshots, running_s: float) -> dict[str, float]:
    told = {
        "workers": stage.total,
        "worker_s": running_s,
        "records": stage.input_records,
        "bytes": _input_bytes(stage),
        "rest_s": rest_s(stage, snapshots),
    }
    return {name: float(value) for name, value in told.items() if value is not None}
