"""Which changes of an active run are worth a call to Slack: an update of its card, a reply. Pure.

An update notifies nobody, but all cards of a workspace share some fifty a minute, and a thread that
is busier than its job is muted. Every card says of when it is, so it can wait for its turn.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from odps_bot.diagnosis.finding import Kind
from odps_bot.runs.outcome import Milestone, MilestoneCode
from odps_bot.runs.progress import has_begun
from odps_bot.runs.run import Run
from odps_bot.store.notification_kind import NotificationKind

#: The card of a run that ends sooner after its submission goes from accepted to how it ended.
FIRST_UPDATE = timedelta(seconds=3)

#: Progress is shown again after this share of the run's age: seconds for young runs, and within a
#: minute for all.
SHARE_OF_AGE = 0.6
SHORTEST_INTERVAL = timedelta(seconds=5)
LONGEST_INTERVAL = timedelta(minutes=1)

#: The milestones of a shorter run are on its card only: its thread holds nothing but its result.
REPLY_TO_LONG_RUNS = timedelta(minutes=2)

#: What stays true only in the thread is told there as soon as a run is older than this.
REPLY_TO_TROUBLED_RUNS = timedelta(seconds=30)

NOW = timedelta(0)

_REMARKABLE = frozenset(
    {MilestoneCode.UNREACHABLE, MilestoneCode.REACHABLE, MilestoneCode.STOP_REFUSED}
)


def age_of(run: Run, now: datetime) -> timedelta:
    """Return how long ago MaxCompute took the run."""
    return now - (run.started_at or run.requested_at)


def with_earned_updates(
    before: Run, after: Run, now: datetime
) -> tuple[Run, tuple[NotificationKind, ...]]:
    """Return `after` with what it remembers of its updates, and those that it has earned now."""
    kinds: tuple[NotificationKind, ...] = ()
    is_behind = after.is_card_behind or _is_shown_change(before, after)
    after = replace(after, is_card_behind=is_behind)
    is_card_due = is_behind and due_in(after, now, is_at_once=_is_at_once(before, after)) <= NOW
    if is_card_due:
        kinds = (_card_kind(after),)
        after = card_updated(after, now)
    if _is_reply_due(after, now, is_card_due=is_card_due):
        kinds = (*kinds, NotificationKind.PROGRESS)
        after = replace(after, progress_told_at=now)
    return after, kinds


def card_updated(run: Run, now: datetime) -> Run:
    """Return a run whose card is about to show what is on record."""
    return replace(run, card_updated_at=now, is_card_behind=False)


def due_in(run: Run, now: datetime, *, is_at_once: bool = False) -> timedelta:
    """Return how long a card that is behind has to wait for its update; never less than nothing."""
    age = age_of(run, now)
    wait = FIRST_UPDATE - age
    if run.card_updated_at is not None and not is_at_once:
        interval = min(max(SHORTEST_INTERVAL, age * SHARE_OF_AGE), LONGEST_INTERVAL)
        wait = max(wait, run.card_updated_at + interval - now)
    return max(NOW, wait)


def _card_kind(run: Run) -> NotificationKind:
    """Return the kind that is sent in any case for the first: it says that the job is submitted."""
    is_first = run.card_updated_at is None
    return NotificationKind.CARD if is_first else NotificationKind.CARD_REFRESH


def _is_shown_change(before: Run, after: Run) -> bool:
    """Return whether the card would show something else now."""
    is_first = after.card_updated_at is None and after.polled_at is not None
    return (
        is_first
        or after.stages != before.stages
        or after.progress_percent != before.progress_percent
        or after.is_executing != before.is_executing
        or after.sub_instances != before.sub_instances
        or after.queue_position != before.queue_position
        or after.queue_status != before.queue_status
        or after.told_finding != before.told_finding
        or after.finding_over_at != before.finding_over_at
        or _is_trouble_over(before, after)
    )


def _is_at_once(before: Run, after: Run) -> bool:
    """Return whether the state in words is another one, which waits for no interval."""
    return (
        has_begun(after) != has_begun(before)
        or _is_trouble_over(before, after)
        or _kind_of_finding(after) != _kind_of_finding(before)
    )


def _kind_of_finding(run: Run) -> Kind | None:
    """Return what the card says that holds the run up."""
    is_shown = run.told_finding is not None and run.finding_over_at is None
    return run.told_finding.kind if is_shown and run.told_finding else None


def _is_trouble_over(before: Run, after: Run) -> bool:
    return any(
        (
            before.unreachable_since is not None and after.unreachable_since is None,
            before.refusal is not None and after.refusal is None,
            before.missing is not None and after.missing is None,
        )
    )


def _is_reply_due(run: Run, now: datetime, *, is_card_due: bool) -> bool:
    told_at, age = run.progress_told_at, age_of(run, now)
    untold = [one for one in run.milestones if told_at is None or one.at > told_at]
    if any(map(_is_remarkable, untold)) and age >= REPLY_TO_TROUBLED_RUNS:
        return True
    return bool(untold) and is_card_due and age >= REPLY_TO_LONG_RUNS


def _is_remarkable(milestone: Milestone) -> bool:
    return milestone.code in _REMARKABLE
