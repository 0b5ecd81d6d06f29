"""When each stage began and ended, as far as snapshots or its workers tell. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Snapshot, Stage
from odps_bot.diagnosis.stages import is_over
from odps_bot.store.codec import Instant

#: A stage in one snapshot after the other, where that knows of it.
_Seen: TypeAlias = Sequence[tuple[Snapshot, Stage]]


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
    seen = _seen_by_name(snapshots)
    return tuple(
        StagePhase(
            name=stage.name,
            began=_began(seen[stage.name]),
            ended=_ended(stage, seen[stage.name]),
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


def _seen_by_name(snapshots: Snapshots) -> Mapping[str, _Seen]:
    """Return each stage as the snapshots show it; of two with one name, the first."""
    seen: dict[str, list[tuple[Snapshot, Stage]]] = {}
    for snapshot in snapshots:
        for name, stage in {one.name: one for one in reversed(snapshot.stages or ())}.items():
            seen.setdefault(name, []).append((snapshot, stage))
    return seen


def _began(seen: _Seen) -> datetime | None:
    told = [at for one, stage in seen if (at := _first_start(one, stage)) is not None]
    if told:
        return min(told)
    begun = [one.at for one, stage in seen if stage.running or stage.ended]
    # In the first snapshot that is left, it may have been running for long.
    return begun[0] if begun and begun[0] != seen[0][0].at else None


def _first_start(snapshot: Snapshot, stage: Stage) -> datetime | None:
    workers = stage.workers
    if workers is None:
        return None
    if workers.first_start is not None:
        return workers.first_start
    if workers.ended or workers.oldest is None or workers.oldest.age_s is None:
        return None  # those that have ended began earlier
    return snapshot.at - timedelta(seconds=workers.oldest.age_s)


def _ended(stage: Stage, seen: _Seen) -> datetime | None:
    if not is_over(stage):
        return None
    is_begun = False
    at: datetime | None = None
    for snapshot, one in seen:
        if is_over(one):
            if one.workers is not None and one.workers.last_end is not None:
                return one.workers.last_end
            at = at or (snapshot.at if is_begun else None)
        else:
            is_begun = True
    return at
