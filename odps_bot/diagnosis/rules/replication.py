"""It waits for data from another cluster."""

from datetime import datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import running_workers
from odps_bot.diagnosis.sub_statuses import (
    ONLINE_FAILED,
    REPLICATION,
    RERUN,
    code_of,
    codes_of,
    in_codes_since,
)
from odps_bot.history.baseline import Baseline

#: A single one is how MaxCompute goes over from accelerated to normal mode.
_LEAST_RERUNS = 2


def replication(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``waited_s``; ``reruns`` where MaxCompute starts it again and again for it."""
    newest = snapshots[-1]
    reruns = _reruns(snapshots)
    since = in_codes_since(snapshots, frozenset({REPLICATION}))
    if since is None and len(reruns) >= _LEAST_RERUNS and not running_workers(newest):
        since = reruns[1]
    if since is None or (newest.at - since).total_seconds() < thresholds.replication_s:
        return None
    waited_s = (newest.at - since).total_seconds()
    return Finding(
        kind=Kind.REPLICATION,
        since=since,
        confidence=Confidence.SURE,
        remedy=Remedy.WAIT,
        numbers={"waited_s": waited_s, **({"reruns": len(reruns)} if reruns else {})},
        code=code_of(newest.sub_status),
    )


def _reruns(snapshots: Snapshots) -> list[datetime]:
    """Return when the instance was started again, but for a failure of accelerated mode."""
    newest = snapshots[-1]
    told = [*newest.sub_status_history, *filter(None, [newest.sub_status])]
    codes = (None, *codes_of(newest))
    return [
        one.since
        for before, one in zip(codes, told, strict=False)
        if code_of(one) == RERUN and before not in ONLINE_FAILED and one.since is not None
    ]
