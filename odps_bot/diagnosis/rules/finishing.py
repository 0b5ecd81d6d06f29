"""All rows are written, but the instance has not ended: metadata is being updated."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import is_over
from odps_bot.diagnosis.sub_statuses import FINISHING, code_of, in_codes_since, is_updating_metadata
from odps_bot.history.baseline import Baseline


def finishing(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``held_s``."""
    newest = snapshots[-1]
    since = held_since(snapshots, _is_written)
    told = in_codes_since(snapshots, FINISHING)
    if since is not None and told is not None:
        since = min(since, told)
    if since is None or (newest.at - since).total_seconds() < thresholds.finishing_s:
        return None
    is_metadata = is_updating_metadata(newest.sub_status)
    return Finding(
        kind=Kind.FINISHING,
        since=since,
        confidence=Confidence.SURE,
        remedy=Remedy.FEWER_PARTITIONS if is_metadata else Remedy.WAIT,
        numbers={"held_s": (newest.at - since).total_seconds()},
        code=code_of(newest.sub_status),
    )


def _is_written(snapshot: Snapshot) -> bool | None:
    if snapshot.stages:
        return all(map(is_over, snapshot.stages))
    code = code_of(snapshot.sub_status)
    return None if code is None and snapshot.stages is None else code in FINISHING
