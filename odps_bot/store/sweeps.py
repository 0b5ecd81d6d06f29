"""Which worker sweeps a project, whether sweeps succeed, and what the last one observed."""

from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import text

#: Sweeps of a project come so often, where they list no more instances a second than this.
INTERVAL = keys.sweep_turn.life
LISTED_PER_S = 15_000
LONGEST_INTERVAL = timedelta(seconds=15)

#: Renews a lease for its owner, or takes it again if nobody has it; trust in sweeps, if there is
#: any, lasts as long as they go on. KEYS lease, swept. ARGV owner, lives of both in s.
_RENEW = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""

#: Releases a lease, only for its owner. KEYS lease. ARGV owner.
_END = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""

#: Saves the progress that a run was polled for, or forgets it. KEYS what it was polled for,
#: progress. ARGV instance id, whether the poll was prompted.
_POLLED = """
local progress = redis.call('GET', KEYS[1])
if progress and progress ~= '' then
  redis.call('HSET', KEYS[2], ARGV[1], progress)
elseif not progress and ARGV[2] == '1' then
  redis.call('HDEL', KEYS[2], ARGV[1])
end
"""

NOTHING: Pipelined[None] = Pipelined((), lambda _: None)

#: What sweeps do not watch any more is removed by so many fields at once.
REMOVED_AT_ONCE = 1_000


class Trust(NamedTuple):
    """Whether an end would be noticed by a sweep, and how many instances all sweeps watch."""

    is_trusted: bool
    watched: int


def interval(watched: int) -> timedelta:
    """Return how often a project is swept while so many instances are watched in all projects."""
    return min(max(INTERVAL, timedelta(seconds=watched / LISTED_PER_S)), LONGEST_INTERVAL)


