"""What becomes of a run's card in Slack; the run itself goes on as it is. Pure."""

from datetime import datetime

from msgspec.structs import replace

from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.outcome import Outcome, ReasonCode
from odps_bot.runs.run import Run, RunState
from odps_bot.store.notification_kind import NotificationKind


def card_refused(run: Run, *, slack_code: str, now: datetime) -> Change:
    """Record that Slack takes no card; what is not submitted yet is refused for it."""
    silent = replace(run, is_card_refused=True)
    if run.state is not RunState.QUEUED:
        return Change(run=silent)
    outcome = Outcome(reason=ReasonCode.CARD_REFUSED, detail=slack_code)
    return Change(
        run=replace(silent, state=RunState.REFUSED, outcome=outcome, ended_at=now),
        notifications=(NotificationKind.REFUSAL,),
    )


def card_gone(run: Run, *, ts: str) -> Change | None:
    """Record that the card can't be updated any more: it was deleted, or is frozen for good.

    An active run gets another one, unless it has lost too many; of one that has ended, a reply says
    how, if none has yet.
    """
    if run.card_ts != ts:
        return None
    without = replace(
        run,
        card_ts=None,
        card_closed_since=None,
        gone_cards=(*run.gone_cards, ts),
        progress_ts=None,
        is_progress_gone=False,
        finding_ts=None,
        is_finding_gone=False,
    )
    if not run.is_final:
        kinds = () if without.has_lost_too_many_cards else (NotificationKind.CARD,)
        return Change(run=without, notifications=kinds)
    is_told = run.completion_ts is not None
    return Change(run=without, notifications=() if is_told else (NotificationKind.COMPLETION,))


def card_closed(run: Run, *, ts: str, now: datetime) -> Change | None:
    """Record that Slack takes no update where the card is, until that place is opened again."""
    if run.card_ts != ts or run.card_closed_since is not None:
        return None
    return Change(run=replace(run, card_closed_since=now))


def card_open(run: Run) -> Change | None:
    """Record that the card can be updated again."""
    if run.card_closed_since is None:
        return None
    return Change(run=replace(run, card_closed_since=None))
