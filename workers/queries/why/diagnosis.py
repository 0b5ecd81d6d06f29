"""The diagnosis of a job, which costs its finding when it fails, and never the answer."""

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.diagnose import Diagnosis, diagnose
from odps_bot.diagnosis.finding import Finding
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.history.baseline import Baseline

log = logging.getLogger(__name__)


def diagnosed(
    snapshots: Sequence[Snapshot],
    source: SourceFacts,
    baseline: Baseline | None,
    thresholds: Thresholds,
    at: datetime,
    *,
    previous: Finding | None = None,
) -> Diagnosis:
    """Return what `diagnose` does, or nothing when that fails."""
    try:
        return diagnose(snapshots, source, baseline, thresholds, at, previous=previous)
    except Exception:
        log.exception("cannot diagnose a job (ref %s)", secrets.token_hex(4))
        return Diagnosis()
