"""Leases in Redis, so that two workers never post or update the same message at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.codec import decode
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import REDIS_NOW, text
from odps_bot.store.server_changes import FAILOVER_OF

#: Longer than a request to Slack can take to get there, with two addresses that do not answer.
#: What takes longer renews it.
POSTING_LEASE = timedelta(seconds=45)

#: Slack may still carry out a request whose response was lost, however early its connection broke;
#: afterwards it is searched for.
AFTER_A_LOST_RESPONSE = timedelta(seconds=20)

#: So long after a server has served it last, a process may still post by a lease of that one.
AFTER_A_FAILOVER = timedelta(seconds=3)

#: So long after the first process has moved each has noticed it, and has recorded until when the
#: former server has served it.
ALL_HAVE_MOVED = timedelta(seconds=1.5)

#: The clocks of two Redis servers may differ by so much.
CLOCKS_DIFFER = timedelta(seconds=1)

#: An update that is not the last one is worth its cost at most this often.
UPDATE_INTERVAL = keys.update_turn.life

#: Where version 0.2 has posted something: its leases do not say.
ANYWHERE = ""

#: A lease as it is kept: until when, whose, and where it may have been posted. Version 0.2 has kept
#: only the end of leases of 30 seconds. A place with `since` -1 is tried from now on.
_LEASE = """
local function is_lease(lease)
  if type(lease) ~= 'table' or type(lease.till) ~= 'number' then return false end
  if type(lease.tried) ~= 'table' then return false end
  for place, attempt in pairs(lease.tried) do
    if type(place) ~= 'string' or type(attempt) ~= 'table' then return false end
    if type(attempt.since) ~= 'number' then return false end
  end
  return true
end
local function lease_of(kept)
  if not kept then return nil end
  local is_read, lease = pcall(cjson.decode, kept)
  if is_read and is_lease(lease) then return lease end
  local till = tonumber(kept) or 0
  return {till = till, tried = {[''] = {since = math.max(0, till - 30)}}}
end
local function keep(lease, life)
  for _, attempt in pairs(lease.tried) do
    if attempt.since < 0 then attempt.since = now end
  end
  redis.call('SET', KEYS[1], cjson.encode(lease), 'EX', life)
end
"""

#: Returns the owner, the present and where the message may be; nothing where another has the lease.
#: KEYS lease, failover, server. ARGV lease in s, life in s, place, how long others may still post
#: after a failover, in s, and since when there is something to post, in s ('': unknown).
_BEGIN = (
    FAILOVER_OF
    + _LEASE
    + f"""
local lease = lease_of(redis.call('GET', KEYS[1])) or {{till = 0, tried = {{}}}}
local first, last = failover_of(KEYS[2], KEYS[3], false, 0)
if lease.till > now then return {{}} end
local is_new = first and (tonumber(ARGV[5]) or 0) > first + {CLOCKS_DIFFER.total_seconds()}
if first and not is_new and not next(lease.tried) and ARGV[3] ~= '' then
  if now - first < {ALL_HAVE_MOVED.total_seconds()} then return {{}} end
  if now - last < tonumber(ARGV[4]) then return {{}} end
  lease.tried[ARGV[3]] = {{since = first - {keys.failover.life_s}, count = 0}}
end
local found = cjson.encode(lease.tried)
if not next(lease.tried) and ARGV[3] ~= '' then lease.tried[ARGV[3]] = {{since = -1, count = 1}} end
lease.owner, lease.till = version, now + tonumber(ARGV[1])
keep(lease, ARGV[2])
return {{lease.owner, tostring(now), found}}
"""
)

#: Renews a lease, or lets it end soon; returns whether it was still the owner's.
#: KEYS lease. ARGV owner, lease in s, life in s, where it may be (as before when empty).
_RENEW = (
    REDIS_NOW
    + _LEASE
    + """
local lease = lease_of(redis.call('GET', KEYS[1]))
if not lease or lease.owner ~= ARGV[1] then return 0 end
if ARGV[4] ~= '' then lease.tried = cjson.decode(ARGV[4]) end
lease.till = now + tonumber(ARGV[2])
keep(lease, ARGV[3])
return 1
"""
)

#: KEYS lease. ARGV owner.
_END = (
    REDIS_NOW
    + _LEASE
    + """
local lease = lease_of(redis.call('GET', KEYS[1]))
if lease and lease.owner == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
)

#: The updates of a card that are under way: until when each may still be carried out. Version 0.2
#: has kept none of them. KEYS updates. ARGV life in ms.
_BEGIN_UPDATE = (
    REDIS_NOW
    + """
local is_read, updates = pcall(cjson.decode, redis.call('GET', KEYS[1]) or '{}')
if not is_read or type(updates) ~= 'table' then updates = {} end
for one, till in pairs(updates) do
  if type(till) ~= 'number' or till <= now then updates[one] = nil end
end
updates[version] = now + tonumber(ARGV[1]) / 1000
redis.call('SET', KEYS[1], cjson.encode(updates), 'PX', ARGV[1])
return version
"""
)

