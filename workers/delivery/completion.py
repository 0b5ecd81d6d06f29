"""Post the one reply at the end of a run, and the direct message that its requester may want."""

import logging
from datetime import timedelta

from odps_bot.messages import text as t
from odps_bot.messages.run.completion import completion_by_direct_message, completion_replies
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.errors import SlackError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.preferences import NotifyStyle
from workers.delivery.cards import WAIT_FOR_CARD

log = logging.getLogger(__name__)

#: What ends leave to the cards of new runs in the same channel: those are waited for.
RESERVE_OF_POSTS = 1


def deliver_completion(run_id: str, services: Services) -> timedelta | None:
    """Post the reply at the end, in the nearest place that Slack allows.

    Returns when to try again, or None when it is delivered.
    """
    run, now = services.stores.runs.get_with(run_id, services.time)
    if run is None or not run.is_final or run.completion_ts is not None:
        return None
    if run.awaits_card:
        return WAIT_FOR_CARD
    style = services.stores.preferences.get(run.team_id, run.user_id).notify
    in_channel = (Place(run.channel_id, run.reply_to), Place(run.channel_id))
    posted = services.slack.gateway.post_once(
        PostId(kind=NotificationKind.COMPLETION, subject_id=run_id, since=run.requested_at),
        completion_replies(run, now=now, notify=style),
        *(() if run.is_card_refused else in_channel),
        Place(run.user_id),
        reserve=RESERVE_OF_POSTS,
    )
    if style is NotifyStyle.DIRECT and posted.place in in_channel:
        _enqueue_direct_message(run, posted.ts, services)
    services.stores.runs.note(run_id, completion_ts=posted.ts)
    return None


def _enqueue_direct_message(run: Run, reply_ts: str, services: Services) -> None:
    """Enqueue the direct message about a run whose reply is in its channel; safe to run twice.

    It is not repeated when Slack refuses it: the reply has said everything.
    """
    if run.channel_id.startswith("D"):
        return
    message = completion_by_direct_message(
        run, now=services.clock(), where=_where(run, reply_ts, services)
    )
    interaction_id = f"end-{run.run_id}"
    address = Address(user_id=run.user_id, team_id=run.team_id)
    services.stores.ephemeral_replies.remember_address(interaction_id, address)
    services.stores.ephemeral_replies.give_once(interaction_id, message)


def _where(run: Run, reply_ts: str, services: Services) -> str:
    try:
        address = services.slack.gateway.permalink(run.channel_id, reply_ts)
    except SlackError as error:
        log.info("no link to the reply in a direct message: %s", error)
        return f"<#{run.channel_id}>"
    return f"<{t.escape(address)}|the reply> in <#{run.channel_id}>"
