"""What a channel is told of a project: what happened, and the messages that say so; in Redis.

What happened is appended to a list, each thing once; it is folded into the board of the channel's
messages by a compare-and-set that shortens the list in the same step.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec
from redis import Redis

from odps_bot.runs import former_records
from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError, Instant, decode
from odps_bot.store.redis_values import REDIS_NOW

log = logging.getLogger(__name__)

#: What was told is known for so long, so that it is not told again.
EVENT_LIFE = timedelta(days=2)

#: What waits to be told lives longer than the longest pause.
DIGEST_LIFE = timedelta(days=16)

#: So many things are folded at once.
EVENTS_AT_ONCE = 200

#: Appends what happened, once. KEYS noticed, happened. ARGV id, record, lives of both in s.
_ADD = (
    REDIS_NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
if redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1]) == 1 then
  redis.call('RPUSH', KEYS[2], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[4])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""
)

#: Saves the board if nobody else did since it was read. KEYS board, happened.
#: ARGV revision, record, life in s, how much of what happened it contains now.
_SAVE = """
local revision = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if revision ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'revision', revision + 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[2], ARGV[4], -1)
return 1
"""


class Outcome(StrEnum):
    """What is heard of an instance."""

    FAILED = "failed"
    SLOW = "slow"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class InstanceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to an instance, and that a channel wants to hear of."""

    outcome: Outcome
    instance_id: str
    at: Instant
    fingerprint: str  #: the same for repeats of the same
    owner: str | None = None
    took: timedelta | None = None  #: so far, when it is slow
    usual: timedelta | None = None
    error: str | None = None  #: in MaxCompute's words; None: it has not failed, or silently
    sql: str | None = None  #: the first of it, where the channel may see it

    def __post_init__(self) -> None:
        if self.error == former_records.NO_REASON:
            msgspec.structs.force_setattr(self, "error", None)

    @property
    def key(self) -> str:
        """What is told once in a channel."""
        return f"{self.instance_id} {self.outcome}"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Repeats of the same, told as one."""

    key: str
    latest: InstanceEvent
    first_at: Instant
    count: int
    instance_ids: tuple[str, ...]  #: the latest of them, oldest first
    opened_at: Instant


class Post(msgspec.Struct, frozen=True, kw_only=True, rename={"updated_at": "edited_at"}):
    """A message: one group, or several as a digest."""

    post_id: str
    groups: tuple[Group, ...]
    left_out: int = 0  #: jobs of further groups
    ts: str | None = None  #: None: it waits to be posted
    posted_at: Instant | None = None
    updated_at: Instant | None = None
    is_stale: bool = False  #: Slack shows less than is known


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A group of which the channel does not want to hear for a while."""

    key: str
    until: Instant
    user_id: str


class Digest(msgspec.Struct, frozen=True, kw_only=True, rename={"silences": "mutes"}):
    """The messages about a project in a channel that may still change."""

    posts: tuple[Post, ...] = ()
    silences: tuple[Silence, ...] = ()
    posted_at: Instant | None = None  #: the last time something was posted


class DigestStore:
    """The boards of all subscriptions. Methods raise redis.RedisError without Redis.

    `about` is a subscription's name in the outbox.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)
        self._save = redis.register_script(_SAVE)

    def add(self, about: str, happening: InstanceEvent) -> None:
        """Let it be told, unless it was already."""
        life_s, board_s = (int(span.total_seconds()) for span in (EVENT_LIFE, DIGEST_LIFE))
        self._add(
            keys=[keys.noticed(about), keys.happened(about)],
            args=[happening.key, msgspec.json.encode(happening), life_s, board_s],
        )

    def board(self, about: str) -> Digest:
        """Return the board as it is."""
        return self._read(about)[0]

    def fold(self, about: str, decide: Callable[[Digest, list[InstanceEvent]], Digest]) -> Digest:
        """Let `decide` put what happened onto the board; return it as it is then.

        `decide` must be pure; it is called again while others change the board meanwhile.
        """
        while True:
            board, revision = self._read(about)
            listed: Any = self._redis.lrange(keys.happened(about), 0, EVENTS_AT_ONCE - 1)
            after = decide(board, [found for one in listed if (found := _happening(one))])
            if after == board and not listed:
                return board
            is_saved = self._write(about, after, revision, apply_events=len(listed))
            if is_saved and len(listed) < EVENTS_AT_ONCE:
                return after

    def change(self, about: str, decide: Callable[[Digest], Digest]) -> Digest:
        """Change the board; `decide` must be pure."""
        while True:
            board, revision = self._read(about)
            after = decide(board)
            if after == board or self._write(about, after, revision, apply_events=0):
                return after

    def forget(self, about: str) -> None:
        """Drop what is not told yet. What was told is remembered."""
        self._redis.delete(keys.notices(about), keys.happened(about))

    def _read(self, about: str) -> tuple[Digest, int]:
        record, revision = self._redis.hmget(keys.notices(about), ["record", "revision"])
        if record is None:
            return Digest(), 0
        try:
            return decode(record, Digest), int(revision or 0)
        except ValueError as error:
            log.error("discarding the corrupt digest of %s: %s", about, error)  # noqa: TRY400  -- says it all
            self._redis.delete(keys.notices(about))
            return Digest(), 0

    def _write(self, about: str, board: Digest, revision: int, *, apply_events: int) -> bool:
        life_s = int(DIGEST_LIFE.total_seconds())
        saved = self._save(
            keys=[keys.notices(about), keys.happened(about)],
            args=[revision, msgspec.json.encode(board), life_s, apply_events],
        )
        return bool(saved)


def _happening(kept: bytes) -> InstanceEvent | None:
    try:
        return decode(kept, InstanceEvent)
    except CorruptRecordError as error:
        log.error("discarding a corrupt event: %s", error)  # noqa: TRY400  -- likewise
        return None
