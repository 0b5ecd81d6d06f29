"""Inputs, outputs and stages in the summary of a task. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odps_bot.maxcompute.wire import amount_or_none, number_or_none, object_or_empty

#: Least, mean and greatest.
_TRIPLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAmount:
    """What a task has read from a table or written to it."""

    records: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSpread:
    """Records of a stage's workers."""

    least: int
    mean: float
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSummary:
    """What the workers of a stage have read and written; None where the service does not say."""

    name: str  #: as the service writes it, such as ``R2_1_job_0``
    workers: int | None = None
    input_records: int | None = None  #: of all workers
    output_records: int | None = None
    #: By worker. Of a stage with several inputs `most` is the least that one worker can have read.
    input_spread: RecordSpread | None = None
    output_spread: RecordSpread | None = None


def read_table_amounts(value: object) -> dict[str, TableAmount]:
    """Return what `{"p.t": [records, bytes]}` says, by table or partition."""
    return {
        name: TableAmount(records=_amount_at(amounts, 0), size_bytes=_amount_at(amounts, 1))
        for name, amounts in object_or_empty(value).items()
    }


def read_stage_summaries(value: object) -> tuple[StageSummary, ...]:
    """Return the `Stages` of a summary, in the order of the service."""
    stages = ((name, object_or_empty(stage)) for name, stage in object_or_empty(value).items())
    return tuple(_stage(name, stage) for name, stage in stages)


def _stage(name: str, stage: Mapping[str, Any]) -> StageSummary:
    return StageSummary(
        name=name,
        workers=amount_or_none(stage.get("WorkerCount")),
        input_records=_total(stage.get("InputRecordCounts")),
        output_records=_total(stage.get("OutputRecordCounts")),
        input_spread=_spread(stage.get("InputRecordCountStats")),
        output_spread=_spread(stage.get("OutputRecordCountStats")),
    )


def _total(value: object) -> int | None:
    """Return the sum of `{"TableScan1": 10}`; an output can have an object for each consumer."""
    found: list[int | None] = []
    for count in object_or_empty(value).values():
        counts = count.values() if isinstance(count, Mapping) else (count,)
        found += map(amount_or_none, counts)
    known = [count for count in found if count is not None]
    return sum(known) if known else None


def _spread(value: object) -> RecordSpread | None:
    """Return the records by worker from `{"StreamLineRead1": [least, greatest, mean]}`.

    The service does not document the order of the three. Of several inputs the means add up; the
    worker with the most of one has at least the least of the others.
    """
    triples = [sorted(triple) for triple in map(_triple, object_or_empty(value).values()) if triple]
    if not triples:
        return None
    least = sum(triple[0] for triple in triples)
    return RecordSpread(
        least=int(least),
        mean=sum(triple[1] for triple in triples),
        most=int(max(least + triple[2] - triple[0] for triple in triples)),
    )


def _triple(value: object) -> Sequence[float]:
    """Return three numbers, or none."""
    if not isinstance(value, list) or len(value) != _TRIPLE:
        return ()
    numbers = [number_or_none(one) for one in value]
    known = [number for number in numbers if number is not None and number >= 0]
    return known if len(known) == _TRIPLE else ()


def _amount_at(value: object, place: int) -> int | None:
    if not isinstance(value, list) or place >= len(value):
        return None
    return amount_or_none(value[place])
