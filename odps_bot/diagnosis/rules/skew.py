"""One worker has several times the data of the others."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Stage, Worker
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import kind_of, rest_s, unfinished
from odps_bot.diagnosis.tail import began, ratio_of_slowest, slowest, tail_numbers
from odps_bot.history.baseline import Baseline

#: Salts the groups of GROUP BY, in two steps:
#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/long-tail-computing-optimization
_SKEWED_GROUPS = {"odps.sql.groupby.skewindata": "true"}


def skew(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: see `tail_numbers`. `names` are the tables of its joins."""
    for stage in unfinished(snapshots[-1]):
        worker = _skewed(stage, thresholds)
        if worker is None:
            continue
        left_s = rest_s(stage, snapshots)
        if left_s is not None and left_s < thresholds.skew_least_rest_s:
            continue
        remedy = _remedy(stage, source)
        return Finding(
            kind=Kind.SKEW,
            since=began(worker, snapshots),
            confidence=Confidence.SURE,
            remedy=remedy,
            numbers=tail_numbers(stage, worker, snapshots),
            stage=stage.name,
            worker=worker.index,
            log_id=worker.log_id,
            names=source.joined_tables if remedy is Remedy.SKEW_JOIN else (),
            hints=_SKEWED_GROUPS if remedy is Remedy.SKEWED_GROUPS else {},
            sql_hint=source.skew_join_hint if remedy is Remedy.SKEW_JOIN else "",
        )
    return None


def _skewed(stage: Stage, thresholds: Thresholds) -> Worker | None:
    """Return the worker that has the data, by records while it runs or by its time and records."""
    ratio = ratio_of_slowest(stage)
    if (
        ratio is not None
        and ratio >= thresholds.skew_ratio
        and (worker := slowest(stage, thresholds))
    ):
        return worker
    return _heaviest(stage, thresholds)


def _heaviest(stage: Stage, thresholds: Thresholds) -> Worker | None:
    workers = stage.workers
    worker = workers.heaviest if workers else None
    if workers is None or worker is None or not workers.mean_records:
        return None
    total = stage.total or workers.ended + workers.running
    records, age_s = worker.input_records or 0, worker.age_s or 0
    is_heavy = (
        total >= thresholds.skew_least_workers
        and records >= thresholds.skew_ratio * workers.mean_records
        and records >= thresholds.skew_least_records
        and age_s >= thresholds.skew_least_s
    )
    # Workers that began much later have few records as yet, and prove nothing.
    are_most_done = workers.ended >= workers.running
    are_of_one_age = (workers.youngest_age_s or 0) >= age_s / 2
    return worker if is_heavy and (are_most_done or are_of_one_age) else None


def _remedy(stage: Stage, source: SourceFacts) -> Remedy:
    kind = kind_of(stage)
    if kind == "J" or (source.has_join and not (kind == "R" and source.has_group_by)):
        return Remedy.SKEW_JOIN
    return Remedy.SKEWED_GROUPS if kind == "R" and source.has_group_by else Remedy.READ_LOG
