"""The workers of a task: one by one, and what stands out among thousands of them. Pure.

Nothing of a worker is certain to be told. What is missing or odd is None, never 0.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from odps_bot.maxcompute.wire import amount_or_none, time_or_none

#: The end of an id: `#49_1` is the worker 49, started anew once.
_PLACE = re.compile(r"#(\d{1,9})(?:_(\d{1,9}))?\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A fuxi worker of a stage."""

    id: str
    log_id: str | None  #: the argument of `Task.get_worker_log`
    stage: str
    status: str  #: Ready, Running, Terminated, Failed, Interrupted
    index: int = 0  #: its number within the stage; its place in the list where its id tells none
    attempt: int = 0  #: how often it was started anew
    start_time: datetime | None = None
    end_time: datetime | None = None  #: None while it runs
    input_records: int | None = None
    input_bytes: int | None = None
    output_records: int | None = None
    output_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWorkers:
    """What stands out among the workers of a stage. Those that have not begun are left out.

    Running workers have no duration yet: means of ended ones leave them out. A worker that was
    started again counts once, with its last attempt; one that only backs up another that still
    runs does not count.
    """

    stage: str  #: as the service writes it
    at: datetime  #: when they were so, by the service's clock
    ended: int = 0
    running: int = 0
    ended_mean_s: float | None = None
    ended_mean_input_bytes: float | None = None
    mean_input_records: float | None = None  #: over ended and running workers
    max_input_records: int | None = None  #: likewise
    mean_input_records_without_oldest: float | None = None  #: over all but `oldest`
    #: The running worker that began first; of several, the one with the most records.
    oldest: Worker | None = None
    heaviest: Worker | None = None  #: the running worker with the most input records
    youngest_age_s: float | None = None  #: of the running workers
    running_s: float = 0  #: the ages of the running workers together
    running_input_records: int | None = None  #: of the running workers together
    reruns: int = 0  #: how often workers were started anew, all together
    rerun_workers: int = 0  #: workers that were started anew
    most_rerun: Worker | None = None  #: the one that was started anew most often
    longest: Worker | None = None  #: the ended worker that ran longest
    first_start_time: datetime | None = None  #: of all workers
    last_end_time: datetime | None = None  #: of the ended workers

    def age_s(self, worker: Worker) -> float | None:
        """Return how long one of them has run, or ran; None where nobody says when it began."""
        if worker.start_time is None:
            return None
        return max(0.0, ((worker.end_time or self.at) - worker.start_time).total_seconds())


class Place(NamedTuple):
    """What the id of a worker says."""

    worker: int | None
    attempt: int


def place_of(worker_id: str) -> Place:
    """Return which worker of its stage it is, and which attempt, whatever precedes `#49_1`."""
    found = _PLACE.search(worker_id[-40:])
    return Place(int(found[1]), int(found[2] or 0)) if found else Place(None, 0)


def find_workers(detail: object) -> tuple[Worker, ...]:
    """Find the workers in the response to `?detail`, at any depth."""
    return tuple(
        worker_of(fields, stage, position)
        for stage, listed in find_stages(detail)
        for position, fields in enumerate(listed)
        if isinstance(fields, dict)
    )


def find_stages(detail: object) -> Iterator[tuple[str, list[Any]]]:
    """Yield the name of each stage in the response to `?detail`, with what it lists as workers."""
    waiting = [detail]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting.extend(reversed(found))
        elif isinstance(found, dict):
            if isinstance(instances := found.get("instances"), list):
                yield str(found.get("name") or ""), instances
            else:
                waiting.extend(reversed(found.values()))


def worker_of(fields: Mapping[str, Any], stage: str, position: int) -> Worker:
    """Return the worker that `?detail` describes at a position of its list."""
    worker_id = str(fields.get("id") or "")
    place = place_of(worker_id)
    return Worker(
        id=worker_id,
        log_id=str(fields["logId"]) if fields.get("logId") else None,
        stage=stage,
        status=str(fields.get("status") or ""),
        index=position if place.worker is None else place.worker,
        attempt=place.attempt,
        start_time=time_or_none(fields.get("startTime")),
        end_time=time_or_none(fields.get("endTime")),
        input_records=amount_or_none(fields.get("input_records")),
        input_bytes=amount_or_none(fields.get("input_bytes")),
        output_records=amount_or_none(fields.get("output_records")),
        output_bytes=amount_or_none(fields.get("output_bytes")),
    )
