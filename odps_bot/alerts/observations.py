"""All instances of a project with subscriptions, as sweeps observe them; in Redis.

An instance that was running and is gone, or that is listed as ended, is enqueued to be polled until
that is done: a sweep that crashes loses none, and one that is repeated enqueues none twice.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from redis import Redis

from odps_bot.diagnosis.finding import Kind
from odps_bot.history.baseline import Baseline
from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode_or_discard, decode_or_none
from odps_bot.store.redis_values import text

#: As version 0.2 has written it.
_DURATION = re.compile(rb"\d{1,9}(?:\.\d{1,9})?(?:e-\d{1,3})?")

REFUSAL_CHARACTERS = 300

#: Enqueues ended instances, each once. KEYS running, ended, processed. ARGV now in s, life in s,
#: then id, start in s, record…
_ENQUEUE_ENDED = """
for i = 3, #ARGV, 3 do
  if redis.call('ZADD', KEYS[3], 'NX', ARGV[i + 1], ARGV[i]) == 1 then
    redis.call('ZADD', KEYS[2], ARGV[1], ARGV[i + 2])
  end
  redis.call('HDEL', KEYS[1], ARGV[i])
end
redis.call('EXPIRE', KEYS[3], ARGV[2])
"""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as MaxCompute lists it."""

    instance_id: str
    owner: str | None = None
    started_at: Instant
    found_at: Instant  #: when a sweep listed it first
    #: When a sweep first saw it executed. Left out of a record before: records are found by their
    #: text, also those of earlier versions.
    execution_began_at: Instant | UnsetType = UNSET

    @property
    def began_at(self) -> datetime | None:
        """When it was first seen executed; None: not yet, or nobody tells."""
        return self.execution_began_at or None


class Running(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"observation": "sighting", "notified": "told"},
):
    """A running instance, and what is known of how long it may take."""

    observation: Observation
    slow_after: timedelta | None = None  #: None: its statement was not read yet
    usual: timedelta | None = None  #: how long the statement usually takes; None: no history
    waits_long_after: timedelta | None = None  #: likewise, for its wait before that
    usual_wait: timedelta | None = None
    baseline: Baseline | None = None  #: what else is usual
    runs: int = 0  #: that say what is usual
    sql: str | None = None  #: the first of it
    run_id: str | None = None  #: the Guid it was submitted with
    fingerprint: str = ""
    notified: tuple[str, ...] = ()  #: the ids of subscriptions that know that it is slow
    causes: tuple[Kind, ...] = ()  #: that held it up, and were told of
    progress_asked_at: Instant | None = None  #: for a diagnosis


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """How far the list of ended instances was read; a long one takes several sweeps."""

    began: Instant  #: once it is read to its end, all that ended before is known
    since: Instant  #: instances that started since then are listed
    marker: str | None = None  #: where MaxCompute's list goes on; None: at its beginning

    def at(self, marker: str) -> "Scan":
        """Return the scan that goes on there."""
        return msgspec.structs.replace(self, marker=marker)


