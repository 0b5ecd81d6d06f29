"""To whom instances belong besides those that runs name: estimates, and the steps of XFlows.

A step carries no Guid, and that of an estimate does not lead to its run; so both are recorded. What
is not recorded is not therefore nobody's: see `InstanceOwners.since`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec
from redis import Redis

from odps_bot.runs.reader import RunReader
from odps_bot.runs.run import Run
from odps_bot.store import keys
from odps_bot.store.codec import decode
from odps_bot.store.redis_values import text


class Requester(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked for an instance, and where."""

    team_id: str
    channel_id: str  #: empty where there was none
    user_id: str
    run_id: str = ""  #: empty: an estimate that no run was made of
    name: str = ""  #: the run's


#: The run that an instance is, or who asked for one that is only a part of their run.
Owner: TypeAlias = Run | Requester


def requester_of(run: Run) -> Requester:
    """Return who asked for the run, as its parts name them."""
    return Requester(
        team_id=run.team_id,
        channel_id=run.channel_id,
        user_id=run.user_id,
        run_id=run.run_id,
        name=run.name,
    )


class InstanceOwners:
    """Whose instances are. Methods raise RedisError, and CorruptRecordError for a damaged record.

    A damaged record is an error rather than nobody: what it says may be that the job is private.
    """

    def __init__(self, redis: Redis, runs: RunReader, *, keep: timedelta) -> None:
        self._redis = redis
        self._runs = runs
        self._keep = keep

    def remember(self, owner: Requester, *parts: str) -> None:
        """Record whose these are: ids of instances, or Guids that are about to be sent."""
        if not parts:
            return
        record = msgspec.json.encode(owner)
        with self._redis.pipeline(transaction=False) as pipe:
            for part in parts:
                pipe.set(keys.instance_owner(part), record, ex=self._keep)
            pipe.execute()

    def find(self, instance_id: str) -> Owner | None:
        """Return whose the instance is, or None where nothing is recorded of it."""
        run_id, part = self._redis.mget(
            keys.run_instance(instance_id), keys.instance_owner(instance_id)
        )
        run = self._runs.get(text(run_id)) if run_id is not None else None
        if run is not None and run.instance_id == instance_id:
            return run
        return decode(part, Requester) if part is not None else None

    def is_part(self, instance_id: str) -> bool:
        """Return whether the instance is an estimate, or a step of a run's XFlow."""
        return bool(self._redis.exists(keys.instance_owner(instance_id)))

    def find_by_guid(self, guid: str) -> Owner | None:
        """Return whose the instance with this Guid is: a run sends its id, an estimate another."""
        part = self._redis.get(keys.instance_owner(guid))
        if isinstance(part, bytes):
            return decode(part, Requester)
        return self._runs.get(guid)

    def begin_flow(self, run: Run) -> None:
        """Record that the run may have steps from now on."""
        key = keys.open_flows(run.project)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd(key, run.run_id)
            pipe.expire(key, self._keep)
            pipe.execute()

    def end_flow(self, project: str, run_id: str) -> None:
        """Record that all steps which the run will ever have are known."""
        self._redis.srem(keys.open_flows(project), run_id)

    def open_flows(self, project: str) -> list[Run]:
        """Return the XFlows of a project that may have steps which nobody has recorded yet."""
        ids = {text(run_id) for run_id in self._redis.smembers(keys.open_flows(project))}
        runs = [run for run_id in sorted(ids) if (run := self._runs.get(run_id))]
        self._forget_flows(project, ids - {run.run_id for run in runs})
        return runs

    def _forget_flows(self, project: str, run_ids: Iterable[str]) -> None:
        if gone := list(run_ids):
            self._redis.srem(keys.open_flows(project), *gone)

    def since(self, now: datetime) -> datetime:
        """Return since when owners are recorded and not forgotten again.

        In a Redis that is new, or was emptied, that is now: of what began before, nobody can tell
        whose it is.
        """
        self._redis.set(keys.owners_since(), str(now.timestamp()), nx=True)
        recorded = self._redis.get(keys.owners_since())
        began = datetime.fromtimestamp(float(text(recorded)), UTC) if recorded else now
        return max(began, now - self._keep)
