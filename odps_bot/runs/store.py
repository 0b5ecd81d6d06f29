"""Runs in Redis: every change is a compare-and-set that also enqueues its notifications.

Redis' own clock orders what is due, so that workers on several machines agree.
"""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from redis import Redis
from redis.client import Pipeline

from odps_bot.operations.logs import name_run
from odps_bot.runs.audit_lines import transition
from odps_bot.runs.charges import settlement_of
from odps_bot.runs.lifecycle import Change, ForbiddenTransitionError, check_transition
from odps_bot.runs.reader import RunReader
from odps_bot.runs.recent_records import Revision
from odps_bot.runs.record import encode_run
from odps_bot.runs.run import Run
from odps_bot.runs.save_arguments import arguments_of_save, is_about_submission
from odps_bot.runs.store_scripts import CLAIM_DUE, SAVE
from odps_bot.store import keys
from odps_bot.store.audit import AuditTrail
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import text
from odps_bot.store.write_confirmation import WriteConfirmation

log = logging.getLogger(__name__)

#: How many runs of a channel or person are offered; older ones are found by id.
REMEMBERED_RUNS = 200

#: The audit trail keeps so many lines unless the team's rules say otherwise.
AUDIT_LINES = 100_000


class RunStore(RunReader):
    """The runs. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(
        self,
        redis: Redis,
        *,
        keep: timedelta,
        audit: AuditTrail | None = None,
        confirmation: WriteConfirmation | None = None,
    ) -> None:
        super().__init__(redis)
        self._confirmation = confirmation or WriteConfirmation()
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
        return self.create_confirmed(run, overdue_in=overdue_in)[0]

    def create_confirmed(self, run: Run, *, overdue_in: timedelta) -> tuple[Run, bool]:
        """Do what `create` does; return the run, and whether it outlives the loss of a server."""
        name_run(run.run_id, run.name)
        with self._pipeline() as pipe:
            self._index(run, pipe)
            change = Change(run=run, overdue_in=overdue_in)
            created, is_confirmed = self._set(Revision(0), change, before=None, pipe=pipe)
        existing = None if created else self.get(run.run_id)
        return existing or run, is_confirmed

    def apply(
        self,
        run_id: str,
        event: Callable[[Run], Change | None],
        *,
        pipe: Pipeline | None = None,
    ) -> Run | None:
        """Let an event happen to the run as it is now, and again if others change it meanwhile.

        `event` is pure, see `odps_bot.runs.lifecycle`. Returns the run after it, or None when the
        event does not apply to it or there is no such run. Raises ForbiddenTransitionError. A
        change is saved in one round trip with what is in `pipe`.
        """
        change = self.apply_change(run_id, event, pipe=pipe)
        return change.run if change else None

    def apply_change(
        self,
        run_id: str,
        event: Callable[[Run], Change | None],
        *,
        pipe: Pipeline | None = None,
    ) -> Change | None:
        """Do the same, and return what has changed besides the run."""
        if changed := self._apply_to_known(run_id, event, pipe):
            return changed
        while True:
            run, revision = self._read(run_id)
            if run is None or (change := event(run)) is None:
                return None
            if change == Change(run=run) or self._save_change(
                revision, change, before=run, pipe=pipe
            ):
                return change

    def _apply_to_known(
        self, run_id: str, event: Callable[[Run], Change | None], pipe: Pipeline | None
    ) -> Change | None:
        """Change the run as it was known last; None: it is not, or nothing can be concluded."""
        known = self._recent.get(run_id)
        if known is None:
            return None
        run, revision = known
        change = event(run)
        if change is None or change == Change(run=run):
            return None
        return change if self._save_change(revision, change, before=run, pipe=pipe) else None

    def _save_change(
        self, revision: Revision, change: Change, *, before: Run, pipe: Pipeline | None
    ) -> bool:
        """Save it; wait for a replica where a run would be submitted anew if it was lost."""
        is_awaited = self._confirmation.is_wanted and is_about_submission(before, change.run)
        if pipe is None and is_awaited:
            with self._pipeline() as own:
                return self._set(revision, change, before=before, pipe=own)[0]
        return self._set(revision, change, before=before, pipe=pipe, is_awaited=is_awaited)[0]

    def _pipeline(self) -> Pipeline:
        # A replica is not waited for in a transaction.
        return self._redis.pipeline(transaction=not self._confirmation.is_wanted)

    def note(self, run_id: str, **facts: object) -> None:
        """Record facts that change neither the state nor what must be sent or cared for."""
        self.apply(run_id, lambda run: Change(run=msgspec.structs.replace(run, **facts)))

    def remember_instance(self, run: Run, time: Pipelined[datetime]) -> datetime:
        """Let the run be found by the id of its instance; return the time, read with it."""
        name = keys.run_instance(run.instance_id or "")
        storing = ("SET", name, run.run_id, "EX", self._keep_s)
        both = Pipelined((storing, *time.commands), lambda all_: time.decode(all_[1:]))
        return both.run(self._redis)

    def card_posted(self, run: Run, ts: str, *, workspace_url: str = "") -> None:
        """Record the message that is the run's card, and let the run be found by it."""
        pipe = self._pipeline()
        for message_ts in {ts, run.thread_ts or ts}:
            pipe.set(keys.run_card(run.channel_id, message_ts), run.run_id, ex=self._keep_s)
        event = partial(_with_card, ts=ts, workspace_url=workspace_url)
        self.apply(run.run_id, event, pipe=pipe)

    def claim_overdue(self, *, limit: int, lease: timedelta) -> list[str]:
        """Return overdue runs; each is due again when the lease is over."""
        ids = self._claim_due(keys=[keys.deadlines()], args=[limit, lease.total_seconds()])
        return [text(run_id) for run_id in ids]

    def forget_watched(self, project: str, instance_id: str, run_id: str) -> None:
        """Stop watching an instance whose run is gone or over."""
        self._redis.zrem(keys.watched(project), f"{instance_id} {run_id}")

    def _index(self, run: Run, pipe: Pipeline) -> None:
        asked_at_s = run.requested_at.timestamp()
        pipe.set(keys.run_name(run.team_id, run.name), run.run_id, ex=self._keep_s)
        for place in (run.channel_id, run.user_id):
            key = keys.runs_in(run.team_id, place)
            pipe.zadd(key, {run.run_id: asked_at_s})
            pipe.zremrangebyrank(key, 0, -REMEMBERED_RUNS - 1)
            pipe.expire(key, self._keep_s)

    def _set(
        self,
        revision: Revision,
        change: Change,
        *,
        before: Run | None,
        pipe: Pipeline | None = None,
        is_awaited: bool = True,
    ) -> tuple[bool, bool]:
        """Save the change, in one round trip with what is in `pipe`.

        Return whether it was saved, and whether that is confirmed where it is to be awaited.
        """
        run = change.run
        _check(before, run)
        moved = transition(before, run) if _state_changed(before, run) else None
        line = self._audit.encode(moved) if moved else b""
        record = encode_run(run)
        names, args = arguments_of_save(
            change,
            str(revision),
            record,
            keep_s=self._keep_s,
            settlement=settlement_of(run) if moved else None,
            audit=(line, self._audit.keep),
        )
        saved, is_confirmed = self._run_save(pipe, names=names, args=args, is_awaited=is_awaited)
        if saved:
            self._recent.put(run, record, revision.number + 1)
        if saved and moved:
            self._audit.write(line)
            self._audit.observe(moved)
        return bool(saved), is_confirmed

    def _run_save(
        self, pipe: Pipeline | None, *, names: list[str], args: list[Any], is_awaited: bool
    ) -> tuple[Any, bool]:
        if pipe is None:
            return self._save(keys=names, args=args), True
        # By its text: asking whether Redis knows the script would be a round trip of its own.
        pipe.eval(SAVE, len(names), *names, *args)
        return self._confirmation.execute(pipe) if is_awaited else (pipe.execute()[-1], True)


def _with_card(run: Run, *, ts: str, workspace_url: str) -> Change | None:
    if ts in run.gone_cards:
        return None
    card = {"card_ts": ts, "workspace_url": workspace_url or run.workspace_url}
    return Change(run=msgspec.structs.replace(run, **card))


def _state_changed(before: Run | None, after: Run) -> bool:
    return before is None or before.state is not after.state


def _check(before: Run | None, after: Run) -> None:
    try:
        check_transition(before.state if before else None, after.state)
    except ForbiddenTransitionError:
        reference = secrets.token_hex(4)
        log.exception("run %s keeps its state; this is a bug (ref %s)", after.run_id, reference)
        raise
