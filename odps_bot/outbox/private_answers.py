"""Answers that only the person who asked sees, and the questions that need MaxCompute first.

A response_url is a secret: it stays in Redis, under an id, as long as Slack honours it. Where there
is none, as with a mention or a modal, the person is whispered to.
"""

from datetime import timedelta
from typing import Literal

import msgspec
from redis import Redis

from odps_bot.messages import Message
from odps_bot.outbox.mailbox import EntryKind, Outbox
from odps_bot.runs import keys

#: https://docs.slack.dev/interactivity/handling-user-interaction
RESPONSE_URL_LIFE = timedelta(minutes=30)


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person's private answer goes."""

    user_id: str
    channel_id: str = ""  #: empty: a direct message
    thread_ts: str | None = None
    response_url: str = ""
    replaces: bool = False  #: the answer takes the place of the private question that was clicked


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """A question about an instance that only MaxCompute can answer."""

    wants: Literal["logview", "status"]
    project: str
    instance_id: str
    name: str  #: what the person called it
    channel_id: str
    user_id: str


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    blocks: list[dict[str, object]]


class PrivateAnswers:
    """Where private answers go, and what waits to be answered."""

    def __init__(self, redis: Redis, outbox: Outbox) -> None:
        self._redis = redis
        self._outbox = outbox

    def remember_address(self, ask_id: str, address: Address) -> None:
        """Keep the address for the answer to `ask_id` as long as Slack honours it."""
        kept = msgspec.json.encode(address)
        self._redis.set(keys.address(ask_id), kept, ex=RESPONSE_URL_LIFE)

    def address(self, ask_id: str) -> Address | None:
        """Return the address, or None when it has expired. Raises ValueError when damaged."""
        kept = self._redis.get(keys.address(ask_id))
        return msgspec.json.decode(kept, type=Address) if isinstance(kept, bytes) else None

    def ask(self, ask_id: str, inquiry: Inquiry) -> None:
        """Book a question; a worker answers it."""
        self._redis.set(keys.inquiry(ask_id), msgspec.json.encode(inquiry), ex=RESPONSE_URL_LIFE)
        self._outbox.put(EntryKind.INQUIRY, ask_id)

    def inquiry(self, ask_id: str) -> Inquiry | None:
        """Return the question, or None when it has expired. Raises ValueError when damaged."""
        kept = self._redis.get(keys.inquiry(ask_id))
        return msgspec.json.decode(kept, type=Inquiry) if isinstance(kept, bytes) else None

    def give(self, ask_id: str, message: Message) -> None:
        """Book an answer to be given."""
        answer = _Answer(text=message.text, blocks=message.blocks)
        self._redis.set(keys.answer(ask_id), msgspec.json.encode(answer), ex=RESPONSE_URL_LIFE)
        self._outbox.put(EntryKind.ANSWER, ask_id)

    def answer(self, ask_id: str) -> Message | None:
        """Return the answer, or None when it has expired. Raises ValueError when damaged."""
        kept = self._redis.get(keys.answer(ask_id))
        if not isinstance(kept, bytes):
            return None
        answer = msgspec.json.decode(kept, type=_Answer)
        return Message(answer.text, answer.blocks)
