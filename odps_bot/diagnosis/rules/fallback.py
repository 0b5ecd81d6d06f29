"""Accelerated mode failed, and MaxCompute runs it again as a normal job."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.sub_statuses import ONLINE_FAILED, RERUN, code_of, codes_of
from odps_bot.history.baseline import Baseline

_NORMAL = frozenset({1041, 1042})


def fallback(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``lost_s``, spent before it began anew. `since`: when it did."""
    newest = snapshots[-1]
    codes = codes_of(newest)
    if codes[-1] not in _NORMAL:
        return None
    history = newest.sub_status_history
    reruns = [
        one
        for at, one in enumerate(history)
        if codes[at] == RERUN and not ONLINE_FAILED.isdisjoint(codes[:at])
    ]
    if not reruns:
        return None
    since = reruns[-1].since or newest.at
    began = history[0].since or since
    return Finding(
        kind=Kind.FALLBACK,
        since=since,
        confidence=Confidence.SURE,
        remedy=Remedy.NOTHING,
        numbers={"lost_s": max(0.0, (since - began).total_seconds())},
        code=code_of(newest.sub_status),
    )
