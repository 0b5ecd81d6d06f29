"""All workers are slow alike, and the statement calls a function that is not built in."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Stage
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import kind_of, rest_s, unfinished
from odps_bot.diagnosis.tail import began
from odps_bot.history.baseline import Baseline


def slow_everywhere(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``running`` workers, ``records_per_s`` of each, ``worker_s``, if known ``rest_s``.

    `names` are the functions. Likely, not sure: the rate is measured, its reason is not.
    """
    for stage in unfinished(snapshots[-1]) if source.functions else ():
        speed = _speed(stage)
        if speed is None or not _are_slow(stage, speed, thresholds):
            continue
        oldest = stage.workers.oldest if stage.workers else None
        numbers = {"running": stage.running, "records_per_s": speed}
        if oldest is not None and oldest.age_s is not None:
            numbers["worker_s"] = oldest.age_s
        if (left_s := rest_s(stage, snapshots)) is not None:
            numbers["rest_s"] = left_s
        return Finding(
            kind=Kind.SLOW_EVERYWHERE,
            since=began(oldest, snapshots) if oldest else snapshots[-1].at,
            confidence=Confidence.LIKELY,
            remedy=Remedy.REPLACE_UDF,
            numbers=numbers,
            stage=stage.name,
            worker=oldest.index if oldest else None,
            log_id=oldest.log_id if oldest else None,
            names=source.functions,
        )
    return None


def _speed(stage: Stage) -> float | None:
    """Return the records a second of each running worker."""
    workers = stage.workers
    if workers is None or workers.running_records is None or not workers.running_s:
        return None
    return workers.running_records / workers.running_s


def _are_slow(stage: Stage, speed: float, thresholds: Thresholds) -> bool:
    fastest = max(speed, _ended_speed(stage))
    return fastest < thresholds.udf_records_per_s and _are_even(stage, thresholds)


def _ended_speed(stage: Stage) -> float:
    """Return the records a second of each ended worker; 0 where there are none, or none is told."""
    workers = stage.workers
    if workers is None or not workers.ended or not workers.ended_mean_s:
        return 0
    seen = workers.ended + workers.running
    records = (workers.mean_records or 0) * seen - (workers.running_records or 0)
    return records / (workers.ended * workers.ended_mean_s)


def _are_even(stage: Stage, thresholds: Thresholds) -> bool:
    workers = stage.workers
    if workers is None or not workers.mean_records or workers.max_records is None:
        return False
    if stage.total <= 1 and kind_of(stage) != "M":
        return False  # a sort of few rows
    is_long = (workers.youngest_age_s or 0) >= thresholds.udf_s
    return is_long and workers.max_records < thresholds.udf_even_ratio * workers.mean_records
