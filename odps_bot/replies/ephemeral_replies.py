"""Answers that only the person who asked sees, and the questions that need MaxCompute first.

A response_url is a secret: it stays in Redis, under an id, as long as Slack honours it. Where there
is none, as with a mention or a modal, the person is whispered to.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from redis import Redis

from odps_bot.messages import Message
from odps_bot.replies.inquiries import Inquiry
from odps_bot.store import keys
from odps_bot.store.codec import decode
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Outbox
from odps_bot.store.pipelined import Pipelined

#: https://docs.slack.dev/interactivity/handling-user-interaction
RESPONSE_URL_LIFE = timedelta(minutes=30)


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person's private answer goes."""

    user_id: str
    channel_id: str = ""  #: empty: a direct message
    thread_ts: str | None = None
    team_id: str = ""  #: of the installation
    response_url: str = ""
    replaces: bool = False  #: the answer takes the place of the private question that was clicked


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    blocks: list[dict[str, object]]


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    forms: list[_Form]


class EphemeralReplies:
    """Where private answers go, and what waits to be answered."""

    def __init__(self, redis: Redis, outbox: Outbox) -> None:
        self._redis = redis
        self._outbox = outbox

    def remember_address(self, interaction_id: str, address: Address) -> None:
        """Keep the address for the answer to `interaction_id` as long as Slack honours it."""
        self.remembering(interaction_id, address).run(self._redis)

    @staticmethod
    def remembering(interaction_id: str, address: Address) -> Pipelined[None]:
        """Return what `remember_address` writes."""
        kept, life_s = msgspec.json.encode(address), int(RESPONSE_URL_LIFE.total_seconds())
        return Pipelined(
            [("SET", keys.address(interaction_id), kept, "EX", life_s)], lambda _responses: None
        )

    def address(self, interaction_id: str) -> Address | None:
        """Return the address, or None when it has expired. Raises CorruptRecordError."""
        kept = self._redis.get(keys.address(interaction_id))
        return decode(kept, Address) if isinstance(kept, bytes) else None

    def ask(self, interaction_id: str, inquiry: Inquiry) -> None:
        """Book a question; a worker answers it."""
        self._redis.set(
            keys.inquiry(interaction_id), msgspec.json.encode(inquiry), ex=RESPONSE_URL_LIFE
        )
        self._outbox.enqueue(NotificationKind.INQUIRY, interaction_id)

    def inquiry(self, interaction_id: str) -> Inquiry | None:
        """Return the question, or None when it has expired. Raises CorruptRecordError."""
        kept = self._redis.get(keys.inquiry(interaction_id))
        return decode(kept, Inquiry) if isinstance(kept, bytes) else None

    def note(self, interaction_id: str, inquiry: Inquiry) -> None:
        """Keep what is known of the question by now, unless it has expired; it lives no longer."""
        kept = msgspec.json.encode(inquiry)
        self._redis.set(keys.inquiry(interaction_id), kept, xx=True, keepttl=True)

    def give(
        self, interaction_id: str, message: Message, *, plainer: Sequence[Message] = ()
    ) -> None:
        """Book an answer to be given; `plainer` forms serve where Slack refuses its blocks."""
        forms = [_Form(text=form.text, blocks=form.blocks) for form in (message, *plainer)]
        kept = msgspec.json.encode(_Answer(forms=forms))
        self._redis.set(keys.answer(interaction_id), kept, ex=RESPONSE_URL_LIFE)
        self._outbox.enqueue(NotificationKind.EPHEMERAL, interaction_id)

    def answer(self, interaction_id: str) -> list[Message]:
        """Return the forms of the answer, best first, or none when it has expired.

        Raises CorruptRecordError.
        """
        kept = self._redis.get(keys.answer(interaction_id))
        if not isinstance(kept, bytes):
            return []
        answer = decode(kept, _Answer)
        return [Message(form.text, form.blocks) for form in answer.forms]
