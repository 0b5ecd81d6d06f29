"""The outbox in Redis: which notifications to send; they are rendered when they are sent.

An entry names a kind and an id, so that ten changes of a card make one update. Claiming an entry
moves the time from which it can be claimed: that is its lease, and the entries of a dead worker
come back. Each kind has a queue of its own, so that a thousand cards hold up no reply.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.redis_values import REDIS_NOW

#: What may be dropped where Slack's limits leave no room; the others are always sent in the end.
BEST_EFFORT = (NotificationKind.PROGRESS, NotificationKind.CARD_REFRESH)

#: What is ready for Slack: MaxCompute must be asked before an inquiry is answered.
DELIVERED = tuple(kind for kind in NotificationKind if kind is not NotificationKind.INQUIRY)

#: So many entries are enqueued by one script, so that Redis is never busy for long.
ENQUEUED_AT_ONCE = 500

#: KEYS outbox, versions. ARGV entries…
_ENQUEUE = (
    REDIS_NOW
    + """
for _, entry in ipairs(ARGV) do
  redis.call('ZADD', KEYS[1], 'LT', now, entry)
  redis.call('HSET', KEYS[2], entry, version)
end
"""
)

#: Claims entries, and deletes those that cannot be read. Returns entry, version, entry, version, …
#: KEYS versions, outboxes in order of importance… ARGV limit, lease in s, their kinds…
_CLAIM = (
    REDIS_NOW
    + """
local found = {}
for place = 2, #KEYS do
  local left = tonumber(ARGV[1]) - #found / 2
  if left > 0 then
    local due = redis.call('ZRANGEBYSCORE', KEYS[place], '-inf', now, 'LIMIT', 0, left)
    for _, entry in ipairs(due) do
      if string.match(entry, '^' .. ARGV[place + 1] .. ':.') then
        redis.call('ZADD', KEYS[place], now + tonumber(ARGV[2]), entry)
        table.insert(found, entry)
        table.insert(found, redis.call('HGET', KEYS[1], entry) or '0')
      else
        redis.call('ZREM', KEYS[place], entry)
        redis.call('HDEL', KEYS[1], entry)
      end
    end
  end
end
return found
"""
)

#: Deletes an entry, or lets it be claimed again if it was enqueued since it was claimed.
#: KEYS outbox, versions. ARGV entry, version.
_ACK = (
    REDIS_NOW
    + """
if (redis.call('HGET', KEYS[2], ARGV[1]) or '0') == ARGV[2] then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[1], now, ARGV[1])
end
"""
)

#: KEYS outbox. ARGV entry, delay in s.
_REQUEUE = (
    REDIS_NOW
    + """
redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[2]), ARGV[1])
"""
)

#: KEYS outboxes…
_IS_DUE = (
    REDIS_NOW
    + """
for _, outbox in ipairs(KEYS) do
  if #redis.call('ZRANGEBYSCORE', outbox, '-inf', now, 'LIMIT', 0, 1) > 0 then return 1 end
end
return 0
"""
)


@dataclass(frozen=True)
class Entry:
    """A claimed entry: what to send, and when it was last enqueued."""

    kind: NotificationKind
    subject_id: str  #: of a run, an interaction, a subscription or a person
    version: str

    @property
    def member(self) -> str:
        """The entry as a member of the sorted set in Redis."""
        return f"{self.kind.stored_name}:{self.subject_id}"

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject_id}"


class Outbox:
    """What must be sent to Slack. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._enqueue = redis.register_script(_ENQUEUE)
        self._claim = redis.register_script(_CLAIM)
        self._ack = redis.register_script(_ACK)
        self._requeue = redis.register_script(_REQUEUE)
        self._is_due = redis.register_script(_IS_DUE)

    def enqueue(self, kind: NotificationKind, subject_id: str) -> None:
        """Enqueue a notification to be sent at once."""
        self.enqueue_all(kind, [subject_id])

    def enqueue_all(self, kind: NotificationKind, subject_ids: Sequence[str]) -> None:
        """Enqueue the same kind of notification for many subjects."""
        for start in range(0, len(subject_ids), ENQUEUED_AT_ONCE):
            entries = [
                f"{kind.stored_name}:{one}" for one in subject_ids[start : start + ENQUEUED_AT_ONCE]
            ]
            self._enqueue(keys=[keys.outbox(kind), keys.outbox_versions()], args=entries)

    def claim(
        self, *, limit: int, lease: timedelta, kinds: Iterable[NotificationKind] = NotificationKind
    ) -> list[Entry]:
        """Claim entries, the most important kinds first; they come back when the lease is over.

        Entries that cannot be read are deleted.
        """
        wanted = tuple(kinds)
        found = self._claim(
            keys=[keys.outbox_versions(), *(keys.outbox(kind) for kind in wanted)],
            args=[limit, lease.total_seconds(), *(kind.stored_name for kind in wanted)],
        )
        entries = []
        for entry, version in zip(found[::2], found[1::2], strict=True):
            name, _, subject_id = entry.decode(errors="replace").partition(":")
            if entry == f"{name}:{subject_id}".encode():
                kind = NotificationKind.of_stored_name(name)
                entries.append(Entry(kind, subject_id, version.decode(errors="replace")))
            else:
                self._redis.zrem(keys.outbox(name), entry)
        return entries

    def ack(self, entry: Entry) -> None:
        """Delete an entry that was sent, unless it was enqueued again since it was claimed."""
        self._ack(
            keys=[keys.outbox(entry.kind), keys.outbox_versions()],
            args=[entry.member, entry.version],
        )

    def find(self, kind: NotificationKind, subject_id: str) -> Entry | None:
        """Return an entry without claiming it, or None when there is none."""
        entry = f"{kind.stored_name}:{subject_id}"
        version = self._redis.hget(keys.outbox_versions(), entry)
        return Entry(kind, subject_id, version.decode()) if isinstance(version, bytes) else None

    def requeue(self, entry: Entry, delay: timedelta) -> None:
        """Send it later."""
        self._requeue(keys=[keys.outbox(entry.kind)], args=[entry.member, delay.total_seconds()])

    def is_due(self, kinds: Iterable[NotificationKind] = NotificationKind) -> bool:
        """Return whether something of these kinds is to be sent now."""
        return bool(self._is_due(keys=[keys.outbox(kind) for kind in kinds]))

    def waiting(self) -> dict[NotificationKind, int]:
        """Return how many entries of each kind are waiting."""
        with self._redis.pipeline(transaction=False) as pipe:
            for kind in NotificationKind:
                pipe.zcard(keys.outbox(kind))
            return dict(zip(NotificationKind, pipe.execute(), strict=True))

    def count(self, kind: NotificationKind, subject_ids: Iterable[str]) -> int:
        """Return how many of these subjects have an entry of this kind."""
        entries = [f"{kind.stored_name}:{one}" for one in subject_ids]
        if not entries:
            return 0
        scores = self._redis.zmscore(keys.outbox(kind), entries)
        return sum(score is not None for score in scores)

    def overdue(self) -> dict[NotificationKind, timedelta]:
        """Return for how long the oldest entry of each kind is overdue."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.time()
            for kind in NotificationKind:
                pipe.zrange(keys.outbox(kind), 0, 0, withscores=True)
            (seconds, microseconds), *firsts = pipe.execute()
        now_s = seconds + microseconds / 1e6
        return {
            kind: timedelta(seconds=max(0.0, now_s - first[0][1]) if first else 0)
            for kind, first in zip(NotificationKind, firsts, strict=True)
        }
