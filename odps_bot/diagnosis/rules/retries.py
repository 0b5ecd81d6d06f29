"""Workers die and are started anew."""

from datetime import datetime
from itertools import filterfalse

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Stage
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import is_over, stage_named
from odps_bot.history.baseline import Baseline


def retries(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``restarts`` of all ``workers``, ``restarted`` ones, ``attempt`` of the worst.

    Attempts are counted from 0. Backups beside a running worker are none.
    """
    # While the only one that is left is started anew, none runs.
    for stage in filterfalse(is_over, snapshots[-1].stages or ()):
        workers = stage.workers
        if workers is None or not _do_die(stage, thresholds):
            continue
        worst = workers.most_rerun
        return Finding(
            kind=Kind.RETRIES,
            since=_first_seen(stage.name, snapshots),
            confidence=Confidence.SURE,
            remedy=Remedy.READ_LOG,
            numbers={
                "restarts": workers.reruns,
                "restarted": workers.rerun_workers,
                "attempt": worst.attempt if worst else 0,
                "workers": stage.total,
            },
            stage=stage.name,
            worker=worst.index if worst else None,
            log_id=worst.log_id if worst else None,
        )
    return None


def _do_die(stage: Stage, thresholds: Thresholds) -> bool:
    workers = stage.workers
    if workers is None or workers.reruns < thresholds.retries:
        return False
    worst = workers.most_rerun.attempt if workers.most_rerun else 0
    total = stage.total or workers.ended + workers.running
    return (
        worst >= thresholds.retries_of_one
        or workers.rerun_workers >= thresholds.retries_part * total
    )


def _first_seen(name: str, snapshots: Snapshots) -> datetime:
    for snapshot in snapshots:
        stage = stage_named(snapshot, name)
        if stage is not None and stage.workers is not None and stage.workers.reruns:
            return snapshot.at
    return snapshots[-1].at
