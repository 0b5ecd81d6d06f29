"""One worker that still runs while most of its stage's workers have ended. Pure."""

from datetime import datetime, timedelta

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Stage, Worker
from odps_bot.diagnosis.stages import rest_s

LEAST_ENDED = 3


def slowest(stage: Stage, thresholds: Thresholds) -> Worker | None:
    """Return the running worker that takes several times as long as the others took."""
    workers = stage.workers
    if workers is None or workers.oldest is None or not stage.running:
        return None
    total = stage.total or workers.ended + workers.running
    age_s, mean_s = workers.oldest.age_s, workers.ended_mean_s
    if total < thresholds.skew_least_workers or age_s is None or mean_s is None:
        return None
    if workers.ended < max(LEAST_ENDED, total / 2):
        return None
    least_s = max(thresholds.tail_least_s, thresholds.skew_ratio * mean_s)
    return workers.oldest if age_s >= least_s else None


def ratio_of_slowest(stage: Stage) -> float | None:
    """Return the records of the worker that runs longest by the mean of the others."""
    workers = stage.workers
    if workers is None or workers.oldest is None or workers.oldest.input_records is None:
        return None
    others = workers.mean_records_without_oldest
    return workers.oldest.input_records / others if others else None


def began(worker: Worker, snapshots: Snapshots) -> datetime:
    """Return when the worker was started."""
    return snapshots[-1].at - timedelta(seconds=worker.age_s or 0)


def tail_numbers(stage: Stage, worker: Worker, snapshots: Snapshots) -> dict[str, float]:
    """Return the evidence on one worker among the others of its stage.

    ``workers``, ``ended``, ``running``, and if known ``worker_s`` (its age), ``ended_mean_s``,
    ``records`` (its own), ``mean_records`` (of the others), ``ratio`` of both, ``rest_s``.
    """
    workers = stage.workers
    told: dict[str, float | None] = {
        "workers": stage.total or None,
        "ended": stage.ended,
        "running": stage.running,
        "worker_s": worker.age_s,
        "records": worker.input_records,
        "rest_s": rest_s(stage, snapshots),
    }
    if workers is not None:
        others = workers.mean_records_without_oldest
        is_oldest = workers.oldest is not None and workers.oldest.index == worker.index
        mean = others if is_oldest and others else workers.mean_records
        told["ended_mean_s"] = workers.ended_mean_s
        told["mean_records"] = mean
        if mean and worker.input_records is not None:
            told["ratio"] = worker.input_records / mean
    return {name: float(value) for name, value in told.items() if value is not None}
