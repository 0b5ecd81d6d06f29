"""Keep the card of a run in Slack: posted once, and updated in place."""

import logging
from datetime import timedelta
from functools import partial

from odps_bot.messages.run.card import run_cards
from odps_bot.runs import Run, lifecycle
from odps_bot.services import Services
from odps_bot.slack.errors import RefusedError, SlackError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.message_leases import UPDATE_INTERVAL
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT
from workers.delivery.home import home_changed

log = logging.getLogger(__name__)

#: When to look again for a card that is not posted yet.
WAIT_FOR_CARD = timedelta(seconds=5)

#: What cards of running runs leave to final ones.
RESERVE_OF_CARDS = 3


def post_card(run: Run, services: Services) -> bool:
    """Post the card of a run; return whether the run may go on.

    Where Slack lets us say nothing, a run that was not submitted yet is refused: False.
    Raises SlackError when the card must wait.
    """
    try:
        posted = services.slack.gateway.post_once(
            PostId(kind=NotificationKind.CARD, subject_id=run.run_id),
            run_cards(run, now=services.clock()),
            Place(run.channel_id, run.thread_ts),
        )
    except RefusedError as error:
        log.warning("cannot post the card of run %s: %s", run.run_id, error)
        return _go_on_without_card(run, error, services)
    services.stores.runs.card_posted(run, posted.ts)
    return True


def _go_on_without_card(run: Run, error: RefusedError, services: Services) -> bool:
    event = partial(lifecycle.card_refused, slack_code=error.code, now=services.clock())
    changed = services.stores.runs.apply(run.run_id, event)
    services.jobs.deliver()
    return changed is not None and not changed.is_final


def deliver_card(run_id: str, services: Services) -> timedelta | None:
    """Post the card, or update it because the run's state has changed.

    Returns when to try again, or None when it is delivered.
    """
    run = services.stores.runs.get(run_id)
    if run is None:
        return None
    home_changed(run, services)
    if run.is_card_refused:
        return None
    if run.card_ts is None:
        post_card(run, services)
        # An earlier post that was found again shows the run as it was then.
        return timedelta(0)
    return _update_card(run, services, reserve=0 if run.is_final else RESERVE_OF_CARDS)


def deliver_card_refresh(run_id: str, services: Services) -> timedelta | None:
    """Update the card because the run has made progress; what is on record is shown.

    Returns when to try again, or None when it is delivered.
    """
    run = services.stores.runs.get(run_id)
    if run is None or run.is_final or run.card_ts is None or run.is_card_refused:
        return None
    if not services.stores.message_leases.begin_update_interval(
        NotificationKind.CARD_REFRESH, run_id
    ):
        return UPDATE_INTERVAL
    return _update_card(run, services, reserve=RESERVE_OF_BEST_EFFORT)


def _update_card(run: Run, services: Services, *, reserve: int) -> timedelta | None:
    """Update the card; return when to do it once more, because an older update may come later."""
    # First: what must wait has no lease to take, nor one to give back that another worker holds.
    with services.slack.gateway.turn_to_update(reserve=reserve):
        if run.is_final:
            _show(run, services)
            return services.stores.message_leases.update_under_way(run.run_id)
        _show_running(run, services)
        return None


def _show_running(run: Run, services: Services) -> None:
    services.stores.message_leases.begin_update(run.run_id)
    # Read again: who ends the run from here on knows of this update.
    current = services.stores.runs.get(run.run_id)
    is_outcome_unknown = False
    try:
        if current is not None and not current.is_final:
            _show(run, services)
    except SlackError as error:
        is_outcome_unknown = error.may_have_happened
        raise
    finally:
        if not is_outcome_unknown:
            _end_update(run.run_id, services)


def _end_update(run_id: str, services: Services) -> None:
    """Deliver the end again, if there was one meanwhile: it may have come before the update."""
    services.stores.message_leases.end_update(run_id)
    run = services.stores.runs.get(run_id)
    if run is not None and run.is_final:
        services.stores.outbox.enqueue(NotificationKind.FINAL, run_id)


def _show(run: Run, services: Services) -> None:
    if run.card_ts is not None:
        cards = run_cards(run, now=services.clock())
        services.slack.gateway.update_now(run.channel_id, run.card_ts, cards)
