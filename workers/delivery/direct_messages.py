"""Tell the requester of the end of a run by a direct message too, if that is their wish."""

import logging

from odps_bot.messages import text as t
from odps_bot.messages.run.completion import completion_by_direct_message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackError

log = logging.getLogger(__name__)


def tell_directly(run: Run, reply_ts: str, services: Services) -> None:
    """Book the direct message about a run whose reply stands in its channel; safe to run twice.

    It is not repeated when Slack refuses it: the reply has told everything.
    """
    if run.channel_id.startswith("D"):
        return
    message = completion_by_direct_message(
        run, now=services.clock(), where=_where(run, reply_ts, services)
    )
    interaction_id = f"end-{run.run_id}"
    address = Address(user_id=run.user_id, team_id=run.team_id)
    services.stores.ephemeral_replies.remember_address(interaction_id, address)
    services.stores.ephemeral_replies.give(interaction_id, message)


def _where(run: Run, reply_ts: str, services: Services) -> str:
    try:
        address = services.slack.messages.permalink(run.channel_id, reply_ts)
    except SlackError as error:
        log.info("no link to the reply in a direct message: %s", error)
        return f"<#{run.channel_id}>"
    return f"<{t.escape(address)}|the reply> in <#{run.channel_id}>"
