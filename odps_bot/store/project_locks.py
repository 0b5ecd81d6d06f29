"""Locked projects, which accept nothing but reads, such as at a month's end."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError, Instant, decode
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import RedisStore, text

log = logging.getLogger(__name__)


class ProjectLock(msgspec.Struct, frozen=True, kw_only=True):
    """Who has locked a project, when and why."""

    project: str
    reason: str
    user_id: str
    at: Instant

    @property
    def is_corrupt(self) -> bool:
        """Whether who locked it, and why, is lost; the lock applies all the same."""
        return not self.user_id


class ProjectLocks(RedisStore):
    """The locks of all projects."""

    def lock(self, lock: ProjectLock) -> None:
        """Lock the project, or replace its lock."""
        self._redis.hset(keys.locks(), lock.project, msgspec.json.encode(lock))

    def unlock(self, project: str) -> bool:
        """Unlock the project; return whether it was locked."""
        return bool(self._redis.hdel(keys.locks(), project))

    def get(self, project: str) -> ProjectLock | None:
        """Return the lock of a project, or None."""
        kept = self._redis.hget(keys.locks(), project)
        return _read(project, kept) if isinstance(kept, bytes) else None

    def all(self) -> list[ProjectLock]:
        """Return all locks by project."""
        return list(self.reading().run(self._redis).values())

    @staticmethod
    def reading() -> Pipelined[dict[str, ProjectLock]]:
        """Return what reads all locks, by project."""
        return Pipelined([("HGETALL", keys.locks())], lambda responses: _decode_all(responses[0]))


def _decode_all(found: Mapping[bytes, bytes]) -> dict[str, ProjectLock]:
    locks = (_read(text(project), kept) for project, kept in found.items())
    return {lock.project: lock for lock in sorted(locks, key=lambda lock: lock.project)}


def _read(project: str, kept: bytes | str) -> ProjectLock:
    try:
        return decode(kept, ProjectLock)
    except CorruptRecordError as error:
        log.error("the lock of %s is corrupt and still applies: %s", project, error)  # noqa: TRY400  -- no trace
        reason = "the record of its lock is corrupt"
        unknown = datetime.fromtimestamp(0, UTC)
        return ProjectLock(project=project, reason=reason, user_id="", at=unknown)