#: KEYS updates. ARGV update.
_END_UPDATE = """
local kept = redis.call('GET', KEYS[1])
local is_read, updates = pcall(cjson.decode, kept or '{}')
if not is_read or type(updates) ~= 'table' then return end
updates[ARGV[1]] = nil
if next(updates) then redis.call('SET', KEYS[1], cjson.encode(updates), 'KEEPTTL')
else redis.call('DEL', KEYS[1]) end
"""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a message may be, because its outcome is not known."""

    since: float = -1  #: in seconds since the epoch; -1: from now on
    count: int = 0  #: so many tries in a row had an unknown outcome
    cursor: str = ""  #: how far it has been searched
    is_taken: bool = False  #: Slack has said that it is there


class PostLease:
    """The lease of one who makes a post. Methods raise redis.RedisError."""

    def __init__(
        self,
        leases: "MessageLeases",
        key: str,
        *,
        owner: str,
        now_s: float,
        attempts: Mapping[str, Attempt],
    ) -> None:
        self._leases = leases
        self._key = key
        self._owner = owner
        self.now_s = now_s  #: when it was taken, by Redis' clock
        self.attempts = attempts  #: those of others before: the message may be there, by place

    def renew(
        self, attempts: Mapping[str, Attempt] | None = None, *, span: timedelta | None = None
    ) -> bool:
        """Have it for another `span`, and record where the message may be from now on.

        Returns whether it was still ours: without that nothing may be posted.
        """
        kept = b"" if attempts is None else msgspec.json.encode(attempts)
        span_s = (POSTING_LEASE if span is None else span).total_seconds()
        arguments: list[str | float | bytes] = [self._owner, span_s, keys.post_lease.life_s, kept]
        return bool(self._leases.renew_post(keys=[self._key], args=arguments))

    def end(self) -> None:
        """Release it: the message was certainly not posted."""
        self._leases.end_post(keys=[self._key], args=[self._owner])


class MessageLeases:
    """Leases on posts and updates. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._begin = redis.register_script(_BEGIN)
        self.renew_post = redis.register_script(_RENEW)
        self.end_post = redis.register_script(_END)

    def begin_post(
        self, kind: str, subject_id: str, place: str = "", *, since: datetime | None = None
    ) -> PostLease | None:
        """Take the lease of a post, or return None while another has it.

        Where no earlier attempt is in doubt, the message may be in `place` from now on. After a
        failover every attempt is: a former primary may have taken leases that this one never had.
        But not of what there is only `since` then, by Redis' clock.
        """
        key = keys.post_lease(kind, subject_id)
        arguments: list[str | float] = [
            *(POSTING_LEASE.total_seconds(), keys.post_lease.life_s, place),
            AFTER_A_FAILOVER.total_seconds(),
            "" if since is None else since.timestamp(),
        ]
        found = self._begin(keys=[key, keys.failover(), keys.server()], args=arguments)
        if not found:
            return None
        owner, now, tried = found
        return PostLease(
            self,
            key,
            owner=owner.decode(),
            now_s=float(now),
            attempts=decode(tried, dict[str, Attempt]),
        )

    def begin_update_interval(self, kind: str, run_id: str) -> bool:
        """Return whether the last update was long enough ago; if so, this one counts as made."""
        turn = self._redis.set(keys.update_turn(kind, run_id), 1, nx=True, px=UPDATE_INTERVAL)
        return bool(turn)

    def begin_update(self, run_id: str) -> str:
        """Record an update of the card that shows an unfinished run, and return its id."""
        return self.beginning_update(run_id).run(self._redis)

    @staticmethod
    def beginning_update(run_id: str) -> Pipelined[str]:
        """Return what `begin_update` writes."""
        life_ms = keys.update_lease.life_s * 1_000
        command = ("EVAL", _BEGIN_UPDATE, 1, keys.update_lease(run_id), life_ms)
        return Pipelined([command], lambda responses: text(responses[0]))

    def end_update(self, run_id: str, update: str) -> None:
        """Record that the update has been made, or certainly not."""
        self.ending_update(run_id, update).run(self._redis)

    @staticmethod
    def ending_update(run_id: str, update: str) -> Pipelined[None]:
        """Return what `end_update` writes."""
        command = ("EVAL", _END_UPDATE, 1, keys.update_lease(run_id), update)
        return Pipelined([command], lambda _responses: None)

    def update_under_way(self, run_id: str) -> timedelta | None:
        """Return how long an older update may still reach Slack, or None when there is none."""
        return self.reading_update(run_id).run(self._redis)

    @staticmethod
    def reading_update(run_id: str) -> Pipelined[timedelta | None]:
        """Return what `update_under_way` reads."""

        def decode(responses: Sequence[Any]) -> timedelta | None:
            return timedelta(milliseconds=responses[0]) if responses[0] > 0 else None

        return Pipelined([("PTTL", keys.update_lease(run_id))], decode)
