"""Whether single workers are worth asking for: that answer is large, progress is small. Pure."""

from collections.abc import Sequence
from datetime import datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.holds import Snapshots, filled, held_since
from odps_bot.diagnosis.snapshots import Snapshot, Stage
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import of_stage, unfinished
from odps_bot.diagnosis.tail import LEAST_ENDED

#: Without any movement for so long, workers may tell why.
_UNMOVED_S = 120
#: Functions may be slow where progress says so within this factor.
_NEARLY = 2


def are_workers_wanted(
    snapshots: Sequence[Snapshot], source: SourceFacts, thresholds: Thresholds, now: datetime
) -> bool:
    """Return whether a rule could say something if it knew the workers of a running stage.

    It looks at progress alone; how often workers may be asked for is the caller's business.
    """
    if not snapshots or not source.is_sql or not thresholds.enabled:
        return False
    whole = filled(snapshots)
    return any(
        _can_have_tail(stage, thresholds)
        or _can_be_too_many(stage, thresholds)
        or _is_odd_for_long(stage, whole, source, thresholds, now)
        for stage in unfinished(whole[-1])
    )


def _can_have_tail(stage: Stage, thresholds: Thresholds) -> bool:
    is_late = stage.ended >= max(LEAST_ENDED, stage.total / 2)
    return stage.backups > 0 or (stage.total >= thresholds.skew_least_workers and is_late)


def _can_be_too_many(stage: Stage, thresholds: Thresholds) -> bool:
    return stage.total >= thresholds.many_workers and stage.ended >= thresholds.many_ended


def _is_odd_for_long(
    stage: Stage,
    snapshots: Snapshots,
    source: SourceFacts,
    thresholds: Thresholds,
    now: datetime,
) -> bool:
    """Return whether it is small, slow or unmoved for as long as a rule wants it to be."""
    began = held_since(snapshots, of_stage(stage.name, lambda one: one.running > 0))
    span_s = (now - began).total_seconds() if began else 0
    if stage.total <= thresholds.few_workers and span_s >= thresholds.few_s:
        return True
    if source.functions and span_s >= thresholds.udf_s:
        records = stage.input_records or 0
        if records < _NEARLY * thresholds.udf_records_per_s * stage.running * span_s:
            return True
    unmoved = held_since(snapshots, of_stage(stage.name, lambda one: _state(one) == _state(stage)))
    return unmoved is not None and (now - unmoved).total_seconds() >= _UNMOVED_S


def _state(stage: Stage) -> tuple[object, ...]:
    return (stage.running, stage.ended, stage.input_records, stage.output_records)
