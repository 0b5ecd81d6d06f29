"""When each stage began and ended, as far as snapshots or its workers tell. Pure."""

from datetime import datetime, timedelta

import msgspec

from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Snapshot, Stage
from odps_bot.diagnosis.stages import is_over, stage_named
from odps_bot.store.codec import Instant


class StagePhase(msgspec.Struct, frozen=True, kw_only=True):
    """A stage within the running; where workers weren't asked for, as exact as snapshots are."""

    name: str
    began: Instant | None = None  #: None: not yet, or before the first snapshot that is left
    ended: Instant | None = None  #: None: it goes on, or nobody saw its end
    is_over: bool = False
    total: int = 0
    running: int = 0
    ended_workers: int = 0
    input_records: int | None = None
    output_records: int | None = None


def stage_phases(snapshots: Snapshots) -> tuple[StagePhase, ...]:
    """Return the stages of the newest snapshot that has some."""
    newest = next((one for one in reversed(snapshots) if one.stages), None)
    if newest is None or newest.stages is None:
        return ()
    return tuple(
        StagePhase(
            name=stage.name,
            began=_began(stage.name, snapshots),
            ended=_ended(stage, snapshots),
            is_over=is_over(stage),
            total=stage.total,
            running=stage.running,
            ended_workers=stage.ended,
            input_records=stage.input_records,
            output_records=stage.output_records,
        )
        for stage in newest.stages
    )


def first_worker_at(snapshots: Snapshots) -> datetime | None:
    """Return when the first worker of any stage was started, as far as it is known."""
    began = [stage.began for stage in stage_phases(snapshots) if stage.began is not None]
    return min(began, default=None)


def _began(name: str, snapshots: Snapshots) -> datetime | None:
    told = [at for one in snapshots if (at := _first_start(one, name)) is not None]
    if told:
        return min(told)
    seen = [(one.at, stage) for one in snapshots if (stage := stage_named(one, name)) is not None]
    begun = [at for at, stage in seen if stage.running or stage.ended]
    # In the first snapshot that is left, it may have been running for long.
    return begun[0] if begun and begun[0] != seen[0][0] else None


def _first_start(snapshot: Snapshot, name: str) -> datetime | None:
    stage = stage_named(snapshot, name)
    workers = stage.workers if stage is not None else None
    if workers is None:
        return None
    if workers.first_start is not None:
        return workers.first_start
    if workers.ended or workers.oldest is None or workers.oldest.age_s is None:
        return None  # those that have ended began earlier
    return snapshot.at - timedelta(seconds=workers.oldest.age_s)


def _ended(stage: Stage, snapshots: Snapshots) -> datetime | None:
    if not is_over(stage):
        return None
    before: Snapshot | None = None
    seen: datetime | None = None
    for snapshot in snapshots:
        one = stage_named(snapshot, stage.name)
        if one is not None and is_over(one):
            if one.workers is not None and one.workers.last_end is not None:
                return one.workers.last_end
            seen = seen or (snapshot.at if before is not None else None)
        elif one is not None:
            before = snapshot
    return seen
