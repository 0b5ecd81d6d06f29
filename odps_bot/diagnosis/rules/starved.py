"""It runs with fewer workers than it wants, for minutes: the quota has no more."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.quota_numbers import is_group_short, quota_numbers, told_quota
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import active, has_tiny_workers
from odps_bot.diagnosis.sub_statuses import RUNNING, code_of
from odps_bot.history.baseline import Baseline

_LEAST_WANTED = 2


def starved(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``running``, ``wanted`` (workers now), ``held_s``; those of the quota."""
    newest = snapshots[-1]
    since = held_since(snapshots, lambda one: _is_starved(one, thresholds))
    if since is None or (newest.at - since).total_seconds() < thresholds.starved_s:
        return None
    if any(has_tiny_workers(stage, thresholds) for stage in active(newest)):
        return None  # they come in waves
    running, wanted = _workers(newest)
    quota = told_quota(snapshots)
    return Finding(
        kind=Kind.STARVED,
        since=since,
        confidence=Confidence.SURE if is_group_short(quota) else Confidence.LIKELY,
        remedy=Remedy.OTHER_QUOTA,
        numbers={
            "running": running,
            "wanted": wanted,
            "held_s": (newest.at - since).total_seconds(),
            **quota_numbers(quota),
        },
        names=tuple(filter(None, [quota.name if quota else source.quota])),
    )


def _is_starved(snapshot: Snapshot, thresholds: Thresholds) -> bool | None:
    code = code_of(snapshot.sub_status)
    if snapshot.stages is None:
        return None
    if code is not None and code not in RUNNING:
        return False
    running, wanted = _workers(snapshot)
    return wanted >= _LEAST_WANTED and 0 < running < thresholds.starved_ratio * wanted


def _workers(snapshot: Snapshot) -> tuple[int, int]:
    stages = active(snapshot)
    wanted = sum(stage.total - stage.ended for stage in stages)
    return sum(stage.running for stage in stages), wanted
