"""The audit trail: who did what, where, with what outcome. A bounded stream in Redis, and a file.

Each line is one JSON object, without tokens; `[audit] sql` in odps-bot.toml decides about SQL.
"""

import contextlib
import hashlib
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from odps_bot.operations.logs import hide_secrets
from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError, Instant, decode

log = logging.getLogger(__name__)

#: So many lines are read from Redis at once.
PAGE = 1_000

#: The last part of an id in a stream, https://redis.io/docs/latest/develop/data-types/streams/
_MOST_IN_A_MILLISECOND = 2**64 - 1

DETAIL_CHARACTERS = 500

#: The trail keeps the beginning of a longer statement; the run's record has all of it.
SQL_CHARACTERS = 10_000


class AuditKind(StrEnum):
    """What a line is about."""

    COMMAND = "command"  #: somebody typed a command
    MENTION = "mention"  #: somebody wrote to the bot
    ACTION = "action"  #: somebody clicked a button or chose from a menu
    MODAL = "modal"  #: somebody submitted a modal
    SHORTCUT = "shortcut"
    DENIAL = "denial"  #: something was refused for lack of a permission
    DECISION = "decision"  #: somebody approved, rejected, locked, …
    TRANSITION = "transition"  #: a run has changed its state
    NOTIFICATION = "notification"  #: something was sent to Slack

    @classmethod
    def _missing_(cls, value: object) -> "AuditKind | None":
        """Return the kind that version 0.2 called `value`."""
        return _FORMER_KINDS.get(str(value))


_FORMER_KINDS = {
    "click": AuditKind.ACTION,
    "form": AuditKind.MODAL,
    "post": AuditKind.NOTIFICATION,
}


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
    at: Instant | None = None  #: None until it is recorded


#: Lines that Redis did not take are held in memory, so many at most; the file has them all.
MOST_UNWRITTEN = 1_000


class HeldLines(NamedTuple):
    """Lines that are to be added to the stream, which keeps so many."""

    bodies: list[bytes]
    keep: int


_held: ContextVar[HeldLines | None] = ContextVar("held", default=None)


