"""How stages depend on each other, which of them could run, and how long one will. Pure."""

import re
from collections.abc import Callable, Sequence

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Snapshot, Stage

_NAME = re.compile(r"([A-Z]+)(\d+)((?:_\d+)*)")
_OVER = frozenset({"TERMINATED", "CANCELLED", "FAILED"})


def kind_of(stage: Stage) -> str:
    """Return what it does: M scans, R reduces, J joins, C chooses a branch; empty: unknown."""
    found = _NAME.match(stage.name)
    return found[1][0] if found else ""


def number_of(stage: Stage) -> str:
    """Return the number by which others name it as what they wait for."""
    found = _NAME.match(stage.name)
    return found[2] if found else stage.name


def upstream_numbers(stage: Stage) -> tuple[str, ...]:
    """Return the numbers of the stages that it waits for: 1 and 2 of ``J3_1_2``."""
    found = _NAME.match(stage.name)
    return tuple(found[3].split("_")[1:]) if found else ()


def is_over(stage: Stage) -> bool:
    """Return whether all its workers ended, or it never gets any."""
    if stage.status.upper() in _OVER:
        return True
    if stage.total == 0:
        return kind_of(stage) == "C"
    return stage.ended >= stage.total


def active(snapshot: Snapshot) -> list[Stage]:
    """Return the stages that could run: they are not over, and wait for no other stage's data."""
    stages = snapshot.stages or ()
    unfinished = {number_of(stage) for stage in stages if not is_over(stage)}
    return [
        stage
        for stage in stages
        if not is_over(stage) and unfinished.isdisjoint(upstream_numbers(stage))
    ]


def running_workers(snapshot: Snapshot) -> int:
    """Return how many workers run in all stages."""
    return sum(stage.running for stage in snapshot.stages or ())


def unfinished(snapshot: Snapshot) -> list[Stage]:
    """Return the stages with workers that are running now, those that started first in front."""
    return [stage for stage in snapshot.stages or () if stage.running and not is_over(stage)]


def stage_named(snapshot: Snapshot, name: str) -> Stage | None:
    """Return the stage of this name, if it is known."""
    return next((stage for stage in snapshot.stages or () if stage.name == name), None)


def of_stage(
    name: str, condition: Callable[[Stage], bool | None]
) -> Callable[[Snapshot], bool | None]:
    """Return the condition on a stage as one on snapshots; unknown where stages are."""

    def holds(snapshot: Snapshot) -> bool | None:
        if snapshot.stages is None:
            return None
        stage = stage_named(snapshot, name)
        return stage is not None and condition(stage)

    return holds


def has_tiny_workers(stage: Stage, thresholds: Thresholds) -> bool | None:
    """Return whether it has thousands of workers with hardly any data; None: unknown."""
    workers = stage.workers
    if stage.total < thresholds.many_workers:
        return False
    if workers is None or workers.ended_mean_s is None or workers.ended_mean_bytes is None:
        return None
    return (
        workers.ended >= thresholds.many_ended
        and workers.ended_mean_s <= thresholds.many_mean_s
        and workers.ended_mean_bytes <= thresholds.many_mean_bytes
    )


def rest_s(stage: Stage, snapshots: Snapshots) -> float | None:
    """Return in how many seconds it has read all its input at the speed of its running workers.

    None for stages that read tables, where an upstream stage feeds others too, and where nobody
    told enough.
    """
    stages = snapshots[-1].stages or ()
    wanted = _input_of(stage, stages)
    if wanted is None or stage.input_records is None:
        return None
    speed = _speed_of_workers(stage) or _speed_lately(stage, snapshots)
    return max(0.0, wanted - stage.input_records) / speed if speed else None


def _input_of(stage: Stage, stages: Sequence[Stage]) -> int | None:
    """Return how many records it will have read, once that is certain."""
    numbers = upstream_numbers(stage)
    feeds = [number for other in stages for number in upstream_numbers(other)]
    upstream = [other for other in stages if number_of(other) in numbers]
    if not numbers or len(upstream) != len(numbers):
        return None
    total = 0
    for other in upstream:
        is_shared = feeds.count(number_of(other)) > 1
        if is_shared or not is_over(other) or other.output_records is None:
            return None
        total += other.output_records
    return total


def _speed_of_workers(stage: Stage) -> float | None:
    workers = stage.workers
    if workers is None or not workers.running_records or not workers.running_s:
        return None
    return workers.running_records * workers.running / workers.running_s


def _speed_lately(stage: Stage, snapshots: Snapshots) -> float | None:
    """Return its records a second between this snapshot and one about a minute ago."""
    now = snapshots[-1].at
    for earlier in reversed(snapshots[:-1]):
        before = stage_named(earlier, stage.name)
        span = (now - earlier.at).total_seconds()
        if span < _LATELY_S or before is None or before.input_records is None:
            continue
        return ((stage.input_records or 0) - before.input_records) / span
    return None


_LATELY_S = 30
