"""What holds a run's instance up, or does no longer. Pure."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from odps_bot.diagnosis.finding import Confidence, Finding
from odps_bot.runs import card_updates
from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.run import Run, RunState
from odps_bot.store.notification_kind import NotificationKind

#: A run gets so many replies about findings; what is found later is said by updating the last one.
MOST_REPLIES = 3

#: A number is news when it has changed by this factor.
NEWS_RATIO = 1.25


def diagnosed(
    run: Run,
    *,
    finding: Finding | None,
    now: datetime,
    known: Finding | UnsetType | None = UNSET,
    event: Callable[[Run], Change | None] | None = None,
) -> Change | None:
    """Record what holds the instance up; None: nothing. It changes nothing of a run that is over.

    `known` is what was on record when the run was diagnosed: what another worker has found since
    is not taken back by one that could not see it.

    `event` is that of the poll that has shown it, which happens first.
    """
    change = Change(run=run) if event is None else event(run)
    if change is None or change.run.state is not RunState.RUNNING:
        return change if event is not None else None
    if finding is not None and finding.confidence is Confidence.HINT:
        finding = None
    before = change.run
    if finding is None and known is not UNSET and before.finding != known:
        finding = before.finding
    after = _with_finding(before, finding, now)
    if after == before:
        return change if event is not None else None
    after, earned = card_updates.with_earned_updates(before, after, now)
    if _is_reply_due(before, after):
        earned = (*earned, NotificationKind.FINDING)
    new = tuple(kind for kind in earned if kind not in change.notifications)
    return dataclasses.replace(change, run=after, notifications=(*change.notifications, *new))


def summarized(
    run: Run,
    *,
    finding: Finding | None,
    now: datetime,
    event: Callable[[Run], Change | None],
) -> Change | None:
    """Apply the event that ends the run, and correct what was said of it by its summary.

    `finding` is what holds by that; the reply in the thread is only updated where it was wrong.
    """
    change = event(run)
    if change is None or not change.run.is_final:
        return change
    ended = change.run
    if is_same(ended.finding, finding):
        return dataclasses.replace(change, run=replace(ended, finding=finding))
    corrected = replace(ended, finding=finding, is_finding_wrong=ended.finding is not None)
    if finding is None:
        corrected = replace(corrected, finding_over_at=now)
    is_shown = ended.finding_ts is not None and not ended.is_finding_gone
    is_due = is_shown and NotificationKind.FINDING not in change.notifications
    more = (NotificationKind.FINDING,) * (is_due and corrected.is_finding_wrong)
    return dataclasses.replace(change, run=corrected, notifications=(*change.notifications, *more))


def finding_posted(run: Run, *, reply: int, ts: str) -> Change | None:
    """Record the message that is the reply of this number, unless another is the last one now."""
    if run.finding_replies != reply:
        return None
    return Change(run=replace(run, finding_ts=ts))


def is_same(one: Finding | None, other: Finding | None) -> bool:
    """Return whether both say the same, be it with other numbers."""
    if one is None or other is None:
        return one is other
    return _what(one) == _what(other)


def _what(finding: Finding) -> tuple[object, ...]:
    return finding.kind, finding.stage, finding.worker, finding.remedy, finding.confidence


def is_news(finding: Finding, told: Finding | None) -> bool:
    """Return whether a card that shows `told` is worth an update."""
    if told is None or not is_same(finding, told) or finding.numbers.keys() != told.numbers.keys():
        return True
    return any(_has_changed(told.numbers[name], now) for name, now in finding.numbers.items())


def _has_changed(before: float, now: float) -> bool:
    least, most = sorted((abs(before), abs(now)))
    return (before < 0) != (now < 0) or most > least * NEWS_RATIO


def _with_finding(run: Run, finding: Finding | None, now: datetime) -> Run:
    if finding is None:
        is_over = run.told_finding is not None and run.finding_over_at is None
        return replace(run, finding=None, finding_over_at=now if is_over else run.finding_over_at)
    told = run.told_finding
    if run.finding is not None and is_same(run.finding, finding):
        # Snapshots do not reach back as far.
        finding = replace(finding, since=min(run.finding.since, finding.since))
    if run.finding_over_at is None and told is not None and not is_news(finding, told):
        return replace(run, finding=finding)
    replies = run.finding_replies
    is_another = run.finding_over_at is not None and told is not None and told.kind != finding.kind
    if told is None or (is_another and replies < MOST_REPLIES):
        # What is over keeps its reply; this one is said by another.
        run = replace(run, finding_replies=replies + 1, finding_ts=None, is_finding_gone=False)
    return replace(run, finding=finding, told_finding=finding, finding_over_at=None)


def _is_reply_due(before: Run, after: Run) -> bool:
    """Return whether the thread says something else now: numbers alone are for the card."""
    is_over = (before.finding_over_at is None) != (after.finding_over_at is None)
    return is_over or not is_same(before.told_finding, after.told_finding)
