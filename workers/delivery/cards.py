"""Keep the card of a run in Slack: posted once, and updated in place."""

import logging
from datetime import datetime, timedelta
from functools import partial

from odps_bot.messages.run.card import run_cards
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Run, lifecycle
from odps_bot.services import Services
from odps_bot.slack.errors import PlaceError, RefusedError, SlackError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.message_leases import UPDATE_INTERVAL
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT
from workers.delivery import lost_cards
from workers.delivery.home import enqueue_home, home_changed

log = logging.getLogger(__name__)

#: When to look again for a card that is not posted yet.
WAIT_FOR_CARD = timedelta(seconds=5)

#: What cards of running runs leave to final ones, questions and boards: so many runs may end in
#: one moment while others begin. As many cards are updated as with a smaller reserve: the bucket is
#: only fuller.
RESERVE_OF_CARDS = 34


def post_card(run: Run, services: Services, *, now: datetime | None = None) -> bool:
    """Post the card of a run; return whether the run may go on. `now`: where it is known.

    Where Slack lets us say nothing, a run that was not submitted yet is refused: False.
    Raises SlackError when the card must wait.
    """
    try:
        posted = services.slack.gateway.post_once(
            PostId(
                kind=NotificationKind.CARD,
                subject_id=run.run_id,
                after=len(run.gone_cards),
                since=run.requested_at,
            ),
            run_cards(run, now=now or services.clock()),
            Place(run.channel_id, run.thread_ts),
        )
    except RefusedError as error:
        log.warning("cannot post the card of run %s: %s", run.run_id, error)
        return _go_on_without_card(run, error, services)
    # Asked for behind the post, so that nobody waits for the card on account of it.
    url = services.stores.workspace_urls.of(run.team_id, services.slack.gateway)
    services.stores.runs.card_posted(run, posted.ts, workspace_url=url)
    return True


def _go_on_without_card(run: Run, error: RefusedError, services: Services) -> bool:
    event = partial(lifecycle.card_refused, slack_code=error.code, now=services.clock())
    changed = services.stores.runs.apply(run.run_id, event)
    services.jobs.deliver()
    return changed is not None and not changed.is_final


def deliver_card(
    run_id: str, services: Services, *, reserve: int = RESERVE_OF_CARDS
) -> timedelta | None:
    """Post the card, or update it because the run's state has changed.

    The update leaves `reserve` to others, unless it is the last one. Returns when to try again, or
    None when it is delivered.
    """
    run, now = services.stores.runs.get_with(run_id, services.time)
    return _deliver_card(run, services, now=now, reserve=reserve) if run else None


def _deliver_card(run: Run, services: Services, *, now: datetime, reserve: int) -> timedelta | None:
    if run.is_card_refused or run.card_ts is None:
        home_changed(run, services)
    if run.awaits_card:
        post_card(run, services, now=now)
        # An earlier post that was found again shows the run as it was then.
        return timedelta(0)
    if run.is_card_refused or run.card_ts is None:
        return None
    pause = lost_cards.wait_for_channel(run, services, now=now)
    if pause != timedelta(0):
        home_changed(run, services)
        return pause
    left = 0 if run.is_final else reserve
    try:
        wait, is_home_open = _update_card(run, services, now=now, reserve=left)
    except PlaceError as error:
        home_changed(run, services)
        return lost_cards.update_refused(run, error, services, now=now)
    except SlackError:
        home_changed(run, services)
        raise
    lost_cards.was_updated(run, services)
    if is_home_open:
        enqueue_home(run, services)
    return wait


