"""Reply to the person who asked, and to nobody else."""

from datetime import timedelta

from odps_bot.messages.replies import ephemeral
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.services import Services
from odps_bot.slack.posts import PostId
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery.home import home_changed


def deliver_reply(interaction_id: str, services: Services) -> timedelta | None:
    """Reply with what was stored for this interaction, unless its address has expired."""
    renderings = services.stores.ephemeral_replies.answer(interaction_id)
    address = services.stores.ephemeral_replies.address(interaction_id)
    if renderings and address is not None:
        post_id = PostId(
            kind=NotificationKind.EPHEMERAL, subject_id=interaction_id, field="interaction_id"
        )
        services.slack.gateway.reply_once(post_id, address, renderings)
    return None


def deliver_refusal(run_id: str, services: Services) -> timedelta | None:
    """Tell the requester of a run why it never ran."""
    run = services.stores.runs.get(run_id)
    if run is None:
        return None
    home_changed(run, services)
    address = services.stores.ephemeral_replies.address(run_id) or Address(
        user_id=run.user_id,
        channel_id=run.channel_id,
        thread_ts=run.thread_ts,
        team_id=run.team_id,
    )
    post_id = PostId(kind=NotificationKind.REFUSAL, subject_id=run_id, since=run.requested_at)
    services.slack.gateway.reply_once(post_id, address, [ephemeral.refusal(run)])
    return None