class ObservationStore:
    """The observations of all projects. Methods raise redis.RedisError without Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._enqueue_ended = redis.register_script(_ENQUEUE_ENDED)

    def scanned_until(self, project: str) -> datetime | None:
        """Return when all instances were last listed.

        None: never, or the record is corrupt: nothing that happened before is announced.
        """
        kept = self._redis.get(keys.scanned_until(project))
        try:
            until = datetime.fromisoformat(text(kept)) if kept is not None else None
        except ValueError:
            return None
        return until if until and until.tzinfo else None

    def begin(self, project: str, now: datetime) -> None:
        """Observe what ends from now on, unless the project is observed already."""
        self._redis.set(
            keys.scanned_until(project), now.isoformat(), nx=True, ex=keys.scanned_until.life
        )

    def mark_scanned(self, project: str, until: datetime, *, forget_before: datetime) -> None:
        """Record that all were listed; none that started before `forget_before` is listed again."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(keys.scanned_until(project), until.isoformat(), ex=keys.scanned_until.life)
            limit = f"({forget_before.timestamp()}"
            pipe.zremrangebyscore(keys.processed_instances(project), "-inf", limit)
            pipe.delete(keys.scan_cursor(project))
            pipe.execute()

    def scan(self, project: str) -> Scan | None:
        """Return the scan that a sweep has not finished, or None."""
        return decode_or_none(self._redis.get(keys.scan_cursor(project)), Scan)

    def remember_scan(self, project: str, scan: Scan) -> None:
        """Let the next sweep go on there."""
        key = keys.scan_cursor(project)
        self._redis.set(key, msgspec.json.encode(scan), ex=keys.scan_cursor.life)

    def forget_scan(self, project: str) -> None:
        """Let the next sweep begin the list anew."""
        self._redis.delete(keys.scan_cursor(project))

    def forget(self, project: str) -> None:
        """Delete all observations of a project without subscriptions."""
        self._redis.delete(
            keys.scanned_until(project),
            keys.scan_cursor(project),
            keys.running_instances(project),
            keys.ended_instances(project),
            keys.processed_instances(project),
        )

    def running(self, project: str) -> dict[str, Running]:
        """Return the running instances of the last sweep, without corrupt records."""
        kept: Any = self._redis.hgetall(keys.running_instances(project))
        found = {text(name): decode_or_discard(one, Running) for name, one in kept.items()}
        return {name: one for name, one in found.items() if one is not None}

    def remember_running(self, project: str, seen: Mapping[str, Running]) -> None:
        """Save what is new about running instances."""
        if not seen:
            return
        key = keys.running_instances(project)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping={name: msgspec.json.encode(one) for name, one in seen.items()})
            pipe.expire(key, keys.running_instances.life)
            pipe.execute()

    def enqueue_ended(self, project: str, ended: Iterable[Observation], *, now: datetime) -> None:
        """Enqueue ended instances to be polled, except those that were enqueued before."""
        arguments: list[float | str | bytes] = [
            now.timestamp(),
            keys.processed_instances.life_s,
        ]
        for one in ended:
            arguments += [one.instance_id, one.started_at.timestamp(), msgspec.json.encode(one)]
        places = (keys.running_instances, keys.ended_instances, keys.processed_instances)
        self._enqueue_ended(keys=[place(project) for place in places], args=arguments)

    def ended(self, project: str, *, now: datetime, limit: int) -> list[Observation]:
        """Return the ended instances to poll now, those that wait longest first.

        Corrupt records are deleted.
        """
        key = keys.ended_instances(project)
        pending: Any = self._redis.zrangebyscore(key, "-inf", now.timestamp(), start=0, num=limit)
        found = {member: decode_or_discard(member, Observation) for member in pending}
        if corrupt := [member for member, one in found.items() if one is None]:
            self._redis.zrem(key, *corrupt)
        return [one for one in found.values() if one is not None]

    def postpone(self, project: str, observation: Observation, *, until: datetime) -> None:
        """Poll it later."""
        member = msgspec.json.encode(observation)
        self._redis.zadd(keys.ended_instances(project), {member: until.timestamp()}, xx=True)

    def reappeared(self, project: str, observation: Observation) -> None:
        """Treat an instance that a list had left out as running again."""
        back = msgspec.json.encode(Running(observation=observation))
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(keys.running_instances(project), observation.instance_id, back)
            pipe.expire(keys.running_instances(project), keys.running_instances.life)
            pipe.zrem(keys.processed_instances(project), observation.instance_id)
            pipe.zrem(keys.ended_instances(project), msgspec.json.encode(observation))
            pipe.execute()

    def remove_ended(self, project: str, polled: Iterable[Observation]) -> None:
        """Remove instances that were polled, once their alerts are enqueued."""
        members = [msgspec.json.encode(observation) for observation in polled]
        if members:
            self._redis.zrem(keys.ended_instances(project), *members)

    def remember_refusal(self, project: str, why: str) -> None:
        """Save why the end of an instance could not be read, for those who list subscriptions."""
        key = keys.unreadable_end(project)
        self._redis.set(key, why[:REFUSAL_CHARACTERS], ex=keys.unreadable_end.life)

    def refusal(self, project: str) -> str | None:
        """Return why the end of an instance could not be read lately, or None."""
        kept = self._redis.get(keys.unreadable_end(project))
        return text(kept) if kept is not None else None

    def durations(self, project: str, fingerprint: str) -> list[timedelta]:
        """Return how long the statement took, the latest first, as version 0.2 kept it."""
        kept: Any = self._redis.lrange(keys.durations(project, fingerprint), 0, -1)
        seconds = (float(one) for one in kept if _DURATION.fullmatch(one))
        return [timedelta(seconds=one) for one in seconds]
