"""The outbox in Redis: which notifications to send; they are rendered when they are sent.

An entry names a kind and an id, so that ten changes of a card make one update. Claiming an entry
moves the time from which it can be claimed: that is its lease, and the entries of a dead worker
come back. Each kind has a queue of its own, so that a thousand cards hold up no reply.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.commands.core import Script

from odps_bot.store import keys
from odps_bot.store.audit import HeldLines
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import REFILL, UPDATE_LIMIT, RateLimit
from odps_bot.store.redis_values import REDIS_NOW, text

#: What may be dropped where Slack's limits leave no room; the others are always sent in the end.
BEST_EFFORT = (
    NotificationKind.FINDING,
    NotificationKind.PROGRESS,
    NotificationKind.CARD_REFRESH,
)

#: What is ready for Slack: MaxCompute must be asked before an inquiry is answered.
DELIVERED = tuple(kind for kind in NotificationKind if kind is not NotificationKind.INQUIRY)

_KINDS = {kind.stored_name: kind for kind in NotificationKind}
_DELIVERED_KEYS = tuple(keys.outbox(kind) for kind in DELIVERED)

NO_DELAY = timedelta(0)

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

#: Enqueues an entry to be sent later, unless it waits already.
#: KEYS outbox, versions. ARGV entry, delay in s.
_ENQUEUE_LATER = (
    REDIS_NOW
    + """
if redis.call('ZADD', KEYS[1], 'NX', now + tonumber(ARGV[2]), ARGV[1]) == 1 then
  redis.call('HSET', KEYS[2], ARGV[1], version)
end
"""
)

#: Claims entries, and deletes those that cannot be read. Returns entry, version, entry, version, …
#: KEYS bucket of updates, versions, outboxes in order of importance…
#: ARGV tokens a second and size of the bucket, whether it counts, limit, lease in s, and for each
#: outbox: its kind, its share, how much of that share may be claimed, the updates to be left to
#: others or '' for what takes none, and whether its kinds take turns: such a share is the last.
_CLAIM = (
    REFILL
    + """
local updates = ARGV[3] == '1' and math.floor(tokens) or math.huge
local found, claimed, order, turning = {}, {}, {}, nil
for place = 3, #KEYS do
  local is_in_turn = ARGV[10 + (place - 3) * 5] == '1'
  if is_in_turn and not turning then turning = place - 2 end
  if is_in_turn and time[1] % 2 == 1 then
    table.insert(order, turning, place)
  else
    table.insert(order, place)
  end
end
for _, place in ipairs(order) do
  local at = 6 + (place - 3) * 5
  local kind, share = ARGV[at], ARGV[at + 1]
  local most = tonumber(ARGV[at + 2]) - (claimed[share] or 0)
  local room = math.min(tonumber(ARGV[4]) - #found / 2, most)
  local reserve = tonumber(ARGV[at + 3])
  if reserve then room = math.min(room, updates - reserve) end
  if room > 0 then
    local due = redis.call('ZRANGEBYSCORE', KEYS[place], '-inf', now, 'LIMIT', 0, room)
    for _, entry in ipairs(due) do
      if string.match(entry, '^' .. kind .. ':.') then
        redis.call('ZADD', KEYS[place], now + tonumber(ARGV[5]), entry)
        table.insert(found, entry)
        table.insert(found, redis.call('HGET', KEYS[2], entry) or '0')
        claimed[share] = (claimed[share] or 0) + 1
        if reserve then updates = updates - 1 end
      else
        redis.call('ZREM', KEYS[place], entry)
        redis.call('HDEL', KEYS[2], entry)
      end
    end
  end
end
return found
"""
)

#: What the scripts about one entry begin with: whether it was not enqueued since it was claimed.
#: They add lines to the audit trail.
#: KEYS outbox, versions, audit, outboxes… ARGV entry, version, delay in s, lines to keep, lines…
_SETTLE = (
    REDIS_NOW
    + """
local is_unchanged = (redis.call('HGET', KEYS[2], ARGV[1]) or '0') == ARGV[2]
for line = 5, #ARGV do
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'line', ARGV[line])
end
local first = 4
"""
)

#: What scripts end with: whether something is to be sent now; `first` is the first of the outboxes.
_RETURN_IS_DUE = """
for place = first, #KEYS do
  if #redis.call('ZRANGEBYSCORE', KEYS[place], '-inf', now, 'LIMIT', 0, 1) > 0 then return 1 end
end
return 0
"""

#: Deletes an entry; one that was enqueued since is due already, or claimed by somebody else.
_ACK = (
    _SETTLE
    + """
if is_unchanged then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
"""
    + _RETURN_IS_DUE
)

#: Puts an entry off, unless it was enqueued since.
_REQUEUE = (
    _SETTLE
    + """
