"""Workers run, but nothing has moved for minutes: no row, no worker, no sub-status."""

from datetime import datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.snapshots import Snapshot, Stage
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import is_over, unfinished
from odps_bot.diagnosis.sub_statuses import RUNNING, code_of
from odps_bot.history.baseline import Baseline


def stands_still(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Nothing moves, and it uses no processor time. Numbers: see `_finding`, ``computes`` is 0."""
    since = _unmoved_since(snapshots, thresholds)
    if since is None or _uses_processor(snapshots, since) is not False:
        return None
    remedy = Remedy.STOP_AND_RERUN if source.is_repeatable else Remedy.READ_LOG
    return _finding(snapshots, since, remedy, computes=False)


def computes_without_rows(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """No row comes, but it computes: a sort, a function, spilling. ``computes`` is 1.

    Without ``computes`` nobody tells whether it does.
    """
    since = _unmoved_since(snapshots, thresholds)
    if since is None:
        return None
    computes = _uses_processor(snapshots, since)
    if computes is False:
        return None
    return _finding(snapshots, since, Remedy.READ_LOG, computes=computes)


def _finding(
    snapshots: Snapshots, since: datetime, remedy: Remedy, *, computes: bool | None
) -> Finding:
    """Numbers: ``still_s``, ``running`` workers, if known ``records`` so far, ``computes``."""
    newest = snapshots[-1]
    stage = unfinished(newest)[0]
    oldest = stage.workers.oldest if stage.workers else None
    numbers: dict[str, float] = {
        "still_s": (newest.at - since).total_seconds(),
        "running": stage.running,
    }
    if stage.input_records is not None:
        numbers["records"] = stage.input_records
    if computes is not None:
        numbers["computes"] = computes
    return Finding(
        kind=Kind.NO_MOVEMENT,
        since=since,
        confidence=Confidence.LIKELY if computes is None else Confidence.SURE,
        remedy=remedy,
        numbers=numbers,
        stage=stage.name,
        worker=oldest.index if oldest else None,
        log_id=oldest.log_id if oldest else None,
        code=code_of(newest.sub_status),
    )


def _unmoved_since(snapshots: Snapshots, thresholds: Thresholds) -> datetime | None:
    newest = snapshots[-1]
    code = code_of(newest.sub_status)
    stages = newest.stages or ()
    running = unfinished(newest)
    if not running or all(map(is_over, stages)) or (code is not None and code not in RUNNING):
        return None
    if any(stage.input_records is None for stage in running):
        return None  # nobody tells records of such tasks
    since = held_since(snapshots, lambda one: _is_same(one, newest))
    if since is None or (newest.at - since).total_seconds() < thresholds.no_movement_s:
        return None
    return since


def _is_same(snapshot: Snapshot, newest: Snapshot) -> bool | None:
    if snapshot.stages is None:
        return None
    code, code_now = code_of(snapshot.sub_status), code_of(newest.sub_status)
    if code is not None and code_now is not None and code != code_now:
        return False
    return _state(snapshot.stages) == _state(newest.stages or ())


def _state(stages: tuple[Stage, ...]) -> list[tuple[object, ...]]:
    return [
        (one.name, one.running, one.ended, one.input_records, one.output_records) for one in stages
    ]


def _uses_processor(snapshots: Snapshots, since: datetime) -> bool | None:
    """Return whether it used processor time in the later half of the time without movement."""
    newest = snapshots[-1]
    half = since + (newest.at - since) / 2
    told = [one for one in snapshots if since <= one.at <= half and one.total_cpu is not None]
    if not told or newest.total_cpu is None or told[-1].total_cpu is None:
        return None
    return newest.total_cpu > told[-1].total_cpu
