"""Which worker sweeps a project, whether sweeps succeed, and what the last one observed."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.redis_values import text

#: Sweeps of a project come so often.
INTERVAL = keys.sweep_turn.life

#: Renews or releases a lease, only for its owner. KEYS lease. ARGV owner, life in s.
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
_END = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class Sweeps:
    """The sweeps of all projects. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._renew = redis.register_script(_RENEW)
        self._end = redis.register_script(_END)

    def take_turn(self, project: str) -> bool:
        """Return whether to enqueue a sweep now: it is time, and somebody needs its findings."""
        if not self._redis.exists(keys.watched(project), keys.subscriptions(project)):
            return False
        return bool(self._redis.set(keys.sweep_turn(project), 1, nx=True, px=INTERVAL))

    def begin(self, project: str, owner: str) -> bool:
        """Take the lease of the one sweeper; False: another worker has it."""
        return bool(
            self._redis.set(keys.sweep_lease(project), owner, nx=True, px=keys.sweep_lease.life)
        )

    def renew(self, project: str, owner: str) -> bool:
        """Renew the lease; False: it was lost, and this sweep must end."""
        return bool(
            self._renew(keys=[keys.sweep_lease(project)], args=[owner, keys.sweep_lease.life_s])
        )

    def end(self, project: str, owner: str) -> None:
        """Release the lease."""
        self._end(keys=[keys.sweep_lease(project)], args=[owner])

    def succeeded(self, project: str) -> None:
        """Record that the sweeps of the project can be relied upon for a while."""
        self._redis.set(keys.swept(project), 1, px=keys.swept.life)

    def failed(self, project: str) -> None:
        """Record that they cannot."""
        self._redis.delete(keys.swept(project))

    def are_trusted(self, project: str) -> bool:
        """Return whether an end would be noticed by a sweep."""
        return bool(self._redis.exists(keys.swept(project)))

    def since_success(self, project: str) -> timedelta | None:
        """Return how long ago the last sweep succeeded; None: too long, or nobody needs any."""
        left_ms = self._redis.pttl(keys.swept(project))
        return keys.swept.life - timedelta(milliseconds=left_ms) if left_ms > 0 else None

    def last_seen(self, project: str) -> dict[str, str]:
        """Return the progress of each instance when it was polled last, as sweeps saw it."""
        kept = self._redis.hgetall(keys.progress(project))
        return {text(name): text(value) for name, value in kept.items()}

    def remember(self, project: str, seen: Mapping[str, str], gone: Iterable[str]) -> None:
        """Save the progress of new instances, and forget those that are watched no longer."""
        key = keys.progress(project)
        with self._redis.pipeline(transaction=False) as pipe:
            if seen:
                pipe.hset(key, mapping=dict(seen.items()))
            if over := list(gone):
                pipe.hdel(key, *over)
            pipe.expire(key, keys.progress.life)
            pipe.execute()

    def request_polls(self, seen: Mapping[str, str]) -> list[str]:
        """Record that these runs are to be polled now; return those that were not a moment ago.

        `seen` has the progress that each is polled for; empty for one that is polled for another
        reason.
        """
        with self._redis.pipeline(transaction=False) as pipe:
            for run_id, progress in seen.items():
                pipe.set(
                    keys.poll_requested(run_id), progress, nx=True, px=keys.poll_requested.life
                )
            turns = pipe.execute()
        return [run_id for run_id, turn in zip(seen, turns, strict=True) if turn]

    def polled(self, project: str, instance_id: str, run_id: str) -> None:
        """Save the progress that the run was polled for: only now it counts as seen."""
        if progress := self._redis.get(keys.poll_requested(run_id)):
            self._redis.hset(keys.progress(project), instance_id, progress)
