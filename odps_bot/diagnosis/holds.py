"""Since when something has held, by snapshots with gaps. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import is_
from statistics import median
from typing import TypeAlias

import msgspec

from odps_bot.diagnosis.advanced_workers import workers_now
from odps_bot.diagnosis.snapshots import Snapshot, Stage, SubStatus

#: Oldest first, and never empty.
Snapshots: TypeAlias = Sequence[Snapshot]

#: One missing answer is no gap: this many usual distances between two …
_GAP_RATIO = 2.5
#: … or so much, however dense they are.
_LEAST_GAP_S = 75
#: Once it is known what holds an instance up, it is asked about only every two minutes, however
#: dense the answers were before: the finding must not get lost by that.
_LEAST_GAP_OF_HOLDS_S = 150
#: The longer something lasts, the more rarely it is asked about: the last distances count.
_LAST_DISTANCES = 5
#: A quota is asked about every two minutes.
_LEAST_GAP_OF_QUOTA_S = 300
#: Workers are asked for once a minute at most, and every five minutes where nothing else is news.
_LEAST_GAP_OF_WORKERS_S = 330

_OPTIONAL = ("sub_status", "queue_position", "queue_length", "total_cpu", "stages", "quota")


def held_since(
    snapshots: Snapshots, condition: Callable[[Snapshot], bool | None]
) -> datetime | None:
    """Return the time of the first of the newest snapshots for which the condition holds.

    None where it does not hold now. Where it has no answer (None) it may hold, but not for long.
    """
    answers = [(one.at, holds) for one in snapshots if (holds := condition(one)) is not None]
    gap = _longest_gap([at for at, _ in answers], _LEAST_GAP_OF_HOLDS_S)
    since, later = None, snapshots[-1].at
    for at, holds in reversed(answers):
        if not holds or later - at > gap:
            break
        since = later = at
    return since


def filled(snapshots: Snapshots) -> tuple[Snapshot, ...]:
    """Return the snapshots, each with what it lacks from the one before, for as long as it lasts.

    What wasn't asked for is not gone: workers are asked for rarely, and lists of many instances
    tell sub-statuses while polls of one tell its stages.
    """
    told = {name: [one.at for one in snapshots if _is_told(one, name)] for name in _OPTIONAL}
    least = {"quota": _LEAST_GAP_OF_QUOTA_S}
    gaps = {
        name: _longest_gap(times, least.get(name, _LEAST_GAP_S)) for name, times in told.items()
    }
    seen: dict[str, datetime] = {}
    result: list[Snapshot] = []
    for snapshot in snapshots:
        before = result[-1] if result else None
        lacking = {}
        for name, gap in gaps.items():
            if _is_told(snapshot, name):
                seen[name] = snapshot.at
            elif before is not None and name in seen and snapshot.at - seen[name] <= gap:
                lacking[name] = getattr(before, name)
        if before is not None and not snapshot.sub_status_history:
            lacking["sub_status_history"] = _history(snapshot, before)
        result.append(msgspec.structs.replace(snapshot, **lacking) if lacking else snapshot)
    return _with_workers(result)


def _is_told(snapshot: Snapshot, name: str) -> bool:
    return getattr(snapshot, name) is not None


def _longest_gap(times: Sequence[datetime], least_s: float) -> timedelta:
    """Return how far two of these may be apart without anything unseen in between."""
    lately = times[-_LAST_DISTANCES - 1 :]
    distances = [(later - earlier).total_seconds() for earlier, later in pairwise(lately)]
    usual_s = median(distances) if distances else 0
    return timedelta(seconds=max(least_s, _GAP_RATIO * usual_s))


def _history(snapshot: Snapshot, before: Snapshot) -> tuple[SubStatus, ...]:
    """Return the earlier sub-statuses of a snapshot that tells none."""
    now, earlier = snapshot.sub_status, before.sub_status
    if now is None or earlier is None or now.code == earlier.code:
        return before.sub_status_history
    return (*before.sub_status_history, earlier)


def _has_ended(stage: Stage) -> bool:
    """Return whether no worker will run any more; none may run while one is started anew."""
    return not stage.running and stage.ended >= stage.total


def _with_workers(snapshots: list[Snapshot]) -> tuple[Snapshot, ...]:
    """Return the snapshots, running stages with what is known of their workers by then."""
    times = [one.at for one in snapshots if any(stage.workers for stage in one.stages or ())]
    gap = _longest_gap(times, _LEAST_GAP_OF_WORKERS_S)
    known: dict[str, tuple[datetime, Stage]] = {}
    result = []
    for snapshot in snapshots:
        stages = []
        for stage in snapshot.stages or ():
            at, told = known.get(stage.name, (snapshot.at, None))
            if stage.workers is not None:
                if stage is not told:  # otherwise it is carried over, and as old as before
                    known[stage.name] = (snapshot.at, stage)
            elif told is not None and not _has_ended(stage) and snapshot.at - at <= gap:
                workers = workers_now(told, stage, (snapshot.at - at).total_seconds())
                stage = msgspec.structs.replace(stage, workers=workers)  # noqa: PLW2901  -- the same
            stages.append(stage)
        is_same = all(map(is_, stages, snapshot.stages or ()))
        result.append(
            snapshot if is_same else msgspec.structs.replace(snapshot, stages=tuple(stages))
        )
    return tuple(result)
