"""Replies that only one person sees, and the inquiries that MaxCompute must answer first.

A response_url is a secret: it stays in Redis, under an id, as long as Slack honours it. Where there
is none, as after a mention or a modal, the reply is an ephemeral message.
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

#: Stores a reply; that one was sent is forgotten, unless it is the same.
#: KEYS reply, lease of sending it. ARGV reply, life in s.
_GIVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then redis.call('DEL', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
"""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person's ephemeral reply goes."""

    user_id: str
    channel_id: str = ""  #: empty: a direct message
    thread_ts: str | None = None
    team_id: str = ""  #: of the installation
    response_url: str = ""
    is_mention: bool = False  #: of a person who wrote `@odps …`, rather than `/odps …`
    replaces: bool = False  #: the reply replaces the ephemeral message that was clicked


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    blocks: list[dict[str, object]]


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    forms: list[_Form]


def file_request(kind: NotificationKind, run_id: str) -> str:
    """Return the id of the request for a file of a run's result, as of an interaction."""
    return f"{kind}-{run_id}"


class EphemeralReplies:
    """The replies to send. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis, outbox: Outbox) -> None:
        self._redis = redis
        self._outbox = outbox
        self._give = redis.register_script(_GIVE)

    def remember_address(self, interaction_id: str, address: Address) -> None:
        """Save where the reply to an interaction goes, as long as Slack honours it."""
        self.remembering(interaction_id, address).run(self._redis)

    @staticmethod
    def remembering(interaction_id: str, address: Address) -> Pipelined[None]:
        """Return what `remember_address` writes."""
        key, life_s = keys.reply_address(interaction_id), keys.reply_address.life_s
        return Pipelined(
            [("SET", key, msgspec.json.encode(address), "EX", life_s)], lambda _responses: None
        )

    def address(self, interaction_id: str) -> Address | None:
        """Return the address, or None when it has expired. Raises CorruptRecordError."""
        kept = self._redis.get(keys.reply_address(interaction_id))
        return decode(kept, Address) if isinstance(kept, bytes) else None

    def request_file(self, kind: NotificationKind, run_id: str, address: Address) -> None:
        """Enqueue a CSV or a CHART; whoever requests it last gets the reply, even the same one."""
        interaction_id = file_request(kind, run_id)
        self._redis.delete(keys.ephemeral_reply(interaction_id))
        self.remember_address(interaction_id, address)
        self._outbox.enqueue(kind, run_id)

    def is_file_requested(self, kind: NotificationKind, run_id: str) -> bool:
        """Return whether its requester can still get a reply."""
        return self.address(file_request(kind, run_id)) is not None

    def ask(self, interaction_id: str, inquiry: Inquiry) -> None:
        """Enqueue an inquiry; a worker replies to it."""
        self._redis.set(
            keys.inquiry(interaction_id), msgspec.json.encode(inquiry), ex=keys.inquiry.life
        )
        self._outbox.enqueue(NotificationKind.INQUIRY, interaction_id)

    def inquiry(self, interaction_id: str) -> Inquiry | None:
        """Return the inquiry, or None when it has expired. Raises CorruptRecordError."""
        kept = self._redis.get(keys.inquiry(interaction_id))
        return decode(kept, Inquiry) if isinstance(kept, bytes) else None

    def note(self, interaction_id: str, inquiry: Inquiry) -> None:
        """Save what is known about the inquiry now; it expires when it would have."""
        kept = msgspec.json.encode(inquiry)
        self._redis.set(keys.inquiry(interaction_id), kept, xx=True, keepttl=True)

    def give(
        self, interaction_id: str, message: Message, *, plainer: Sequence[Message] = ()
    ) -> None:
        """Enqueue a reply; `plainer` fallbacks are for a Slack that refuses its blocks.

        Another one than before is sent although the one before was; the same is not sent again.
        """
        body, life_s = _encode(message, plainer), keys.ephemeral_reply.life_s
        lease = keys.post_lease(NotificationKind.EPHEMERAL, interaction_id)
        self._give(keys=[keys.ephemeral_reply(interaction_id), lease], args=[body, life_s])
        self._outbox.enqueue(NotificationKind.EPHEMERAL, interaction_id)

    def give_once(self, interaction_id: str, message: Message) -> None:
        """Enqueue the only reply to an interaction: whoever repeats this sends no other one."""
        key, life = keys.ephemeral_reply(interaction_id), keys.ephemeral_reply.life
        self._redis.set(key, _encode(message), ex=life, nx=True)
        self._outbox.enqueue(NotificationKind.EPHEMERAL, interaction_id)

    def give_unless_answered(
        self, interaction_id: str, message: Message, *, within: timedelta
    ) -> None:
        """Enqueue what is said where no other reply is given `within` a while."""
        key, life = keys.ephemeral_reply(interaction_id), keys.ephemeral_reply.life
        if self._redis.set(key, _encode(message), ex=life, nx=True):
            self._outbox.enqueue_later(NotificationKind.EPHEMERAL, interaction_id, delay=within)

    def withdraw(self, interaction_id: str) -> None:
        """Take back a reply that was not sent yet: the person has got another one."""
        self._redis.delete(keys.ephemeral_reply(interaction_id))
        if entry := self._outbox.find(NotificationKind.EPHEMERAL, interaction_id):
            self._outbox.ack(entry)

    def answer(self, interaction_id: str) -> list[Message]:
        """Return the reply and its fallbacks, best first, or nothing when it has expired.

        Raises CorruptRecordError.
        """
        kept = self._redis.get(keys.ephemeral_reply(interaction_id))
        if not isinstance(kept, bytes):
            return []
        answer = decode(kept, _Answer)
        return [Message(form.text, form.blocks) for form in answer.forms]


def _encode(message: Message, plainer: Sequence[Message] = ()) -> bytes:
    forms = [_Form(text=form.text, blocks=form.blocks) for form in (message, *plainer)]
    return msgspec.json.encode(_Answer(forms=forms))
