"""Reads runs from Redis, and finds them: by name, instance, message, channel or person."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from odps_bot.operations.logs import name_run
from odps_bot.runs.recent_records import RecentRecords, Revision
from odps_bot.runs.record import decode_run, readable_runs
from odps_bot.runs.run import Run, RunState
from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError
from odps_bot.store.pipelined import Pipelined, together
from odps_bot.store.redis_values import text

log = logging.getLogger(__name__)

NO_TIME: Pipelined[None] = Pipelined((), lambda _responses: None)


class RunReader:
    """The runs, to be read. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._recent = RecentRecords()

    def get(self, run_id: str) -> Run | None:
        """Return the run, or None. Raises CorruptRecordError."""
        record, _ = self._read(run_id)
        return record

    @staticmethod
    def reading(run_id: str) -> Pipelined[Run | None]:
        """Return what `get` reads."""
        return Pipelined(
            [("HMGET", keys.run(run_id), "record", "revision")],
            lambda responses: _decode(run_id, responses[0])[0],
        )

    def get_readable(self, run_id: str) -> Run | None:
        """Return the run, or None when it is gone or its record is damaged."""
        try:
            return self.get(run_id)
        except CorruptRecordError:
            return None

    def get_with(self, run_id: str, *others: Pipelined[Any]) -> tuple[Any, ...]:
        """Return the run or None, and the values of what is sent before it, in one round trip.

        Raises CorruptRecordError.
        """
        parts = {str(number): part for number, part in enumerate(others)}
        reading = Pipelined(
            [("HMGET", keys.run(run_id), "record", "revision")], lambda responses: responses[0]
        )
        try:
            found: dict[str, Any] = together(dict, **parts, run=reading).run(self._redis)
        except ResponseError as error:
            raise CorruptRecordError(f"no record at all: {error}") from error
        run, _ = self._decode(run_id, found.pop("run"))
        return (run, *found.values())

    def get_or_discard(self, run_id: str) -> Run | None:
        """Return the run, or None: nobody cares any more for one that is gone or damaged."""
        return self.get_or_discard_at(run_id, None)[0]

    def get_or_discard_at(
        self, run_id: str, time: Pipelined[datetime] | None
    ) -> tuple[Run | None, datetime | None]:
        """Return the same and the time, in one round trip; of a run that is gone, None."""
        run: Run | None = None
        now: datetime | None = None
        try:
            run, now = self.get_with(run_id, time or NO_TIME)
        except CorruptRecordError as error:
            log.error("discarding the corrupt record of run %s: %s", run_id, error)  # noqa: TRY400  -- says it all
        if run is None:
            self.forget_deadline(run_id)
        return run, now

    def find(self, team_id: str, identifier: str) -> Run | None:
        """Return the team's run with this short name, instance id or run id, or None."""
        for key in (
            keys.run_name(team_id, identifier.lower()),
            keys.run_instance(identifier),
        ):
            run_id = self._redis.get(key)
            run = self.get(text(run_id)) if run_id is not None else None
            # A creation that came second has left a name that is not the run's.
            if run and run.team_id == team_id and key in self._ways_to(run):
                return run
        run = self.get(identifier)
        return run if run and run.team_id == team_id else None

    def recent(self, team_id: str, place: str, *, limit: int) -> list[Run]:
        """Return the newest runs of a channel or a user, newest first, without damaged ones."""
        ids = self._redis.zrevrange(keys.runs_in(team_id, place), 0, limit - 1)
        return self.get_all_readable(ids)

    def open_runs(self, team_id: str, *, limit: int) -> list[Run]:
        """Return the team's newest runs that are not over, newest first."""
        key = keys.open_runs(team_id)
        ids: Any = self._redis.zrevrange(key, 0, limit - 1)
        records = dict(zip(ids, self._records(ids), strict=True))
        if gone := [run_id for run_id, record in records.items() if record is None]:
            # Nobody will end them; they would take the place of others for ever.
            self._redis.zrem(key, *gone)
        return [run for run in readable_runs(records.values()) if not run.is_final]

    def open_questions(self, team_id: str, *, limit: int) -> list[Run]:
        """Return the team's runs that await a decision, those first that expire first."""
        key = keys.open_questions(team_id)
        ids: Any = self._redis.zrange(key, 0, limit - 1)
        records = dict(zip(ids, self._records(ids), strict=True))
        if gone := [run_id for run_id, record in records.items() if record is None]:
            self._redis.zrem(key, *gone)
        found = readable_runs(records.values())
        return [run for run in found if run.state is RunState.AWAITING_DECISION]

    def at_message(self, team_id: str, channel_id: str, ts: str) -> Run | None:
        """Return the run whose card is this message, or stands in its thread: the newest."""
        run_id = self._redis.get(keys.run_card(channel_id, ts))
        run = self.get_readable(text(run_id)) if run_id is not None else None
        return run if run and run.team_id == team_id else None

    def watched(self, project: str) -> dict[str, str]:
        """Return run ids by the instances we follow, those polled longest ago first."""
        members = self._redis.zrange(keys.watched(project), 0, -1)
        pairs = (text(member).partition(" ") for member in members)
        return {instance_id: run_id for instance_id, _, run_id in pairs}

    def waiting(self) -> tuple[int, timedelta]:
        """Return how many runs are not over, and for how long the most overdue needs care."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.zcard(keys.deadlines())
            pipe.zrange(keys.deadlines(), 0, 0, withscores=True)
            (seconds, microseconds), count, first = pipe.execute()
        now_s = seconds + microseconds / 1e6
        return count, timedelta(seconds=max(0.0, now_s - first[0][1]) if first else 0)

    def forget_deadline(self, run_id: str) -> None:
        """Stop caring for a run whose record is gone or damaged."""
        self._redis.zrem(keys.deadlines(), run_id)

    @staticmethod
    def _ways_to(run: Run) -> set[str]:
        return {keys.run_name(run.team_id, run.name), keys.run_instance(run.instance_id or "")}

    def get_all_readable(self, run_ids: Iterable[object]) -> list[Run]:
        """Return those that are there and undamaged, by one question to Redis."""
        return readable_runs(self._records(run_ids))

    def _records(self, run_ids: Iterable[object]) -> list[Any]:
        with self._redis.pipeline(transaction=False) as pipe:
            for run_id in run_ids:
                pipe.hget(keys.run(text(run_id)), "record")
            return pipe.execute(raise_on_error=False)

    def _read(self, run_id: str) -> tuple[Run | None, Revision]:
        try:
            kept = self._redis.hmget(keys.run(run_id), ["record", "revision"])
        except ResponseError as error:
            raise CorruptRecordError(f"no record at all: {error}") from error
        return self._decode(run_id, kept)

    def _decode(self, run_id: str, kept: Sequence[Any]) -> tuple[Run | None, Revision]:
        run, number = _decode(run_id, kept)
        if run is not None:
            self._recent.put(run, kept[0], number)
        return run, Revision(number)


def _decode(run_id: str, kept: Sequence[Any]) -> tuple[Run | None, int]:
    record, revision = kept
    if record is None or revision is None:
        return None, 0
    if not revision.isdigit():
        raise CorruptRecordError("no revision")
    run = decode_run(record)
    name_run(run_id, run.name)
    return run, int(revision)
