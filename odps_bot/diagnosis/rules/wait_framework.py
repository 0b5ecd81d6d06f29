"""It waits for a slot of the project or of MaxCompute, before anything is compiled."""

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.sub_statuses import (
    PROJECT_SLOT,
    WAITING_FOR_FRAMEWORK,
    code_of,
    in_codes_since,
)
from odps_bot.history.baseline import Baseline


def wait_framework(
    snapshots: Snapshots, source: SourceFacts, baseline: Baseline | None, thresholds: Thresholds
) -> Finding | None:
    """Numbers: ``waited_s``; `code` says what it waits for."""
    since = in_codes_since(snapshots, WAITING_FOR_FRAMEWORK)
    if since is None:
        return None
    waited_s = (snapshots[-1].at - since).total_seconds()
    if waited_s < thresholds.wait_framework_s:
        return None
    code = code_of(snapshots[-1].sub_status)
    return Finding(
        kind=Kind.WAIT_FRAMEWORK,
        since=since,
        confidence=Confidence.SURE,
        remedy=Remedy.FEWER_JOBS if code == PROJECT_SLOT else Remedy.WAIT,
        numbers={"waited_s": waited_s},
        code=code,
    )
