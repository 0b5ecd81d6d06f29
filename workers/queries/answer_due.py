"""Answer the inquiries that are due; the answers wait in the outbox to be delivered.

A Logview link carries a token: it is sent from here, and never stored.
"""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import timedelta
from functools import partial

from odps_bot.job_deadline import time_left
from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.replies.inquiries import Inquiry, InstanceInquiry, RefreshInquiry
from odps_bot.services import Services
from odps_bot.slack.posts import PostId
from odps_bot.store.message_leases import Attempt
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Entry
from odps_bot.store.renewal import renewed
from workers.delivery.cards import show_refreshed_card
from workers.delivery.entries import CONCURRENCY, LEASE, ROUND, SENT, audit, handle
from workers.queries.inquiry import answer_inquiry

#: What leases call the answering of an inquiry, and that it was answered.
ASKING, ANSWERED = "inquiry-asking", "answered"

#: MaxCompute may take longer to respond than the lease lasts; who hangs for longer loses it.
RENEWED_EVERY = timedelta(seconds=15)
LONGEST_ANSWER = timedelta(minutes=5)

#: While some are asked, others are claimed this often.
NEXT_CLAIM = timedelta(seconds=0.2)

#: A job that has less time left claims nothing: the next one does.
SHORTEST_ANSWER = timedelta(seconds=30)

#: When to see whether the worker that has it has answered.
IN_OTHER_HANDS = timedelta(seconds=5)


def answer_due(services: Services) -> None:
    """Ask MaxCompute for what people wait for, for about a round; safe to run twice.

    An inquiry that takes long holds up no other: while one does, whatever comes is answered.
    """
    end = services.clock() + ROUND
    under_way: set[Future[bool]] = set()
    with ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="inquirer") as inquirers:
        while under_way or services.clock() < end:
            entries = _claim(CONCURRENCY - len(under_way), services)
            for entry in entries:
                # The job's deadline holds in the thread that answers, too.
                handling = partial(handle, entry, handler=_answer, services=services)
                under_way.add(inquirers.submit(copy_context().run, handling))
            if not under_way:
                return
            done, under_way = _wait(under_way)
            for future in done:
                future.result()
            if done:
                services.jobs.deliver()


def _claim(limit: int, services: Services) -> list[Entry]:
    """Claim inquiries, unless so much of the job's time is over that they could not be answered."""
    left = time_left()
    if limit <= 0 or (left is not None and left < SHORTEST_ANSWER):
        return []
    return services.stores.outbox.claim(limit=limit, lease=LEASE, kinds=(NotificationKind.INQUIRY,))


def _wait(under_way: set[Future[bool]]) -> tuple[set[Future[bool]], set[Future[bool]]]:
    """Return those that are done, after a moment at most, and those that are not."""
    return wait(under_way, timeout=NEXT_CLAIM.total_seconds(), return_when=FIRST_COMPLETED)


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
    """Store the answer to be delivered, or send it where it must not be stored.

    An empty one is shown already.
    """
    if isinstance(inquiry, RefreshInquiry) and not answer:
        show_refreshed_card(inquiry.run_id, address, services, is_private=inquiry.is_private)
    elif not answer:
        audit(NotificationKind.EPHEMERAL, interaction_id, SENT, services)
    elif _has_token(inquiry):
        post_id = PostId(
            kind=NotificationKind.INQUIRY, subject_id=interaction_id, field="interaction_id"
        )
        services.slack.gateway.reply_once(post_id, address, answer)
        services.stores.ephemeral_replies.withdraw(interaction_id)
        audit(NotificationKind.EPHEMERAL, interaction_id, SENT, services)
    else:
        services.stores.ephemeral_replies.give(interaction_id, answer[0], plainer=answer[1:])


def _has_token(inquiry: Inquiry) -> bool:
    return isinstance(inquiry, InstanceInquiry) and inquiry.wants == "logview"
