"""The one cause for which an instance is slow or queued. Pure.

    diagnose(snapshots, source, baseline, thresholds, now) -> Diagnosis(finding, hints)

`snapshots` are those of the last fifteen minutes, oldest first, the newest being that of `now`. A
snapshot need not have everything: workers are asked for once a minute at most, and what one lacks
is taken from the one before for a while. Do not call it for instances that are being stopped.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind
from odps_bot.diagnosis.holds import Snapshots, filled
from odps_bot.diagnosis.rules.expansion import expansion
from odps_bot.diagnosis.rules.fallback import fallback
from odps_bot.diagnosis.rules.finishing import finishing
from odps_bot.diagnosis.rules.input_grew import input_grew
from odps_bot.diagnosis.rules.no_movement import computes_without_rows, stands_still
from odps_bot.diagnosis.rules.optimizing import optimizing
from odps_bot.diagnosis.rules.planning import planning
from odps_bot.diagnosis.rules.replication import replication
from odps_bot.diagnosis.rules.retries import retries
from odps_bot.diagnosis.rules.skew import skew
from odps_bot.diagnosis.rules.slow_everywhere import slow_everywhere
from odps_bot.diagnosis.rules.slow_worker import slow_worker
from odps_bot.diagnosis.rules.starved import starved
from odps_bot.diagnosis.rules.too_few import too_few
from odps_bot.diagnosis.rules.too_many import too_many
from odps_bot.diagnosis.rules.wait_framework import wait_framework
from odps_bot.diagnosis.rules.wait_quota import wait_quota
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.history.baseline import Baseline


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    finding: Finding | None = None  #: to be shown; never a mere hint
    hints: tuple[Finding, ...] = ()  #: only for those who ask


class Rule(Protocol):
    """Says one thing about an instance, or nothing; there are snapshots, and they are filled."""

    def __call__(
        self,
        snapshots: Snapshots,
        source: SourceFacts,
        baseline: Baseline | None,
        thresholds: Thresholds,
    ) -> Finding | None:
        """Return the finding, with its evidence."""


#: By sub-statuses: each excludes all others, whatever the task is.
PHASE_RULES: tuple[Rule, ...] = (wait_framework, replication, optimizing, planning)

#: Of the run, by the weight of what they say. The stages of tasks other than SQL are none.
RUN_RULES: tuple[Rule, ...] = (
    stands_still,
    wait_quota,
    starved,
    skew,
    retries,
    expansion,
    too_few,
    slow_everywhere,
    slow_worker,
    computes_without_rows,
    too_many,
    finishing,
    fallback,
    input_grew,
)

#: These need no stages.
_FOR_ALL_TASKS: tuple[Rule, ...] = (wait_quota, finishing, fallback)

#: A snapshot that is older says nothing about now.
_STALE = timedelta(minutes=5)


def diagnose(
    snapshots: Sequence[Snapshot],
    source: SourceFacts,
    baseline: Baseline | None,
    thresholds: Thresholds,
    now: datetime,
    *,
    previous: Finding | None = None,
) -> Diagnosis:
    """Return the first cause in the order of their weight, and what is only worth a hint.

    `previous` is the finding so far: where it goes on, the new one keeps since when it holds, which
    may be longer than snapshots are kept.
    """
    if not thresholds.enabled or not snapshots or now - snapshots[-1].at > _STALE:
        return Diagnosis()
    whole = filled(snapshots)
    if previous is not None and previous.kind is Kind.SKEW:
        # Too short to begin with is no reason to take back what was said.
        thresholds = msgspec.structs.replace(thresholds, skew_least_rest_s=0)
    found = [
        finding
        for rule in (*PHASE_RULES, *_run_rules(source))
        if (finding := rule(whole, source, baseline, thresholds)) is not None
    ]
    shown = next((one for one in found if one.confidence is not Confidence.HINT), None)
    if shown is not None:
        shown = _continued(_with_input(shown, found), previous)
    hints = tuple(one for one in found if one.confidence is Confidence.HINT)
    return Diagnosis(finding=shown, hints=hints)


def _run_rules(source: SourceFacts) -> tuple[Rule, ...]:
    return RUN_RULES if source.is_sql else _FOR_ALL_TASKS


def _with_input(finding: Finding, found: Iterable[Finding]) -> Finding:
    """Return the finding with how much more it reads than usual, if that is notable besides."""
    grown = next((one for one in found if one.kind is Kind.INPUT_GREW), None)
    if grown is None or finding.kind is Kind.INPUT_GREW:
        return finding
    return msgspec.structs.replace(finding, input_ratio=grown.numbers["ratio"])


#: How long something has held, counted from `since`.
_SPANS = frozenset({"waited_s", "held_s", "still_s"})


def _continued(finding: Finding, previous: Finding | None) -> Finding:
    """Return the finding with the beginning of the one that it goes on with."""
    if previous is None or previous.since >= finding.since:
        return finding
    is_same = (previous.kind, previous.stage, previous.worker) == (
        finding.kind,
        finding.stage,
        finding.worker,
    )
    if not is_same:
        return finding
    longer_s = (finding.since - previous.since).total_seconds()
    numbers = {
        name: value + longer_s if name in _SPANS else value
        for name, value in finding.numbers.items()
    }
    return msgspec.structs.replace(finding, since=previous.since, numbers=numbers)