class AuditTrail:
    """Records what happens. Errors of recording are logged, never raised."""

    def __init__(
        self,
        redis: Redis,
        *,
        keep: int,
        sql: Literal["full", "hash", "none"] = "full",
        hide: Callable[[str], str] = hide_secrets,
        write: Callable[[bytes], None] | None = None,
        observe: Callable[[AuditLine], None] | None = None,
    ) -> None:
        self._redis = redis
        self.keep = keep
        self._sql = sql
        self._hide = hide
        self._write = write
        self._observe = observe
        self._unwritten: deque[bytes] = deque(maxlen=MOST_UNWRITTEN)

    def record(self, *lines: AuditLine, is_redis_there: bool = True) -> None:
        """Add lines to the stream, in one round trip, and to the file.

        Without Redis, only to the file.
        """
        bodies = [self.encode(line) for line in lines]
        if (held := _held.get()) is not None:
            held.bodies.extend(bodies)
        elif is_redis_there:
            self._append(bodies)
        for line, body in zip(lines, bodies, strict=True):
            self.write(body)
            self.observe(line)

    @contextmanager
    def held(self) -> Iterator[HeldLines]:
        """Let what this thread records wait for its caller, who adds it to the stream.

        It is in the file at once. A round trip is saved so. What the caller cannot add because
        Redis fails is held again by whoever is next in this process.
        """
        lines = HeldLines(self._take_unwritten(), self.keep)
        token = _held.set(lines)
        try:
            yield lines
        except RedisError:
            self._unwritten.extend(lines.bodies)
            raise
        finally:
            _held.reset(token)

    def _take_unwritten(self) -> list[bytes]:
        taken = []
        # Other threads may take some at the same time.
        with suppress(IndexError):
            while True:
                taken.append(self._unwritten.popleft())
        return taken

    def _append(self, bodies: Sequence[bytes]) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for body in bodies:
                    pipe.xadd(keys.audit(), {"line": body}, maxlen=self.keep, approximate=True)
                pipe.execute()
        except RedisError as error:
            log.warning("cannot write audit lines to Redis, only to the file: %s", error)

    def observe(self, line: AuditLine) -> None:
        """Count the line in the metrics."""
        if self._observe is not None:
            self._observe(line)

    def encode(self, line: AuditLine) -> bytes:
        """Return the line as JSON, without secrets, and without the SQL that must not be kept."""
        kept = msgspec.structs.replace(
            line,
            sql=self._shown(line.sql),
            detail=_sendable(self._hide(line.detail))[:DETAIL_CHARACTERS],
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
            log.warning("cannot write an audit line to the file, only to Redis: %s", error)

    def read(self, *, since: datetime | None = None) -> Iterator[AuditLine]:
        """Return the lines in order, from an instant on. Corrupt ones are skipped."""
        for _, fields in self._entries(_first_id(since)):
            yield from _line_in(fields)

    def follow(
        self, *, since: datetime | None = None, wait: timedelta, stop: threading.Event
    ) -> Iterator[AuditLine]:
        """Return the lines as `read` does, then what is added, until `stop` is set.

        Checks `stop` at least once in `wait`. Without `since` it begins with new lines.
        """
        last = self._last_id() if since is None else _before(_first_id(since))
        while not stop.is_set():
            block_ms = max(1, int(wait.total_seconds() * 1_000))
            found: Any = self._redis.xread({keys.audit(): last}, count=PAGE, block=block_ms)
            for entry_id, fields in found[0][1] if found else ():
                last = entry_id.decode()
                yield from _line_in(fields)

    def _last_id(self) -> str:
        newest: Any = self._redis.xrevrange(keys.audit(), count=1)
        return newest[0][0].decode() if newest else "0-0"

    def _entries(self, start: str) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
        while True:
            found: Any = self._redis.xrange(keys.audit(), min=start, count=PAGE)
            for entry_id, fields in found:
                start = "(" + entry_id.decode()
                yield entry_id, fields
            if len(found) < PAGE:
                return

    def _shown(self, sql: str) -> str:
        if not sql or self._sql == "full":
            return self._hide(_sendable(sql))[:SQL_CHARACTERS]
        if self._sql == "none":
            return ""
        return "sha256:" + hashlib.sha256(_sendable(sql).encode()).hexdigest()


def _first_id(since: datetime | None) -> str:
    """Return the smallest id in the stream from an instant on."""
    return str(max(0, int(since.timestamp() * 1_000))) if since else "0"


def _before(milliseconds: str) -> str:
    """Return an id behind which everything from this millisecond on stands."""
    return f"{max(0, int(milliseconds) - 1)}-{_MOST_IN_A_MILLISECOND}"


def _line_in(fields: dict[bytes, bytes]) -> Iterator[AuditLine]:
    with contextlib.suppress(KeyError, CorruptRecordError):
        yield decode(fields[b"line"], AuditLine)


def _sendable(text: str) -> str:
    """Return the text without half characters, which have no form in UTF-8."""
    return text.encode(errors="replace").decode()


def line_writer(output: str) -> Callable[[bytes], None] | None:
    """Return what adds lines to the file `output`; ``-`` is standard output, empty is nothing.

    A line is written at once and whole, so that several processes may share the file.
    Raises OSError when the file cannot be opened.
    """
    if not output:
        return None
    if output == "-":
        return _to(sys.stdout.buffer)
    return _AppendedFile(output).write


class _AppendedFile:
    """A file that lines are added to, also after it was rotated: moved, or removed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._descriptor = self._open()

    def write(self, line: bytes) -> None:
        """Add a line. Raises OSError."""
        with self._turn:
            if self._was_moved():
                descriptor = self._open()
                os.close(self._descriptor)
                self._descriptor = descriptor
            os.write(self._descriptor, line)

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _was_moved(self) -> bool:
        try:
            there = Path(self._path).stat()
        except FileNotFoundError:
            return True
        return not os.path.samestat(there, os.fstat(self._descriptor))


def _to(stream: IO[bytes]) -> Callable[[bytes], None]:
    turn = threading.Lock()

    def write(line: bytes) -> None:
        with turn:
            stream.write(line)
            stream.flush()

    return write
