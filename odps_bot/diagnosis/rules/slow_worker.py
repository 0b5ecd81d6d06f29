"""One worker is slow without more data than the others have, or nobody tells its data."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.snapshots import Stage
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import of_stage, unfinished
from odps_bot.diagnosis.tail import began, ratio_of_slowest, slowest, tail_numbers
from odps_bot.history.baseline import Baseline


def slow_worker(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: see `tail_numbers`. Becomes a skew when records are told that show one."""
    for stage in unfinished(snapshots[-1]):
        worker = slowest(stage, thresholds)
        ratio = ratio_of_slowest(stage)
        if worker is None or (ratio is not None and ratio >= thresholds.skew_ratio):
            continue
        if _may_backup_end_first(stage, snapshots, thresholds):
            continue
        is_even = ratio is not None and ratio <= thresholds.tail_even_ratio
        return Finding(
            kind=Kind.SLOW_WORKER if is_even else Kind.LONG_TAIL,
            since=began(worker, snapshots),
            confidence=Confidence.SURE if is_even else Confidence.LIKELY,
            remedy=Remedy.READ_LOG,
            numbers=tail_numbers(stage, worker, snapshots),
            stage=stage.name,
            worker=worker.index,
            log_id=worker.log_id,
        )
    return None


def _may_backup_end_first(stage: Stage, snapshots: Snapshots, thresholds: Thresholds) -> bool:
    since = held_since(snapshots, of_stage(stage.name, lambda one: one.backups > 0))
    if since is None:
        return False
    return (snapshots[-1].at - since).total_seconds() < thresholds.backup_grace_s
