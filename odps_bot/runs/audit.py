"""The audit trail: who did what, where, with what outcome. A bounded stream in Redis, and a file.

Each line is one JSON object. Tokens never stand in it; SQL as `[audit] sql` in odps-bot.toml says.
"""

import hashlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, Any, Literal

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from odps_bot.runs import keys
from odps_bot.runs.record import Run

log = logging.getLogger(__name__)

#: So many lines are read from Redis at once.
PAGE = 1_000

DETAIL_CHARACTERS = 500

#: Of a longer statement the trail keeps the beginning; the run's record has all of it.
SQL_CHARACTERS = 10_000


class AuditKind(StrEnum):
    """What a line is about."""

    COMMAND = "command"  #: somebody typed a command, or mentioned the bot
    CLICK = "click"
    FORM = "form"
    DENIAL = "denial"  #: something was refused for want of a right
    DECISION = "decision"  #: somebody approved, rejected, locked, …
    TRANSITION = "transition"  #: a run has changed its state
    POST = "post"  #: something was said in Slack


class AuditLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that has happened."""

    kind: AuditKind
    what: str  #: the verb, the button, the new state, the kind of message
    outcome: str = "done"
    team_id: str = ""
    channel_id: str = ""
    user_id: str = ""  #: empty: the bot itself
    project: str = ""
    run_id: str = ""
    run: str = ""  #: its short name
    instance_id: str = ""
    sql: str = ""
    detail: str = ""
    reference: str = ""  #: ties it to the log
    duration_ms: int | None = None
    at: datetime | None = None  #: None until it is recorded


class AuditTrail:
    """Records what happens. Recording never fails what is recorded: trouble goes to the log."""

    def __init__(
        self,
        redis: Redis,
        *,
        keep: int,
        sql: Literal["full", "hash", "none"] = "full",
        write: Callable[[bytes], None] | None = None,
        observe: Callable[[AuditLine], None] | None = None,
    ) -> None:
        self._redis = redis
        self.keep = keep
        self._sql = sql
        self._write = write
        self._observe = observe

    def record(self, line: AuditLine) -> None:
        """Add a line to the stream and to the file."""
        body = self.encode(line)
        try:
            self._redis.xadd(keys.AUDIT, {"line": body}, maxlen=self.keep, approximate=True)
        except RedisError as error:
            log.warning("an audit line is only in the file: %s", error)
        self.write(body)
        self.observe(line)

    def observe(self, line: AuditLine) -> None:
        """Let what is recorded be counted."""
        if self._observe is not None:
            self._observe(line)

    def encode(self, line: AuditLine) -> bytes:
        """Return the line as JSON, without the SQL that must not be kept."""
        kept = msgspec.structs.replace(
            line,
            sql=self._shown(line.sql),
            detail=line.detail[:DETAIL_CHARACTERS],
            at=line.at or datetime.now(UTC),
        )
        return msgspec.json.encode(kept)

    def write(self, body: bytes) -> None:
        """Add a line that is in the stream already to the file."""
        if self._write is None:
            return
        try:
            self._write(body + b"\n")
        except OSError as error:
            log.warning("an audit line is only in Redis: %s", error)

    def read(self, *, since: datetime | None = None) -> Iterator[AuditLine]:
        """Return the lines in order, from an instant on. Damaged ones are skipped."""
        start = str(int(since.timestamp() * 1_000)) if since else "-"
        while True:
            found: Any = self._redis.xrange(keys.AUDIT, min=start, count=PAGE)
            for entry_id, fields in found:
                start = "(" + entry_id.decode()
                try:
                    yield msgspec.json.decode(fields[b"line"], type=AuditLine)
                except (KeyError, msgspec.DecodeError):
                    continue
            if len(found) < PAGE:
                return

    def _shown(self, sql: str) -> str:
        if not sql or self._sql == "full":
            return sql[:SQL_CHARACTERS]
        if self._sql == "none":
            return ""
        return "sha256:" + hashlib.sha256(sql.encode()).hexdigest()


def transition(before: Run | None, after: Run) -> AuditLine:
    """Return the line that says how a run has changed its state; the first carries its SQL."""
    return AuditLine(
        kind=AuditKind.TRANSITION,
        what=after.state,
        outcome=f"was {before.state}" if before else "accepted",
        team_id=after.team_id,
        channel_id=after.channel_id,
        user_id=after.user_id,
        project=after.project,
        run_id=after.run_id,
        run=after.name,
        instance_id=after.instance_id or "",
        sql="" if before else after.sql,
        detail=after.result_text or "" if after.is_final else "",
    )


def line_writer(output: str) -> Callable[[bytes], None] | None:
    """Return what adds lines to the file `output`; ``-`` is standard output, empty is nothing.

    A line is written at once and whole, so that several processes may share the file.
    Raises OSError when the file cannot be opened.
    """
    if not output:
        return None
    if output == "-":
        return _to(sys.stdout.buffer)
    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(line: bytes) -> None:
        os.write(descriptor, line)

    return write


def _to(stream: IO[bytes]) -> Callable[[bytes], None]:
    turn = threading.Lock()

    def write(line: bytes) -> None:
        with turn:
            stream.write(line)
            stream.flush()

    return write
