"""A stage makes many rows of one."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.snapshots import Stage
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.stages import of_stage, unfinished
from odps_bot.history.baseline import Baseline


def expansion(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``input_records``, ``output_records``, ``ratio``; `names`: tables of its joins."""
    for stage in unfinished(snapshots[-1]):
        if not _grows(stage, thresholds):
            continue
        since = held_since(snapshots, of_stage(stage.name, lambda one: _grows(one, thresholds)))
        if since is None or (snapshots[-1].at - since).total_seconds() < thresholds.expansion_s:
            continue
        ratio = _ratio(stage)
        usual = _usual_ratio(stage, baseline)
        if ratio is None or ratio <= thresholds.expansion_usual_ratio * usual:
            continue
        return Finding(
            kind=Kind.EXPANSION,
            since=since,
            confidence=Confidence.SURE,
            remedy=Remedy.CHECK_JOIN_KEYS,
            numbers={
                "input_records": float(stage.input_records or 0),
                "output_records": float(stage.output_records or 0),
                "ratio": ratio,
            },
            stage=stage.name,
            names=source.joined_tables,
        )
    return None


def _grows(stage: Stage, thresholds: Thresholds) -> bool | None:
    ratio = _ratio(stage)
    if ratio is None:
        return None
    is_large = (stage.output_records or 0) >= thresholds.expansion_least_records
    return is_large and ratio >= thresholds.expansion_ratio


def _ratio(stage: Stage) -> float | None:
    if not stage.input_records or stage.output_records is None:
        return None
    return stage.output_records / stage.input_records


def _usual_ratio(stage: Stage, baseline: Baseline | None) -> float:
    usual = baseline.stages.get(stage.name) if baseline is not None else None
    if usual is None or not usual.input_records or usual.output_records is None:
        return 0
    return usual.output_records / usual.input_records
