"""The events that a subscription's channel is notified of, and the alerts that show them.

In Redis, events are appended to a list, each once. They are moved into the subscription's digest
by a compare-and-set that shortens the list in the same step.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec
from redis import Redis

from odps_bot.diagnosis.finding import Finding
from odps_bot.runs import former_records
from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode, decode_or_discard
from odps_bot.store.redis_values import REDIS_NOW

log = logging.getLogger(__name__)

#: So many events are moved at once.
EVENTS_AT_ONCE = 200

#: While no worker delivers, so many wait for a subscription, and later ones are dropped.
MOST_PENDING = 5_000

#: Appends an event, once, and returns whether there is room for it. KEYS announced, pending.
#: ARGV id, record, lives of both in s, how many may be pending.
_ADD = (
    REDIS_NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[5]) then return 0 end
if redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1]) == 1 then
  redis.call('RPUSH', KEYS[2], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[4])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
)

#: Saves the digest if nobody else did since it was read. KEYS digest, pending.
#: ARGV revision, record, life in s, number of pending events that it contains now.
_SAVE = """
local revision = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if revision ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'revision', revision + 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[2], ARGV[4], -1)
return 1
"""


#: Deletes a digest and its pending events. Its revision goes on: who has read it before must not
#: take what is added later for what it has read. KEYS digest, pending. ARGV life in s.
_FORGET = """
redis.call('DEL', KEYS[2])
redis.call('HDEL', KEYS[1], 'record')
redis.call('HINCRBY', KEYS[1], 'revision', 1)
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


class Outcome(StrEnum):
    """What happened to an instance."""

    FAILED = "failed"
    SLOW = "slow"
    SICK = "sick"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class HiddenFailure(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of a failure whose text quotes the statement of another channel."""

    name: str  #: of the catalogue's entry
    code: str | None = None  #: such as ``ODPS-0130131``


class InstanceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to an instance and that a subscription includes."""

    outcome: Outcome
    instance_id: str
    at: Instant
    fingerprint: str  #: the same for repeats of the same
    owner: str | None = None
    took: timedelta | None = None  #: until now, if it is slow
    usual: timedelta | None = None
    runs: int = 0  #: that say what is usual
    is_waiting: bool = False  #: it took that long to wait, and still does
    finding: Finding | None = None  #: what holds it up, if it is sick
    error: str | None = None  #: in MaxCompute's words; None: it has not failed, or silently
    sql: str | None = None  #: the first of it, where the channel may see it
    hidden: HiddenFailure | None = None  #: in place of `error`, where it may not

    def __post_init__(self) -> None:
        if self.error == former_records.NO_REASON:
            msgspec.structs.force_setattr(self, "error", None)

    @property
    def key(self) -> str:
        """Identifies the event: a channel is notified of it once."""
        cause = f" {self.finding.kind}" if self.finding else ""
        return f"{self.instance_id} {self.outcome}{cause}"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Repeats of the same event, shown as one."""

    key: str
    latest: InstanceEvent
    first_at: Instant
    count: int
    instance_ids: tuple[str, ...]  #: the latest of them, oldest first
    opened_at: Instant


class Post(msgspec.Struct, frozen=True, kw_only=True, rename={"updated_at": "edited_at"}):
    """A message with one or more groups."""

    post_id: str
    groups: tuple[Group, ...]
    left_out: int = 0  #: jobs of further groups
    ts: str | None = None  #: None: not posted yet
    posted_at: Instant | None = None
    updated_at: Instant | None = None
    is_stale: bool = False  #: Slack shows less than is known


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A group whose repeats are not posted for a while."""

    key: str
    until: Instant
    user_id: str


class Digest(msgspec.Struct, frozen=True, kw_only=True, rename={"silences": "mutes"}):
    """A subscription's messages that may still change."""

    posts: tuple[Post, ...] = ()
    silences: tuple[Silence, ...] = ()
    posted_at: Instant | None = None  #: the last time something was posted


class DigestStore:
    """The digests of all subscriptions. Methods raise redis.RedisError when Redis does not respond.

    A `subscription_id` is that of `odps_bot.alerts.subscriptions.Subscription`.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)
        self._save = redis.register_script(_SAVE)
        self._forget = redis.register_script(_FORGET)

    def add(self, subscription_id: str, event: InstanceEvent) -> None:
        """Append the event unless it was appended before, or too many wait for a worker."""
        is_room = self._add(
            keys=[keys.announced_events(subscription_id), keys.pending_events(subscription_id)],
            args=[
                event.key,
                msgspec.json.encode(event),
                keys.announced_events.life_s,
                keys.pending_events.life_s,
                MOST_PENDING,
            ],
        )
        if not is_room:
            log.warning(
                "subscription %s: %s events wait for a worker to deliver; another one is dropped",
                subscription_id,
                MOST_PENDING,
            )

    def get(self, subscription_id: str) -> Digest:
        """Return the digest as it is."""
        return self._read(subscription_id)[0]

    def take_events(
        self, subscription_id: str, decide: Callable[[Digest, list[InstanceEvent]], Digest]
    ) -> Digest:
        """Let `decide` put the pending events into the digest, and return it.

        `decide` must be pure: it is called again when others change the digest at the same time.
        """
        while True:
            digest, revision = self._read(subscription_id)
            pending: Any = self._redis.lrange(
                keys.pending_events(subscription_id), 0, EVENTS_AT_ONCE - 1
            )
            events = [found for one in pending if (found := decode_or_discard(one, InstanceEvent))]
            after = decide(digest, events)
            if after == digest and not pending:
                return digest
            is_saved = self._write(subscription_id, after, revision, taken=len(pending))
            if is_saved and len(pending) < EVENTS_AT_ONCE:
                return after

    def change(self, subscription_id: str, decide: Callable[[Digest], Digest]) -> Digest:
        """Change the digest and return it; `decide` must be pure."""
        while True:
            digest, revision = self._read(subscription_id)
            after = decide(digest)
            if after == digest or self._write(subscription_id, after, revision, taken=0):
                return after

    def forget(self, subscription_id: str) -> None:
        """Delete the digest and the pending events; what was announced is not announced again."""
        places = [keys.digest(subscription_id), keys.pending_events(subscription_id)]
        self._forget(keys=places, args=[keys.digest.life_s])

    def _read(self, subscription_id: str) -> tuple[Digest, int]:
        key = keys.digest(subscription_id)
        record, revision = self._redis.hmget(key, ["record", "revision"])
        try:
            digest = Digest() if record is None else decode(record, Digest)
            return digest, int(revision or 0)
        except ValueError as error:
            log.error("discarding the corrupt digest of %s: %s", subscription_id, error)  # noqa: TRY400  -- says it all
            self._redis.delete(key)
            return Digest(), 0

    def _write(self, subscription_id: str, digest: Digest, revision: int, *, taken: int) -> bool:
        saved = self._save(
            keys=[keys.digest(subscription_id), keys.pending_events(subscription_id)],
            args=[revision, msgspec.json.encode(digest), keys.digest.life_s, taken],
        )
        return bool(saved)
