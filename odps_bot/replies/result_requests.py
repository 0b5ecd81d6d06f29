"""Requests for a result as a file or chart, and the ephemeral reply to whoever requested it."""

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address, EphemeralReplies
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Outbox


def ask_for(
    kind: NotificationKind,
    run_id: str,
    address: Address,
    *,
    outbox: Outbox,
    ephemeral_replies: EphemeralReplies,
) -> None:
    """Enqueue a CSV or a CHART; whoever requests it last gets the reply."""
    ephemeral_replies.remember_address(_ask_id(kind, run_id), address)
    outbox.enqueue(kind, run_id)


def is_asked_for(
    kind: NotificationKind, run_id: str, *, ephemeral_replies: EphemeralReplies
) -> bool:
    """Return whether its requester can still get a reply."""
    return ephemeral_replies.address(_ask_id(kind, run_id)) is not None


def answer_request(
    kind: NotificationKind, run_id: str, message: Message, *, ephemeral_replies: EphemeralReplies
) -> None:
    """Enqueue the reply to the requester; it is dropped if the request was too long ago."""
    ephemeral_replies.give(_ask_id(kind, run_id), message)


def _ask_id(kind: NotificationKind, run_id: str) -> str:
    return f"{kind}-{run_id}"
