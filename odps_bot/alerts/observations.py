"""What sweeps have seen of all instances of a project that somebody has subscribed to; in Redis.

An instance that was seen running and is gone, or that is found ended, waits to be looked at until
somebody has: a sweep that dies loses none, and one that is repeated takes none up twice.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError, Instant, decode
from odps_bot.store.redis_values import text

T = TypeVar("T")

log = logging.getLogger(__name__)

#: As `remember_duration` has written it.
_DURATION = re.compile(rb"\d{1,9}(?:\.\d{1,9})?(?:e-\d{1,3})?")

#: What was seen is of no use after this: MaxCompute has forgotten the results.
LIFE = timedelta(days=14)

#: So many times are kept of a statement, for so long.
KEPT_DURATIONS = 20
DURATIONS_LIFE = timedelta(days=30)

#: Why an end could not be read is of interest for so long.
REFUSAL_LIFE = timedelta(hours=1)
REFUSAL_CHARACTERS = 300

#: Takes ended instances up, each once. KEYS running, ended, taken up. ARGV now in s, life in s,
#: then id, start in s, record…
_TAKE_UP = """
for i = 3, #ARGV, 3 do
  if redis.call('ZADD', KEYS[3], 'NX', ARGV[i + 1], ARGV[i]) == 1 then
    redis.call('ZADD', KEYS[2], ARGV[1], ARGV[i + 2])
  end
  redis.call('HDEL', KEYS[1], ARGV[i])
end
redis.call('EXPIRE', KEYS[3], ARGV[2])
"""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as lists show it."""

    instance_id: str
    owner: str | None = None
    started_at: Instant
    found_at: Instant  #: when a sweep saw it for the first time


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A running instance, and what is known of how long it may take."""

    sighting: Observation
    slow_after: timedelta | None = None  #: None: its statement was not read yet
    usual: timedelta | None = None  #: what the statement has taken before; None: no history
    sql: str | None = None  #: the first of it
    run_id: str | None = None  #: the Guid it was submitted with
    fingerprint: str = ""
    told: tuple[str, ...] = ()  #: the subscriptions that know that it is slow


class ObservationStore:
    """What was seen in each project. Methods raise redis.RedisError without Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take_up = redis.register_script(_TAKE_UP)

    def scanned_until(self, project: str) -> datetime | None:
        """Return when everything was last seen.

        None: never, or that is damaged, so that nothing is told of before.
        """
        kept = self._redis.get(keys.sighted_until(project))
        try:
            until = datetime.fromisoformat(text(kept)) if kept is not None else None
        except ValueError:
            return None
        return until if until and until.tzinfo else None

    def begin(self, project: str, now: datetime) -> None:
        """Let what starts from now on be heard of, unless that was so already."""
        self._redis.set(keys.sighted_until(project), now.isoformat(), nx=True, ex=LIFE)

    def mark_scanned(self, project: str, until: datetime, *, forget_before: datetime) -> None:
        """Say that everything was seen; what started before `forget_before` is listed no more."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(keys.sighted_until(project), until.isoformat(), ex=LIFE)
            limit = f"({forget_before.timestamp()}"
            pipe.zremrangebyscore(keys.sighted_before(project), "-inf", limit)
            pipe.execute()

    def forget(self, project: str) -> None:
        """Forget everything: nobody wants to hear of the project any more."""
        self._redis.delete(
            keys.sighted_until(project),
            keys.sighted_running(project),
            keys.sighted_ended(project),
            keys.sighted_before(project),
        )

    def running(self, project: str) -> dict[str, Running]:
        """Return what was seen running by the last sweep, without damaged records."""
        kept: Any = self._redis.hgetall(keys.sighted_running(project))
        found = {text(name): _readable(one, Running) for name, one in kept.items()}
        return {name: one for name, one in found.items() if one is not None}

    def note_running(self, project: str, seen: Mapping[str, Running]) -> None:
        """Keep what is new of running instances."""
        if not seen:
            return
        key = keys.sighted_running(project)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping={name: msgspec.json.encode(one) for name, one in seen.items()})
            pipe.expire(key, LIFE)
            pipe.execute()

    def take_up(self, project: str, ended: Iterable[Observation], *, now: datetime) -> None:
        """Let ended instances wait for their look; those that were taken up before do not."""
        arguments: list[float | str | bytes] = [now.timestamp(), int(LIFE.total_seconds())]
        for one in ended:
            arguments += [one.instance_id, one.started_at.timestamp(), msgspec.json.encode(one)]
        places = (keys.sighted_running, keys.sighted_ended, keys.sighted_before)
        self._take_up(keys=[place(project) for place in places], args=arguments)

    def ended(self, project: str, *, now: datetime, limit: int) -> list[Observation]:
        """Return the instances whose look is due, those that wait longest first.

        Damaged records are forgotten.
        """
        key = keys.sighted_ended(project)
        due: Any = self._redis.zrangebyscore(key, "-inf", now.timestamp(), start=0, num=limit)
        found = {member: _readable(member, Observation) for member in due}
        if damaged := [member for member, one in found.items() if one is None]:
            self._redis.zrem(key, *damaged)
        return [one for one in found.values() if one is not None]

    def postpone(self, project: str, sighting: Observation, *, until: datetime) -> None:
        """Look at it later."""
        member = msgspec.json.encode(sighting)
        self._redis.zadd(keys.sighted_ended(project), {member: until.timestamp()}, xx=True)

    def reappeared(self, project: str, sighting: Observation) -> None:
        """Let an instance that a list had left out be missed again when it has ended."""
        back = msgspec.json.encode(Running(sighting=sighting))
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(keys.sighted_running(project), sighting.instance_id, back)
            pipe.expire(keys.sighted_running(project), LIFE)
            pipe.zrem(keys.sighted_before(project), sighting.instance_id)
            pipe.zrem(keys.sighted_ended(project), msgspec.json.encode(sighting))
            pipe.execute()

    def finish(self, project: str, polled: Iterable[Observation]) -> None:
        """Forget instances that were looked at, and told of where they must be."""
        if members := [msgspec.json.encode(one) for one in polled]:
            self._redis.zrem(keys.sighted_ended(project), *members)

    def remember_refusal(self, project: str, why: str) -> None:
        """Keep why the end of an instance could not be told, for whoever wonders."""
        key = keys.sighting_refused(project)
        self._redis.set(key, why[:REFUSAL_CHARACTERS], ex=REFUSAL_LIFE)

    def refusal(self, project: str) -> str | None:
        """Return why the end of an instance could not be told lately, or None."""
        kept = self._redis.get(keys.sighting_refused(project))
        return text(kept) if kept is not None else None

    def remember_duration(self, project: str, fingerprint: str, took: timedelta) -> None:
        """Keep how long a statement took."""
        key = keys.durations(project, fingerprint)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.lpush(key, took.total_seconds())
            pipe.ltrim(key, 0, KEPT_DURATIONS - 1)
            pipe.expire(key, DURATIONS_LIFE)
            pipe.execute()

    def durations(self, project: str, fingerprint: str) -> list[timedelta]:
        """Return how long the statement took the last times."""
        kept: Any = self._redis.lrange(keys.durations(project, fingerprint), 0, -1)
        seconds = (float(one) for one in kept if _DURATION.fullmatch(one))
        return [timedelta(seconds=one) for one in seconds]


def _readable(kept: bytes, kind: type[T]) -> T | None:
    try:
        return decode(kept, kind)
    except CorruptRecordError as error:
        log.error("discarding a corrupt observation: %s", error)  # noqa: TRY400  -- says it all
        return None
