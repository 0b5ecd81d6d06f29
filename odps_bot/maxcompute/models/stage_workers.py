"""Thousands of workers, aggregated by stage. Pure.

The response is megabytes long. It is decoded by type and summed up by column: a dict for each of
20,000 workers, and a loop over them, would take several times as long.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from itertools import chain
from operator import attrgetter, gt, itemgetter, sub
from typing import Any

import msgspec

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models.workers import (
    StageWorkers,
    Worker,
    find_stages,
    place_of,
    worker_of,
)
from odps_bot.maxcompute.wire import amount_or_none, parse_json, time_or_none

#: Seconds since the epoch are between these; anything else is read with more care.
_FIRST_S, _LAST_S = 1, 10**11


class _State(Enum):
    ENDED = 1
    RUNNING = 2
    OTHER = 3  #: it has not begun, or another attempt has taken its place


_STATES = {
    **dict.fromkeys(("terminated", "success", "succeeded", "finished"), _State.ENDED),
    "running": _State.RUNNING,
    **dict.fromkeys(
        ("ready", "waiting", "failed", "interrupted", "cancelled", "cancelling", "killed"),
        _State.OTHER,
    ),
}


#: What nearly all of them say; those that are ready have not begun.
_USUAL_WORDS = ("Terminated", "Running", "Ready")


class _Entry(msgspec.Struct, gc=False):
    """A worker as the service writes it; anything may stand in any field."""

    id: Any = None
    logId: Any = None  # noqa: N815  -- the service's names
    status: Any = None
    startTime: Any = None  # noqa: N815
    endTime: Any = None  # noqa: N815
    input_records: Any = None
    input_bytes: Any = None


class _Stage(msgspec.Struct):
    name: Any = None
    instances: list[_Entry] = []


class _Job(msgspec.Struct):
    tasks: list[_Stage] = []


class _Jobs(msgspec.Struct):
    jobs: list[_Job] = []


class _Detail(msgspec.Struct):
    mapReduce: _Jobs  # noqa: N815  -- the service's name


_DECODER = msgspec.json.Decoder(_Detail)

#: No job has more workers than these objects could describe, nor more stages.
_MOST_OBJECTS = 150_000
_MOST_STAGES = 2_000

_STARTS, _ENDS = attrgetter("startTime"), attrgetter("endTime")
_RECORDS, _BYTES = attrgetter("input_records"), attrgetter("input_bytes")

_second = itemgetter(1)


def parse_stage_workers(body: bytes, *, now: datetime) -> tuple[StageWorkers, ...]:
    """Parse the response to `?detail`, as it was at `now`.

    Raises MalformedResponseError if it is not JSON, or describes more than any job has.
    """
    stages = _stages(body) if body.count(b"{") <= _MOST_OBJECTS else None
    if stages is None or len(stages) > _MOST_STAGES:
        raise MalformedResponseError("The response has more workers or stages than any job.")
    return tuple(_aggregate(str(stage.name or ""), stage.instances, now) for stage in stages)


def _stages(body: bytes) -> list[_Stage]:
    try:
        detail = _DECODER.decode(body)
        return [stage for job in detail.mapReduce.jobs for stage in job.tasks]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return list(_stages_of_any_shape(body))


def _stages_of_any_shape(body: bytes) -> Iterator[_Stage]:
    for name, listed in find_stages(parse_json(body) if body.strip() else None):
        instances = [
            _Entry(**{key: fields.get(key) for key in _Entry.__struct_fields__})
            for fields in listed
            if isinstance(fields, dict)
        ]
        yield _Stage(name=name, instances=instances)


def _aggregate(stage: str, entries: list[_Entry], now: datetime) -> StageWorkers:
    current, renewed = _without_former_attempts(entries)
    ended, running = _by_state(current)
    starts, ends = list(map(_STARTS, ended)), list(map(_ENDS, ended))
    took = _durations_s(starts, ends)
    ages = _ages_s(running, now)
    oldest = _oldest(ages)
    ended_records = _amounts(ended, _RECORDS)
    by_entry = _records_by_entry(running)
    running_records = [records for _, records in by_entry]

    def worker(entry: _Entry | None) -> Worker | None:
        return _worker(entry, stage, entries)

    return StageWorkers(
        stage=stage,
        at=now,
        ended=len(ended),
        running=len(running),
        ended_mean_s=_mean([one for one in took if one is not None]),
        ended_mean_input_bytes=_mean(_amounts(ended, _BYTES)),
        mean_input_records=_mean(ended_records, running_records),
        max_input_records=max(chain(ended_records, running_records), default=None),
        mean_input_records_without_oldest=_mean(
            ended_records, [records for entry, records in by_entry if entry is not oldest]
        ),
        oldest=worker(oldest),
        heaviest=worker(max(by_entry, key=_second, default=(None, 0))[0]),
        youngest_age_s=min((age for _, age in ages), default=None),
        running_s=sum(age for _, age in ages),
        running_input_records=sum(running_records) if running_records else None,
        reruns=sum(attempt for _, attempt in renewed),
        rerun_workers=len(renewed),
        most_rerun=worker(max(renewed, key=_second, default=(None, 0))[0]),
        longest=worker(_longest(ended, took)),
        first_start_time=_extreme(min, starts, list(map(_STARTS, running))),
        last_end_time=_extreme(max, ends),
    )


def _without_former_attempts(
    entries: list[_Entry],
) -> tuple[list[_Entry], list[tuple[_Entry, int]]]:
    """Return one entry for each worker, and those of workers that were started anew: how often."""
    anew = [e for e in entries if type(e.id) is str and not e.id.endswith("_0")]
    by_head: dict[object, list[_Entry]] = {
        _head(entry): [] for entry in anew if place_of(entry.id).attempt
    }
    if not by_head:
        return entries, []
    current: list[_Entry] = []
    for entry in entries:
        attempts = by_head.get(_head(entry))
        (current if attempts is None else attempts).append(entry)
    found = [_current_attempt(attempts) for attempts in by_head.values()]
    current += [entry for entry, _ in found]
    return current, [(entry, attempt) for entry, attempt in found if attempt]


def _head(entry: _Entry) -> str | None:
    """Return what the ids of all attempts of a worker begin with."""
    return entry.id.rpartition("_")[0] if type(entry.id) is str else None


def _current_attempt(entries: list[_Entry]) -> tuple[_Entry, int]:
    """Return the attempt of a worker that counts, and how often the worker was started anew.

    While one attempt runs, later ones only back it up; where such a backup ends first, it counts.
    """
    attempts = sorted(((entry, place_of(entry.id).attempt) for entry in entries), key=_second)
    for position, (entry, attempt) in enumerate(attempts):
        if _state(entry) is _State.RUNNING:
            later = [one for one, _ in attempts[position + 1 :]]
            ended = (backup for backup in later if _state(backup) is _State.ENDED)
            return next(ended, entry), attempt
    return attempts[-1]


def _by_state(entries: list[_Entry]) -> tuple[list[_Entry], list[_Entry]]:
    """Return the workers that have ended, and those that run."""
    ended = [entry for entry in entries if entry.status == "Terminated"]
    running = [entry for entry in entries if entry.status == "Running"]
    if len(ended) + len(running) < len(entries):
        for entry in [entry for entry in entries if entry.status not in _USUAL_WORDS]:
            state = _state(entry)
            if state is not _State.OTHER:
                (ended if state is _State.ENDED else running).append(entry)
    return ended, running


def _state(entry: _Entry) -> _State:
    """Return the state that its status names; of an unknown status, the one that its times tell."""
    word = entry.status.strip().lower() if type(entry.status) is str else ""
    if (known := _STATES.get(word)) is not None:
        return known
    if time_or_none(entry.endTime):
        return _State.ENDED
    return _State.RUNNING if time_or_none(entry.startTime) else _State.OTHER


def _ages_s(running: list[_Entry], now: datetime) -> list[tuple[_Entry, float]]:
    now_s = now.timestamp()
    starts = ((entry, _epoch_s(entry.startTime)) for entry in running)
    return [(entry, max(0.0, now_s - start)) for entry, start in starts if start is not None]


def _oldest(ages: list[tuple[_Entry, float]]) -> _Entry | None:
    """Return the worker that runs longest; of several, the one with the most records."""
    most = max((age for _, age in ages), default=0)
    oldest = [entry for entry, age in ages if age == most]
    return max(oldest, key=lambda one: amount_or_none(one.input_records) or 0, default=None)


def _epoch_s(value: object) -> float | None:
    if type(value) is int and _FIRST_S <= value < _LAST_S:
        return value
    found = time_or_none(value)
    return None if found is None else found.timestamp()


def _durations_s(starts: list[Any], ends: list[Any]) -> list[float] | list[float | None]:
    """Return how long each has run; None where nobody tells. Nothing ends before it begins."""
    if _are_epoch_s(starts) and _are_epoch_s(ends) and not any(map(gt, starts, ends)):
        return list(map(sub, ends, starts))
    pairs = zip(map(_epoch_s, starts), map(_epoch_s, ends), strict=True)
    return [max(0.0, end - start) if start and end else None for start, end in pairs]


def _longest(ended: list[_Entry], took: Sequence[float | None]) -> _Entry | None:
    most = max((one for one in took if one is not None), default=None)
    return None if most is None else ended[took.index(most)]


def _extreme(choose: Callable[[list[float]], float], *columns: list[Any]) -> datetime | None:
    """Return the first or the last of the times in these columns, as far as they are told."""
    chosen = []
    for times in columns:
        known = times
        if not _are_epoch_s(times):
            known = [second for one in times if (second := _epoch_s(one)) is not None]
        chosen += [choose(known)] if known else []
    return datetime.fromtimestamp(choose(chosen), UTC) if chosen else None


def _are_epoch_s(values: list[Any]) -> bool:
    is_whole = bool(values) and set(map(type, values)) == {int}
    return is_whole and min(values) >= _FIRST_S and max(values) < _LAST_S


def _amounts(entries: list[_Entry], field: Callable[[_Entry], Any]) -> list[int]:
    """Return a column, without what is no amount."""
    values = list(map(field, entries))
    if set(map(type, values)) == {int} and min(values) >= 0:
        return values
    return [amount for value in values if (amount := amount_or_none(value)) is not None]


def _records_by_entry(running: list[_Entry]) -> list[tuple[_Entry, int]]:
    amounts = ((entry, amount_or_none(entry.input_records)) for entry in running)
    return [(entry, amount) for entry, amount in amounts if amount is not None]


def _mean(*columns: Sequence[float]) -> float | None:
    count = sum(map(len, columns))
    total: float = sum(map(sum, columns))
    return total / count if count else None


def _worker(entry: _Entry | None, stage: str, entries: list[_Entry]) -> Worker | None:
    if entry is None:
        return None
    position = next(place for place, one in enumerate(entries) if one is entry)
    return worker_of(msgspec.structs.asdict(entry), stage, position)
