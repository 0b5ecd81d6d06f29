"""Answer the inquiries that are due; the answers wait in the outbox to be delivered.

A Logview link carries a token: it is sent from here, and never stored.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from odps_bot.replies.inquiries import Inquiry, InstanceInquiry
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery.entries import CONCURRENCY, LEASE, ROUND, SENT, audit, handle
from workers.queries.inquiry import answer_inquiry


def answer_due(services: Services) -> None:
    """Ask MaxCompute for what people wait for, for at most a round; safe to run twice."""
    end = services.clock() + ROUND
    with ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="inquirer") as inquirers:
        while services.clock() < end:
            entries = services.stores.outbox.claim(
                limit=CONCURRENCY, lease=LEASE, kinds=(NotificationKind.INQUIRY,)
            )
            if not entries:
                return
            list(inquirers.map(partial(handle, handler=_answer, services=services), entries))
            services.jobs.deliver()


def _answer(interaction_id: str, services: Services) -> timedelta | None:
    """Store the answer to be delivered, or send it; return when to ask again if there is none."""
    inquiry = services.stores.ephemeral_replies.inquiry(interaction_id)
    address = services.stores.ephemeral_replies.address(interaction_id)
    if inquiry is None or address is None:
        return None
    answer = answer_inquiry(interaction_id, inquiry, services)
    if isinstance(answer, timedelta):
        return answer
    if _has_token(inquiry):
        services.slack.gateway.reply_ephemeral(address, answer)
        audit(NotificationKind.EPHEMERAL, interaction_id, SENT, services)
    else:
        services.stores.ephemeral_replies.give(interaction_id, answer[0], plainer=answer[1:])
    return None


def _has_token(inquiry: Inquiry) -> bool:
    return isinstance(inquiry, InstanceInquiry) and inquiry.wants == "logview"
