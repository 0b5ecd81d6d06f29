"""Locked projects: for a month's end, nothing but reads is accepted there."""

import contextlib

import msgspec
from redis import Redis

from odps_bot.runs import keys
from odps_bot.runs.kept import DamagedRecordError, Instant, read_kept


class ProjectLock(msgspec.Struct, frozen=True, kw_only=True):
    """Who has locked a project, when and why."""

    project: str
    reason: str
    user_id: str
    at: Instant


class Locks:
    """The locks of all projects. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def lock(self, lock: ProjectLock) -> None:
        """Lock the project, or replace its lock."""
        self._redis.hset(keys.LOCKS, lock.project, msgspec.json.encode(lock))

    def unlock(self, project: str) -> bool:
        """Unlock the project; return whether it was locked."""
        return bool(self._redis.hdel(keys.LOCKS, project))

    def get(self, project: str) -> ProjectLock | None:
        """Return the lock of a project, or None. Raises DamagedRecordError."""
        kept = self._redis.hget(keys.LOCKS, project)
        return read_kept(kept, ProjectLock) if isinstance(kept, bytes) else None

    def all(self) -> list[ProjectLock]:
        """Return all locks by project, but for damaged ones."""
        locks = []
        for kept in self._redis.hvals(keys.LOCKS):
            with contextlib.suppress(DamagedRecordError):
                locks.append(read_kept(kept, ProjectLock))
        return sorted(locks, key=lambda lock: lock.project)
