"""Answer the inquiries that are due; the answers wait in the outbox to be delivered.

A Logview link carries a token: it is sent from here, and never stored.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.replies.inquiries import Inquiry, InstanceInquiry
from odps_bot.services import Services
from odps_bot.slack.posts import PostId
from odps_bot.store.message_leases import Attempt
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.renewal import renewed
from workers.delivery.entries import CONCURRENCY, LEASE, ROUND, SENT, audit, handle
from workers.queries.inquiry import answer_inquiry

#: What leases call the answering of an inquiry, and that it was answered.
ASKING, ANSWERED = "inquiry-asking", "answered"

#: MaxCompute may take longer to respond than the lease lasts; who hangs for longer loses it.
RENEWED_EVERY = timedelta(seconds=15)
LONGEST_ANSWER = timedelta(minutes=5)

#: When to see whether the worker that has it has answered.
IN_OTHER_HANDS = timedelta(seconds=5)


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
    """Answer an inquiry, once; return when to ask again if there is no answer.

    It has a lease for as long as it takes: whoever loses it does not hand over the answer.
    """
    inquiry = services.stores.ephemeral_replies.inquiry(interaction_id)
    address = services.stores.ephemeral_replies.address(interaction_id)
    if inquiry is None or address is None:
        return None
    lease = services.stores.message_leases.begin_post(ASKING, interaction_id)
    if lease is None:
        return IN_OTHER_HANDS
    if ANSWERED in lease.attempts:
        return None
    try:
        with renewed(lease.renew, every=RENEWED_EVERY, at_most=LONGEST_ANSWER):
            answer = answer_inquiry(interaction_id, inquiry, services)
        if not isinstance(answer, timedelta):
            if not lease.renew():
                return IN_OTHER_HANDS
            _hand_over(answer, interaction_id, inquiry, address, services)
    except Exception:
        lease.end()
        raise
    if isinstance(answer, timedelta):
        lease.end()
        return answer
    lease.renew({ANSWERED: Attempt(count=1, is_taken=True)}, span=timedelta(0))
    return None


def _hand_over(
    answer: Sequence[Message],
    interaction_id: str,
    inquiry: Inquiry,
    address: Address,
    services: Services,
) -> None:
    """Store the answer to be delivered, or send it where it must not be stored."""
    if _has_token(inquiry):
        post_id = PostId(
            kind=NotificationKind.INQUIRY, subject_id=interaction_id, field="interaction_id"
        )
        services.slack.gateway.reply_once(post_id, address, answer)
        audit(NotificationKind.EPHEMERAL, interaction_id, SENT, services)
    else:
        services.stores.ephemeral_replies.give(interaction_id, answer[0], plainer=answer[1:])


def _has_token(inquiry: Inquiry) -> bool:
    return isinstance(inquiry, InstanceInquiry) and inquiry.wants == "logview"
