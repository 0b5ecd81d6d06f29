"""It waits for resources of its quota, before or during the run."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.quota_numbers import quota_numbers, told_quota
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import active, running_workers
from odps_bot.diagnosis.sub_statuses import (
    RUNNING,
    SUBMITTING,
    WAITING_FOR_QUOTA,
    code_of,
    in_codes_since,
)
from odps_bot.history.baseline import Baseline


def wait_quota(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``waited_s``; if known ``queue_position``, ``queue_length``, ``usual_wait_s``.

    Those of the quota as well: see `quota_numbers`.
    """
    newest = snapshots[-1]
    since = held_since(snapshots, _waits)
    told = in_codes_since(snapshots, WAITING_FOR_QUOTA)
    if since is not None and told is not None:
        since = min(since, told)
    least_s = thresholds.wait_quota_s
    if since is None:
        # The vendor's engineers count the submission as waiting, too, once it takes long.
        since, least_s = in_codes_since(snapshots, frozenset({SUBMITTING})), thresholds.submit_s
    if since is None or source.is_ddl_only or running_workers(newest):
        return None
    waited_s = (newest.at - since).total_seconds()
    if waited_s < least_s:
        return None
    code, quota = code_of(newest.sub_status), told_quota(snapshots)
    is_told = code in WAITING_FOR_QUOTA or bool(newest.queue_position)
    numbers = {"waited_s": waited_s, **quota_numbers(quota)}
    if newest.queue_position:
        numbers["queue_position"] = newest.queue_position
        if newest.queue_length:
            numbers["queue_length"] = newest.queue_length
    if baseline is not None and baseline.wait_s is not None:
        numbers["usual_wait_s"] = baseline.wait_s.median
    return Finding(
        kind=Kind.WAIT_QUOTA,
        since=since,
        confidence=Confidence.SURE if is_told else Confidence.LIKELY,
        remedy=Remedy.OTHER_QUOTA,
        numbers=numbers,
        code=code,
        names=tuple(filter(None, [quota.name if quota else source.quota])),
    )


def _waits(snapshot: Snapshot) -> bool | None:
    code = code_of(snapshot.sub_status)
    if running_workers(snapshot):
        return False
    if code in WAITING_FOR_QUOTA or snapshot.queue_position:
        return True
    if code is not None and code not in RUNNING:
        return False
    # 1041 is shown once only: what waits later is a running instance without a running worker.
    return bool(active(snapshot)) if snapshot.stages is not None else None