if is_unchanged then redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[3]), ARGV[1]) end
"""
    + _RETURN_IS_DUE
)

#: KEYS outboxes…
_IS_DUE = REDIS_NOW + "local first = 1" + _RETURN_IS_DUE


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


@dataclass(frozen=True, kw_only=True)
class Share:
    """Kinds of notifications that together get no more than a part of what is claimed."""

    kinds: tuple[NotificationKind, ...]
    most: int = 1_000_000  #: entries
    updates_left: int | None = None  #: to more important kinds; None: these take no update
    is_in_turn: bool = False  #: in every other second the last of these kinds is the first


class Outbox:
    """What must be sent to Slack. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._enqueue = redis.register_script(_ENQUEUE)
        self._enqueue_later = redis.register_script(_ENQUEUE_LATER)
        self._claim = redis.register_script(_CLAIM)
        self._ack = redis.register_script(_ACK)
        self._requeue = redis.register_script(_REQUEUE)
        self._is_due = redis.register_script(_IS_DUE)

    def enqueue(self, kind: NotificationKind, subject_id: str) -> None:
        """Enqueue a notification to be sent at once."""
        self.enqueue_all(kind, [subject_id])

    def enqueue_later(self, kind: NotificationKind, subject_id: str, *, delay: timedelta) -> None:
        """Enqueue a notification to be sent after `delay`, unless it waits already.

        Enqueued once more before that it is sent at once.
        """
        self._enqueue_later(
            keys=[keys.outbox(kind), keys.outbox_versions()],
            args=[f"{kind.stored_name}:{subject_id}", delay.total_seconds()],
        )

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
        return self.claim_shares([Share(kinds=tuple(kinds))], limit=limit, lease=lease)

    def claim_shares(
        self,
        shares: Sequence[Share],
        *,
        limit: int,
        lease: timedelta,
        update_limit: RateLimit | None = None,
    ) -> list[Entry]:
        """Claim as `claim` does, of each share no more than it may have.

        What takes an update is claimed as far as `update_limit` has any; None: it does not matter.
        """
        wanted = [
            (number, share, kind) for number, share in enumerate(shares) for kind in share.kinds
        ]
        bucket = update_limit or UPDATE_LIMIT
        arguments: list[Any] = [bucket.per_second, bucket.burst, int(update_limit is not None)]
        arguments += [limit, lease.total_seconds()]
        for number, share, kind in wanted:
            left = "" if share.updates_left is None else share.updates_left
            is_in_turn = int(share.is_in_turn)
            arguments += [kind.stored_name, number, share.most, left, is_in_turn]
        outboxes = [keys.outbox(kind) for _, _, kind in wanted]
        found = self._claim(
            keys=[keys.rate_limit(bucket.name), keys.outbox_versions(), *outboxes], args=arguments
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

    def ack(self, entry: Entry, lines: HeldLines | None = None) -> bool:
        """Delete an entry that was sent, unless it was enqueued again since it was claimed.

        The lines are added to the audit trail. Returns whether something that is delivered is due.
        """
        return self._settle(self._ack, entry, NO_DELAY, lines)

    def find(self, kind: NotificationKind, subject_id: str) -> Entry | None:
        """Return an entry without claiming it, or None when there is none."""
        entry = f"{kind.stored_name}:{subject_id}"
        version = self._redis.hget(keys.outbox_versions(), entry)
        return Entry(kind, subject_id, version.decode()) if isinstance(version, bytes) else None

    def requeue(self, entry: Entry, delay: timedelta, lines: HeldLines | None = None) -> bool:
        """Send it later, unless it was enqueued again since it was claimed.

        The lines are added to the audit trail. Returns whether something that is delivered is due.
        """
        return self._settle(self._requeue, entry, delay, lines)

    def _settle(
        self, script: Script, entry: Entry, delay: timedelta, lines: HeldLines | None
    ) -> bool:
        names = [keys.outbox(entry.kind), keys.outbox_versions(), keys.audit(), *_DELIVERED_KEYS]
        bodies, keep = lines or HeldLines([], 0)
        arguments: list[Any] = [entry.member, entry.version, delay.total_seconds(), keep, *bodies]
        return bool(script(keys=names, args=arguments))

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

    def oldest(self) -> dict[NotificationKind, timedelta]:
        """Return for how long each kind's oldest entry has waited since it was last enqueued."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.hgetall(keys.outbox_versions())
            (seconds, microseconds), versions = pipe.execute()
        now_s = seconds + microseconds / 1e6
        oldest = dict.fromkeys(NotificationKind, timedelta(0))
        for entry, version in versions.items():
            kind = _KINDS.get(text(entry).partition(":")[0])
            # Two numbers: the microseconds have no leading zeros.
            since_s, _, since_us = text(version).partition(".")
            if kind and since_s.isdigit() and since_us.isdigit():
                waited_s = now_s - int(since_s) - int(since_us) / 1e6
                oldest[kind] = max(oldest[kind], timedelta(seconds=waited_s))
        return oldest

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
