"""The outbox in Redis: what must be told, not the texts; they are made when they are sent.

An entry names a kind and an id, so that ten changes of a card make one edit. Claiming an entry
moves the time at which it is due: that is its lease, and a dead deliverer's entries come back.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from redis import Redis

from odps_bot.runs import keys
from odps_bot.runs.store import REDIS_NOW


class EntryKind(StrEnum):
    """What is told; in order of importance."""

    ANSWER = "answer"  #: a private answer
    REFUSAL = "refusal"  #: a private answer: the run never ran
    COMPLETION = "completion"  #: the one reply at the end of a run
    INQUIRY = "inquiry"  #: a private answer that MaxCompute must be asked for, who may be slow
    CARD = "card"
    PROGRESS = "progress"


#: KEYS outbox, marks. ARGV entry.
_PUT = (
    REDIS_NOW
    + """
redis.call('ZADD', KEYS[1], 'LT', now, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], mark)
"""
)

#: So many due entries are sorted by importance at once.
SORTED_AT_ONCE = 1_000

#: Takes due entries, and forgets those that nobody can read. Returns entry, mark, entry, mark, …
#: KEYS outbox, marks. ARGV limit, lease in s, how many to sort, kinds in order of importance…
_CLAIM = (
    REDIS_NOW
    + """
local by_kind = {}
for place = 4, #ARGV do by_kind[ARGV[place]] = {} end
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local entries = by_kind[string.match(entry, '^(%l+):.')]
  if entries then
    table.insert(entries, entry)
  else
    redis.call('ZREM', KEYS[1], entry)
    redis.call('HDEL', KEYS[2], entry)
  end
end
local found = {}
for place = 4, #ARGV do
  for _, entry in ipairs(by_kind[ARGV[place]]) do
    if #found < 2 * ARGV[1] then
      redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), entry)
      table.insert(found, entry)
      table.insert(found, redis.call('HGET', KEYS[2], entry) or '0')
    end
  end
end
return found
"""
)

#: Forgets an entry, or makes it due again if it was put once more since it was claimed.
#: KEYS outbox, marks. ARGV entry, mark.
_FINISH = (
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
_POSTPONE = (
    REDIS_NOW
    + """
redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[2]), ARGV[1])
"""
)

#: KEYS outbox.
_IS_DUE = (
    REDIS_NOW
    + """
return #redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)
"""
)


@dataclass(frozen=True)
class Entry:
    """A claimed entry: what to tell, and when it had last been put."""

    kind: EntryKind
    about: str  #: a run id, or the id of an answer
    mark: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.about}"


class Outbox:
    """What Slack must still be told. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._put = redis.register_script(_PUT)
        self._claim = redis.register_script(_CLAIM)
        self._finish = redis.register_script(_FINISH)
        self._postpone = redis.register_script(_POSTPONE)
        self._is_due = redis.register_script(_IS_DUE)

    def put(self, kind: EntryKind, about: str) -> None:
        """Book something to be told at once."""
        self._put(keys=[keys.OUTBOX, keys.OUTBOX_MARKS], args=[f"{kind}:{about}"])

    def claim(self, *, limit: int, lease: timedelta) -> list[Entry]:
        """Take what is due, the most important first; it is due again when the lease is over.

        Entries that nobody can read are forgotten.
        """
        arguments = [limit, lease.total_seconds(), SORTED_AT_ONCE, *EntryKind]
        found = self._claim(keys=[keys.OUTBOX, keys.OUTBOX_MARKS], args=arguments)
        entries = []
        for text, mark in zip(found[::2], found[1::2], strict=True):
            kind, _, about = text.decode(errors="replace").partition(":")
            entries.append(Entry(EntryKind(kind), about, mark.decode()))
        return entries

    def finish(self, entry: Entry) -> None:
        """Forget what was told, unless it has changed since it was claimed."""
        self._finish(keys=[keys.OUTBOX, keys.OUTBOX_MARKS], args=[str(entry), entry.mark])

    def postpone(self, entry: Entry, delay: timedelta) -> None:
        """Tell it later."""
        self._postpone(keys=[keys.OUTBOX], args=[str(entry), delay.total_seconds()])

    def is_due(self) -> bool:
        """Return whether something waits to be told."""
        return bool(self._is_due(keys=[keys.OUTBOX]))
