"""A skew of an ended instance that nobody has watched, by its summary. Pure."""

from collections.abc import Sequence
from datetime import datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.final_summary import StageSummary, skewed
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.source_facts import SourceFacts


def summarized_skew(
    stages: Sequence[StageSummary],
    source: SourceFacts,
    thresholds: Thresholds,
    since: datetime,
) -> Finding | None:
    """Return the skew of the stage whose heaviest worker had most records; None: there is none.

    The summary tells records, but no times: which worker it was, or how long, is not known.
    """
    found = skewed(stages, thresholds)
    if not found or not source.is_sql:
        return None
    stage = max(found, key=lambda one: one.most or 0)
    is_join = stage.name.startswith("J") or (source.has_join and not source.has_group_by)
    remedy = Remedy.SKEW_JOIN if is_join else Remedy.NOTHING
    if not is_join and source.has_group_by:
        remedy = Remedy.SKEWED_GROUPS
    return Finding(
        kind=Kind.SKEW,
        since=since,
        confidence=Confidence.SURE,
        remedy=remedy,
        numbers={
            "workers": float(stage.workers),
            "records": float(stage.most or 0),
            "mean_records": stage.mean_of_others or 0,
            "ratio": stage.ratio or 0,
        },
        stage=stage.name,
        names=source.joined_tables if is_join else (),
        sql_hint=source.skew_join_hint if is_join else "",
    )
