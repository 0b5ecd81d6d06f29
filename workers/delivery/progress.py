"""Keep the milestones of a run in its thread: one reply, updated in place."""

import logging
from datetime import timedelta

from odps_bot.messages.run.progress import progress_reply
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.errors import MessageGoneError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.message_leases import UPDATE_INTERVAL
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT
from workers.delivery.cards import WAIT_FOR_CARD

log = logging.getLogger(__name__)

#: What the first words in a thread leave to cards and ends in the same channel.
RESERVE_OF_POSTS = 2


def deliver_progress(run_id: str, services: Services) -> timedelta | None:
    """Post or update the milestones.

    Returns when to try again, or None when they are delivered.
    """
    run = services.stores.runs.get(run_id)
    if run is None or not run.milestones or _is_untold(run):
        return None
    if run.progress_ts is not None:
        if not run.is_final and not services.stores.message_leases.begin_update_interval(
            NotificationKind.PROGRESS, run_id
        ):
            return UPDATE_INTERVAL
        try:
            services.slack.gateway.update(
                run.channel_id,
                run.progress_ts,
                [progress_reply(run)],
                reserve=RESERVE_OF_BEST_EFFORT,
            )
        except MessageGoneError as error:
            log.info("the milestones of run %s are not shown any more: %s", run.name, error)
            services.stores.runs.note(run_id, is_progress_gone=True)
        return None
    if run.is_final:
        return None
    if run.card_ts is None:
        return WAIT_FOR_CARD
    posted = services.slack.gateway.post_once(
        PostId(
            kind=NotificationKind.PROGRESS,
            subject_id=run_id,
            after=len(run.gone_cards),
            since=run.requested_at,
        ),
        [progress_reply(run)],
        Place(run.channel_id, run.reply_to),
        reserve=RESERVE_OF_POSTS,
    )
    services.stores.runs.note(run_id, progress_ts=posted.ts)
    return None


def _is_untold(run: Run) -> bool:
    """Return whether there is no place for milestones, or not at present."""
    is_without_card = run.is_card_refused or run.has_lost_too_many_cards
    return is_without_card or run.is_progress_gone or run.card_closed_since is not None
