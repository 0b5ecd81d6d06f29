"""Keep the milestones of a run in its thread: one reply, updated in place."""

from datetime import timedelta

from odps_bot.messages.run.progress import progress_reply
from odps_bot.services import Services
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.message_leases import UPDATE_INTERVAL
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT
from workers.delivery.cards import WAIT_FOR_CARD

#: What the first words in a thread leave to cards and ends in the same channel.
RESERVE_OF_POSTS = 2


def deliver_progress(run_id: str, services: Services) -> timedelta | None:
    """Post or update the milestones.

    Returns when to try again, or None when they are delivered.
    """
    run = services.stores.runs.get(run_id)
    if run is None or run.is_card_refused or not run.milestones:
        return None
    if run.progress_ts is not None:
        if not run.is_final and not services.stores.message_leases.begin_update_interval(
            NotificationKind.PROGRESS, run_id
        ):
            return UPDATE_INTERVAL
        services.slack.gateway.update(
            run.channel_id, run.progress_ts, [progress_reply(run)], reserve=RESERVE_OF_BEST_EFFORT
        )
        return None
    if run.is_final:
        return None
    if run.card_ts is None:
        return WAIT_FOR_CARD
    posted = services.slack.gateway.post_once(
        PostId(kind=NotificationKind.PROGRESS, subject_id=run_id, since=run.requested_at),
        [progress_reply(run)],
        Place(run.channel_id, run.reply_to),
        reserve=RESERVE_OF_POSTS,
    )
    services.stores.runs.note(run_id, progress_ts=posted.ts)
    return None
