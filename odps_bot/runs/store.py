"""Runs in Redis: every change is a compare-and-set that also enqueues its notifications.

Redis' own clock orders what is due, so that workers on several machines agree.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError, ResponseError

from odps_bot.operations.logs import name_run
from odps_bot.runs.audit_lines import transition
from odps_bot.runs.charges import Settlement, settlement_of
from odps_bot.runs.lifecycle import Change, ForbiddenTransitionError, check_transition
from odps_bot.runs.record import decode_run, encode_run
from odps_bot.runs.run import Run
from odps_bot.runs.store_scripts import CLAIM_DUE, SAVE
from odps_bot.store import keys
from odps_bot.store.audit import AuditTrail
from odps_bot.store.codec import CorruptRecordError
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import text
from odps_bot.store.spending import shares

log = logging.getLogger(__name__)

#: How many runs of a channel or person are offered; older ones are found by id.
REMEMBERED_RUNS = 200

#: The audit trail keeps so many lines unless the team's rules say otherwise.
AUDIT_LINES = 100_000


class RunStore:
    """The runs. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis, *, keep: timedelta, audit: AuditTrail | None = None) -> None:
        self._redis = redis
        self._audit = audit or AuditTrail(redis, keep=AUDIT_LINES)
        self._keep_s = int(keep.total_seconds())
        self._save = redis.register_script(SAVE)
        self._claim_due = redis.register_script(CLAIM_DUE)

    @staticmethod
    def naming(team_id: str) -> Pipelined[str]:
        """Return what takes ``r1``, ``r2``, …: a short name that no other run of the team has."""
        return Pipelined(
            [("INCR", keys.last_run_number(team_id))], lambda numbers: f"r{numbers[0]}"
        )

    def create(self, run: Run, *, overdue_in: timedelta) -> Run:
        """Keep a new run and return it; a run of that id that exists already wins.

        Raises ForbiddenTransitionError unless its state is one to begin with.
        """
        name_run(run.run_id, run.name)
        with self._redis.pipeline(transaction=True) as pipe:
            self._index(run, pipe)
            created = self._set(0, Change(run=run, overdue_in=overdue_in), before=None, pipe=pipe)
        if not created:
            existing = self.get(run.run_id)
            if existing is not None:
                return existing
        return run

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

    def is_of_another_team(self, team_id: str, instance_id: str) -> bool:
        """Return whether another team's run is this instance. Raises CorruptRecordError."""
        run_id = self._redis.get(keys.run_instance(instance_id))
        run = self.get(text(run_id)) if run_id is not None else None
        return run is not None and run.instance_id == instance_id and run.team_id != team_id

    def recent(self, team_id: str, place: str, *, limit: int) -> list[Run]:
        """Return the newest runs of a channel or a user, newest first, without damaged ones."""
        ids = self._redis.zrevrange(keys.runs_in(team_id, place), 0, limit - 1)
        return self._get_all(ids)

    def open_runs(self, team_id: str, *, limit: int) -> list[Run]:
        """Return the team's newest runs that are not over, newest first."""
        key = keys.open_runs(team_id)
        ids: Any = self._redis.zrevrange(key, 0, limit - 1)
        records = dict(zip(ids, self._records(ids), strict=True))
        if gone := [run_id for run_id, record in records.items() if record is None]:
            # Nobody will end them; they would take the place of others for ever.
            self._redis.zrem(key, *gone)
        return [run for run in _readable_of(records.values()) if not run.is_final]

    def at_message(self, team_id: str, channel_id: str, ts: str) -> Run | None:
        """Return the run whose card is this message, or stands in its thread: the newest."""
        run_id = self._redis.get(keys.run_card(channel_id, ts))
        run = self.get_readable(text(run_id)) if run_id is not None else None
        return run if run and run.team_id == team_id else None

    def apply(self, run_id: str, event: Callable[[Run], Change | None]) -> Run | None:
        """Let an event happen to the run as it is now, and again if others change it meanwhile.

        `event` is pure, see `odps_bot.runs.lifecycle`. Returns the run after it, or None when the
        event does not apply to it or there is no such run. Raises ForbiddenTransitionError.
        """
        while True:
            run, revision = self._read(run_id)
            if run is None or (change := event(run)) is None:
                return None
            if change == Change(run=run) or self._set(revision, change, before=run):
                return change.run

    def note(self, run_id: str, **facts: object) -> None:
        """Record facts that change neither the state nor what must be sent or cared for."""
        self.apply(run_id, lambda run: Change(run=msgspec.structs.replace(run, **facts)))

    def remember_instance(self, run: Run) -> None:
        """Let the run be found by the id of its instance."""
        if run.instance_id:
            self._redis.set(keys.run_instance(run.instance_id), run.run_id, ex=self._keep_s)

    def card_posted(self, run: Run, ts: str) -> None:
        """Record the message that is the run's card, and let the run be found by it."""
        for message_ts in {ts, run.thread_ts or ts}:
            self._redis.set(keys.run_card(run.channel_id, message_ts), run.run_id, ex=self._keep_s)
        self.note(run.run_id, card_ts=ts)

    def claim_overdue(self, *, limit: int, lease: timedelta) -> list[str]:
        """Return overdue runs; each is due again when the lease is over."""
        ids = self._claim_due(keys=[keys.deadlines()], args=[limit, lease.total_seconds()])
        return [text(run_id) for run_id in ids]

    def waiting(self) -> tuple[int, timedelta]:
        """Return how many runs are not over, and for how long the most overdue needs care."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.zcard(keys.deadlines())
            pipe.zrange(keys.deadlines(), 0, 0, withscores=True)
            (seconds, microseconds), count, first = pipe.execute()
        now_s = seconds + microseconds / 1e6
        return count, timedelta(seconds=max(0.0, now_s - first[0][1]) if first else 0)

    def watched(self, project: str) -> dict[str, str]:
        """Return run ids by the instances we follow, those polled longest ago first."""
        members = self._redis.zrange(keys.watched(project), 0, -1)
        pairs = (text(member).partition(" ") for member in members)
        return {instance_id: run_id for instance_id, _, run_id in pairs}

    def forget_watched(self, project: str, instance_id: str, run_id: str) -> None:
        """Stop watching an instance whose run is gone or over."""
        self._redis.zrem(keys.watched(project), f"{instance_id} {run_id}")

    def forget_deadline(self, run_id: str) -> None:
        """Stop caring for a run whose record is gone or damaged."""
        self._redis.zrem(keys.deadlines(), run_id)

    @staticmethod
    def _ways_to(run: Run) -> set[str]:
        return {keys.run_name(run.team_id, run.name), keys.run_instance(run.instance_id or "")}

    def _index(self, run: Run, pipe: Pipeline) -> None:
        asked_at_s = run.requested_at.timestamp()
        pipe.set(keys.run_name(run.team_id, run.name), run.run_id, ex=self._keep_s)
        for place in (run.channel_id, run.user_id):
            key = keys.runs_in(run.team_id, place)
            pipe.zadd(key, {run.run_id: asked_at_s})
            pipe.zremrangebyrank(key, 0, -REMEMBERED_RUNS - 1)
            pipe.expire(key, self._keep_s)

    def get_readable(self, run_id: str) -> Run | None:
        """Return the run, or None when it is gone or its record is damaged."""
        try:
            return self.get(run_id)
        except CorruptRecordError:
            return None

    def _get_all(self, run_ids: Iterable[object]) -> list[Run]:
        """Return those that are there and undamaged, by one question to Redis."""
        return _readable_of(self._records(run_ids))

    def _records(self, run_ids: Iterable[object]) -> list[Any]:
        with self._redis.pipeline(transaction=False) as pipe:
            for run_id in run_ids:
                pipe.hget(keys.run(text(run_id)), "record")
            return pipe.execute(raise_on_error=False)

    def get_or_discard(self, run_id: str) -> Run | None:
        """Return the run, or None: nobody cares any more for one that is gone or damaged."""
        try:
            run = self.get(run_id)
        except CorruptRecordError as error:
            log.error("discarding the corrupt record of run %s: %s", run_id, error)  # noqa: TRY400  -- says it all
            run = None
        if run is None:
            self.forget_deadline(run_id)
        return run

    def _read(self, run_id: str) -> tuple[Run | None, int]:
        try:
            kept = self._redis.hmget(keys.run(run_id), ["record", "revision"])
        except ResponseError as error:
            raise CorruptRecordError(f"no record at all: {error}") from error
        return _decode(run_id, kept)

    def _set(
        self, revision: int, change: Change, *, before: Run | None, pipe: Pipeline | None = None
    ) -> bool:
        """Save the change, in one round trip with what is in `pipe`."""
        run = change.run
        _check(before, run)
        moved = transition(before, run) if _state_changed(before, run) else None
        line = self._audit.encode(moved) if moved else b""
        settlement = settlement_of(run) if moved else None
        day = settlement.day if settlement else run.requested_at.date()
        ways = _all_ways_to(run)
        saved = self._run_save(
            pipe,
            names=[
                keys.run(run.run_id),
                keys.deadlines(),
                keys.watched(run.project),
                keys.outbox_versions(),
                keys.outbox(NotificationKind.CARD_REFRESH),
                keys.open_runs(run.team_id),
                keys.audit(),
                keys.spending(run.team_id, day),
                keys.charges(run.team_id, day),
                *ways,
                *(keys.outbox(kind) for kind in change.notifications),
            ],
            args=[
                revision,
                encode_run(run),
                self._keep_s,
                run.run_id,
                _due(change),
                f"{run.instance_id} {run.run_id}" if run.instance_id else "",
                run.requested_at.timestamp(),
                line,
                self._audit.keep,
                *_settling(settlement),
                len(ways),
                *(settlement.fields if settlement else ()),
                *(f"{kind.stored_name}:{run.run_id}" for kind in change.notifications),
            ],
        )
        if saved and moved:
            self._audit.write(line)
            self._audit.observe(moved)
        return bool(saved)

    def _run_save(self, pipe: Pipeline | None, *, names: list[str], args: list[Any]) -> Any:
        if pipe is None:
            return self._save(keys=names, args=args)
        # By its text: asking whether Redis knows the script would be a round trip of its own.
        pipe.eval(SAVE, len(names), *names, *args)
        return pipe.execute()[-1]


def _all_ways_to(run: Run) -> list[str]:
    """Return what leads to the run, and would be lost before it if it lived no longer."""
    instances = [run.instance_id] if run.instance_id else []
    messages = {ts for ts in (run.card_ts, run.thread_ts) if ts and run.card_ts}
    return [
        keys.run_name(run.team_id, run.name),
        keys.runs_in(run.team_id, run.channel_id),
        keys.runs_in(run.team_id, run.user_id),
        *(keys.run_instance(instance_id) for instance_id in instances),
        *(keys.run_card(run.channel_id, ts) for ts in sorted(messages)),
    ]


def _due(change: Change) -> str:
    """Return in how many seconds the run is overdue, or what else becomes of its deadline."""
    if change.run.is_final:
        return "over"
    return "as it is" if change.overdue_in is None else str(change.overdue_in.total_seconds())


def _settling(settlement: Settlement | None) -> list[str | int]:
    if settlement is None:
        return ["nothing", keys.spending.life_s, 0]
    cost = "" if settlement.cost is None else shares(settlement.cost)
    return [cost, keys.spending.life_s, len(settlement.fields)]


def _decode(run_id: str, kept: Sequence[Any]) -> tuple[Run | None, int]:
    record, revision = kept
    if record is None or revision is None:
        return None, 0
    if not revision.isdigit():
        raise CorruptRecordError("no revision")
    run = decode_run(record)
    name_run(run_id, run.name)
    return run, int(revision)


def _readable_of(records: Iterable[object]) -> list[Run]:
    return [run for record in records if (run := _readable(record))]


def _readable(record: object) -> Run | None:
    if isinstance(record, RedisError) and not isinstance(record, ResponseError):
        raise record
    if not isinstance(record, bytes | str):
        return None
    try:
        return decode_run(record)
    except CorruptRecordError:
        return None


def _state_changed(before: Run | None, after: Run) -> bool:
    return before is None or before.state is not after.state


def _check(before: Run | None, after: Run) -> None:
    try:
        check_transition(before.state if before else None, after.state)
    except ForbiddenTransitionError:
        reference = secrets.token_hex(4)
        log.exception("run %s keeps its state; this is a bug (ref %s)", after.run_id, reference)
        raise