class Sweeps:
    """The sweeps of all projects. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._renew = redis.register_script(_RENEW)
        self._end = redis.register_script(_END)
        self._polled = redis.register_script(_POLLED)

    def take_turn(self, project: str) -> bool:
        """Return whether to enqueue a sweep now: it is time, and somebody needs its findings."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.exists(keys.watched(project), keys.subscriptions(project))
            pipe.get(keys.watched_total())
            is_needed, watched = pipe.execute()
        if not is_needed:
            return False
        life = interval(int(watched or 0))
        return bool(self._redis.set(keys.sweep_turn(project), 1, nx=True, px=life))

    def count_watched(self, projects: Collection[str]) -> None:
        """Count the instances that are watched in these, which are all projects."""
        with self._redis.pipeline(transaction=False) as pipe:
            for project in projects:
                pipe.zcard(keys.watched(project))
            watched = sum(pipe.execute())
        self._redis.set(keys.watched_total(), watched, px=keys.watched_total.life)

    def watched_total(self) -> int:
        """Return how many instances are watched in all projects, as counted last."""
        return int(self._redis.get(keys.watched_total()) or 0)

    def take_progress_turn(self, project: str, *, every: int, watched: int) -> bool:
        """Return whether to list the progress now, in about one of `every` sweeps.

        Sweeps come as often as they do while so many instances are watched in all projects.

        Where sweeps are not relied upon it is always time: such a list proves that they succeed.
        """
        life = interval(watched) * (every - 0.5)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.exists(keys.swept(project))
            pipe.set(keys.progress_turn(project), 1, nx=True, px=life)
            is_trusted, is_time = pipe.execute()
        return bool(is_time) or not is_trusted

    def begin(self, project: str, owner: str) -> bool:
        """Take the lease of the one sweeper; False: another worker has it."""
        return bool(
            self._redis.set(keys.sweep_lease(project), owner, nx=True, px=keys.sweep_lease.life)
        )

    def renew(self, project: str, owner: str) -> bool:
        """Renew the lease, or take it again; False: another has it, and this sweep must end."""
        return bool(
            self._renew(
                keys=[keys.sweep_lease(project), keys.swept(project)],
                args=[owner, keys.sweep_lease.life_s, keys.swept.life_s],
            )
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
        return self.reading_trust(project).run(self._redis).is_trusted

    @staticmethod
    def reading_trust(project: str) -> Pipelined[Trust]:
        """Return what reads whether the project's sweeps can be relied upon."""
        return Pipelined(
            [("EXISTS", keys.swept(project)), ("GET", keys.watched_total())],
            lambda responses: Trust(bool(responses[0]), int(responses[1] or 0)),
        )

    def since_success(self, project: str) -> timedelta | None:
        """Return how long ago the last sweep succeeded; None: too long, or nobody needs any."""
        left_ms = self._redis.pttl(keys.swept(project))
        return keys.swept.life - timedelta(milliseconds=left_ms) if left_ms > 0 else None

    def last_seen(self, project: str, instance_ids: Sequence[str]) -> dict[str, str]:
        """Return the progress of these instances when they were polled last, as sweeps saw it.

        Whatever else is kept, a part of it at a time, is removed: it is watched no longer.
        """
        if not instance_ids:
            return {}
        key = keys.progress(project)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hmget(key, list(instance_ids))
            pipe.hlen(key)
            values, count = pipe.execute()
        found = {
            instance_id: text(value)
            for instance_id, value in zip(instance_ids, values, strict=True)
            if value is not None
        }
        if count > len(found):
            self._remove_others(key, set(instance_ids))
        return found

    def _remove_others(self, key: str, watched: set[str]) -> None:
        others: list[str] = []
        for field, _ in self._redis.hscan_iter(key, count=REMOVED_AT_ONCE):
            if text(field) not in watched:
                others.append(text(field))
            if len(others) >= REMOVED_AT_ONCE:
                break
        if others:
            self._redis.hdel(key, *others)

    def remember(self, project: str, seen: Mapping[str, str]) -> None:
        """Save the progress of new instances."""
        key = keys.progress(project)
        with self._redis.pipeline(transaction=False) as pipe:
            if seen:
                pipe.hset(key, mapping=dict(seen.items()))
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

    def polled(
        self,
        project: str,
        instance_id: str,
        run_id: str,
        *,
        is_prompted: bool,
        beside: Pipelined[None] = NOTHING,
    ) -> None:
        """Save the progress that the run was polled for: only now it counts as seen.

        Where a prompted poll came so late that nobody knows it any more, what the next sweep sees
        counts as seen: or the run would be polled for it again and again. What is `beside` is sent
        in the same round trip.
        """
        names = [keys.poll_requested(run_id), keys.progress(project)]
        arguments: tuple[str | int, ...] = (instance_id, int(is_prompted))
        if not beside.commands:
            self._polled(keys=names, args=arguments)
            return
        # By its text: asking whether Redis knows the script would be a round trip of its own.
        script = ("EVAL", _POLLED, len(names), *names, *arguments)
        Pipelined((*beside.commands, script), lambda _: None).run(self._redis)

    def forget(self, project: str, instance_id: str) -> None:
        """Delete what is known of an instance whose run has ended."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hdel(keys.progress(project), instance_id)
            pipe.srem(keys.doubtful_instances(project), instance_id)
            pipe.delete(keys.recent_snapshots(instance_id))
            pipe.execute()

    def remember_doubtful(self, project: str, instance_id: str) -> None:
        """Record that a poll of the instance got no answer: the next sweep may see it."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd(keys.doubtful_instances(project), instance_id)
            pipe.expire(keys.doubtful_instances(project), keys.doubtful_instances.life)
            pipe.execute()

    def take_doubtful(
        self, project: str, watched: Container[str], running: Container[str], *, limit: int
    ) -> list[str]:
        """Return, once, doubtful instances that are watched and were just seen running.

        Those that are not watched any more are forgotten.
        """
        key = keys.doubtful_instances(project)
        doubtful = [text(one) for one in self._redis.smembers(key)]
        seen = [one for one in doubtful if one in watched and one in running][:limit]
        if over := [*seen, *(one for one in doubtful if one not in watched)]:
            self._redis.srem(key, *over)
        return seen

    def remember_project(self, project: str) -> None:
        """Record that a run in the project relies on its sweeps."""
        self._redis.sadd(keys.watched_projects(), project)

    def watched_projects(self, known: Collection[str]) -> list[str]:
        """Return the known projects, and those besides in which something is still watched."""
        others = [text(one) for one in self._redis.smembers(keys.watched_projects())]
        others = sorted(set(others) - set(known))
        with self._redis.pipeline(transaction=False) as pipe:
            for project in others:
                pipe.exists(keys.watched(project))
            left = dict(zip(others, pipe.execute(), strict=True))
        if empty := [project for project, is_watched in left.items() if not is_watched]:
            # Whatever relies on sweeps there meanwhile adds it again with its next poll.
            self._redis.srem(keys.watched_projects(), *empty)
        return [*known, *(project for project in others if left[project])]

    def unswept(self, project: str, *, polled_before: datetime, limit: int) -> list[str]:
        """Return runs that no poll was due for since then, if no sweep sees to them either."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.exists(keys.swept(project))
            pipe.zrangebyscore(
                keys.watched(project), "-inf", polled_before.timestamp(), start=0, num=limit
            )
            is_swept, members = pipe.execute()
        return [] if is_swept else [text(member).partition(" ")[2] for member in members]