def deliver_card_refresh(run_id: str, services: Services) -> timedelta | None:
    """Update the card because the run has made progress; what is on record is shown.

    Returns when to try again, or None when it is delivered.
    """
    run, now = services.stores.runs.get_with(run_id, services.time)
    if run is None or run.is_final or run.card_ts is None or run.is_card_refused:
        return None
    if run.card_closed_since is not None:
        return None
    if not services.stores.message_leases.begin_update_interval(
        NotificationKind.CARD_REFRESH, run_id
    ):
        return UPDATE_INTERVAL
    try:
        wait, _ = _update_card(run, services, now=now, reserve=RESERVE_OF_BEST_EFFORT)
    except PlaceError as error:
        if lost_cards.update_refused(run, error, services, now=now) is not None:
            # From now on this entry waits for the channel: it is not best effort.
            services.stores.outbox.enqueue(NotificationKind.CARD, run_id)
        return None
    return wait


def show_refreshed_card(
    run_id: str, address: Address, services: Services, *, is_private: bool
) -> None:
    """Show what is on record in place of the card that somebody has clicked.

    By the response_url of the click, so that no other card waits longer for its update. Where that
    fails, the card is updated in its turn. Raises SlackError when it is to be tried again.

    Nothing says that Slack keeps the metadata of what is replaced so, by which a card is found
    again whose `ts` never came.
    """
    beginning = services.stores.message_leases.beginning_update(run_id)
    run, update, now = services.stores.runs.get_with(run_id, beginning, services.time)
    is_outcome_unknown = False
    try:
        if run is not None and (is_private or run.card_ts is not None):
            services.slack.gateway.replace_clicked(address, run_cards(run, now=now))
    except RefusedError as error:
        log.info("the card of run %s is not shown by a click: %s", run_id, error)
        if not is_private:
            services.stores.outbox.enqueue(NotificationKind.CARD, run_id)
    except SlackError as error:
        is_outcome_unknown = error.may_have_happened
        raise
    finally:
        if not is_outcome_unknown:
            home = services.stores.homes.reading_open(address.team_id, address.user_id)
            _end_update(run_id, update, home, services)


def _update_card(
    run: Run, services: Services, *, now: datetime, reserve: int
) -> tuple[timedelta | None, bool]:
    """Update the card; return whether its requester's Home may be open.

    And before that when to update it once more, because an older update may come later.
    """
    home = services.stores.homes.reading_open(run.team_id, run.user_id)
    # First: what must wait has no lease to take, nor one to give back that another worker holds.
    with services.slack.gateway.turn_to_update(run.channel_id, reserve=reserve):
        if run.is_final:
            _show(run, services, now=now)
            older = services.stores.message_leases.reading_update(run.run_id)
            _, wait, is_home_open = services.stores.runs.get_with(run.run_id, older, home)
            return wait, is_home_open
        return None, _show_running(run, home, services)


def _show_running(run: Run, home: Pipelined[bool], services: Services) -> bool:
    """Update the card of a run that goes on; return what `home` reads."""
    beginning = services.stores.message_leases.beginning_update(run.run_id)
    # Read again: who ends the run from here on knows of this update.
    current, update, now = services.stores.runs.get_with(run.run_id, beginning, services.time)
    is_outcome_unknown = is_home_open = False
    try:
        if current is not None and not current.is_final:
            _show(run, services, now=now)
    except SlackError as error:
        is_outcome_unknown = error.may_have_happened
        raise
    finally:
        if not is_outcome_unknown:
            is_home_open = _end_update(run.run_id, update, home, services)
    return is_home_open


def _end_update(run_id: str, update: str, home: Pipelined[bool], services: Services) -> bool:
    """Deliver the end again, if there was one meanwhile: it may have come before the update.

    Returns what `home` reads.
    """
    ending = services.stores.message_leases.ending_update(run_id, update)
    run, _, is_home_open = services.stores.runs.get_with(run_id, ending, home)
    if run is not None and run.is_final:
        services.stores.outbox.enqueue(NotificationKind.FINAL, run_id)
    return bool(is_home_open)


def _show(run: Run, services: Services, *, now: datetime) -> None:
    if run.card_ts is not None:
        cards = run_cards(run, now=now)
        services.slack.gateway.update_now(run.channel_id, run.card_ts, cards)
