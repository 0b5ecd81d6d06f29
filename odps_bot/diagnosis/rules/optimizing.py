"""The compiler and optimizer take long."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.sub_statuses import COMPILING, code_of, in_codes_since
from odps_bot.history.baseline import Baseline


def optimizing(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``held_s``, ``normal_s`` (it usually takes less). A hint before that."""
    since = in_codes_since(snapshots, COMPILING)
    if since is None:
        return None
    held_s = (snapshots[-1].at - since).total_seconds()
    if held_s < min(thresholds.optimizing_note_s, thresholds.optimizing_s):
        return None
    is_long = held_s >= thresholds.optimizing_s
    return Finding(
        kind=Kind.OPTIMIZING,
        since=since,
        confidence=Confidence.SURE if is_long else Confidence.HINT,
        remedy=Remedy.SPLIT_STATEMENT if is_long else Remedy.WAIT,
        numbers={"held_s": held_s, "normal_s": thresholds.optimizing_s},
        code=code_of(snapshots[-1].sub_status),
    )
