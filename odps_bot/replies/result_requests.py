"""Asking for a result as a file or chart: the outbox remembers what, and who is told of it."""

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address, PrivateAnswers
from odps_bot.store.outbox import EntryKind, Outbox


def ask_for(
    kind: EntryKind,
    run_id: str,
    address: Address,
    *,
    outbox: Outbox,
    private_answers: PrivateAnswers,
) -> None:
    """Book a CSV or a CHART; who asks last is told privately what came of it."""
    private_answers.remember_address(_ask_id(kind, run_id), address)
    outbox.put(kind, run_id)


def is_asked_for(kind: EntryKind, run_id: str, *, private_answers: PrivateAnswers) -> bool:
    """Return whether somebody can still be told what comes of it."""
    return private_answers.address(_ask_id(kind, run_id)) is not None


def answer_request(
    kind: EntryKind, run_id: str, message: Message, *, private_answers: PrivateAnswers
) -> None:
    """Book the private answer to who asked; nobody hears it when that was too long ago."""
    private_answers.give(_ask_id(kind, run_id), message)


def _ask_id(kind: EntryKind, run_id: str) -> str:
    return f"{kind}-{run_id}"
