"""It reads far more than usual."""

from datetime import datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import upstream_numbers
from odps_bot.history.baseline import Baseline


def input_grew(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``records`` so far, ``usual_records``, ``ratio``, ``runs`` that this is usual of."""
    usual = baseline.input_records if baseline is not None else None
    records = _records(snapshots[-1])
    if usual is None or records is None or usual.median < thresholds.input_least_records:
        return None
    ratio = records / usual.median
    if ratio < thresholds.input_ratio:
        return None
    return Finding(
        kind=Kind.INPUT_GREW,
        since=_since(snapshots, thresholds.input_ratio * usual.median),
        confidence=Confidence.SURE,
        remedy=Remedy.CHECK_PARTITIONS,
        numbers={
            "records": records,
            "usual_records": usual.median,
            "ratio": ratio,
            "runs": usual.count,
        },
        names=source.sources,
    )


def _records(snapshot: Snapshot) -> int | None:
    """Return how many records all stages together have read of tables."""
    told = [stage.input_records for stage in snapshot.stages or () if not upstream_numbers(stage)]
    known = [records for records in told if records is not None]
    return sum(known) if known else None


def _since(snapshots: Snapshots, least: float) -> datetime:
    return next(one.at for one in snapshots if (_records(one) or 0) >= least)
