"""The list of files is read: too many partitions or small files."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.sub_statuses import PLANNING, code_of, in_codes_since
from odps_bot.history.baseline import Baseline


def planning(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``held_s``, if known ``usual_s``. Nothing where it usually takes as long."""
    since = in_codes_since(snapshots, PLANNING)
    if since is None:
        return None
    held_s = (snapshots[-1].at - since).total_seconds()
    usual = baseline.planning_s if baseline is not None else None
    usual_s = usual.median if usual is not None else 0
    if held_s < max(thresholds.planning_s, thresholds.planning_usual_ratio * usual_s):
        return None
    return Finding(
        kind=Kind.PLANNING,
        since=since,
        confidence=Confidence.SURE,
        remedy=Remedy.MERGE_FILES,
        numbers={"held_s": held_s, **({"usual_s": usual_s} if usual else {})},
        code=code_of(snapshots[-1].sub_status),
        names=source.sources,
    )
