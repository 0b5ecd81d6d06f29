"""`odps-bot audit`: reads the audit trail, chooses lines, and writes them for people or tools."""

import argparse
import csv
import io
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import BinaryIO

import msgspec
from redis.exceptions import RedisError

from odps_bot.config.settings import Settings
from odps_bot.errors import OdpsBotError
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail
from odps_bot.store.connections import worker_redis

_UNITS = MappingProxyType({"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"})
_SPAN = re.compile(r"(\d{1,6})([smhdw])")

#: What a terminal would obey, what would break a line, and what turns its order around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")

#: What spreadsheets take for a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile("[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")

#: How often a follower asks whether it may end.
_WAIT = timedelta(seconds=1)

COLUMNS = AuditLine.__struct_fields__


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which lines are wanted; what is empty is not asked for."""

    kinds: frozenset[str] = frozenset()
    user_ids: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()  #: short names, run ids or instance ids

    def among(self, lines: Iterable[AuditLine]) -> Iterator[AuditLine]:
        """Yield the lines that are wanted.

        Only the changes of a run tell both its names: from the first on, lines that know but its
        id are found by the short one, too.
        """
        names = set(self.runs)
        for line in lines:
            if names and names.isdisjoint({line.run, line.run_id, line.instance_id}):
                continue
            if names and line.run_id:
                names.add(line.run_id)
            is_kind = not self.kinds or line.kind in self.kinds
            if is_kind and (not self.user_ids or line.user_id in self.user_ids):
                yield line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--since",
        type=instant,
        metavar="WHEN",
        help="a day (2026-11-20), a time in UTC (2026-11-20T08:00), or how long ago (2h, 7d)",
    )
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        type=_kind,
        choices=[str(kind) for kind in AuditKind],
        help="can be repeated, like the next two",
    )
    parser.add_argument("--user", action="append", default=[], metavar="U0123", help="a user ID")
    parser.add_argument(
        "--run", action="append", default=[], help="a run's name or ID, or an instance ID"
    )
    parser.add_argument("--follow", action="store_true", help="keep printing new lines")
    parser.add_argument(
        "--format", choices=list(WRITERS), default="text", help="(default: %(default)s)"
    )


def _kind(text: str) -> str:
    """Return a kind by its name or its former one; anything else as it is, to be refused."""
    try:
        return str(AuditKind(text))
    except ValueError:
        return text


def export_audit(options: argparse.Namespace, settings: Settings) -> None:
    """Write the chosen lines to standard output. Raises OdpsBotError if Redis is unreachable."""
    rules = settings.read_rules()
    choice = Choice(
        kinds=frozenset(options.kind),
        user_ids=frozenset(options.user),
        runs=frozenset(options.run),
    )
    with worker_redis(settings.redis_url, ca_file=settings.redis_ca) as redis:
        trail = AuditTrail(redis, keep=rules.audit.keep)
        lines: Iterable[AuditLine] = trail.read(since=options.since)
        if options.follow:
            lines = trail.follow(since=options.since, wait=_WAIT, stop=threading.Event())
        try:
            write_lines(choice.among(lines), sys.stdout.buffer, options.format)
        except RedisError as error:
            raise OdpsBotError(f"cannot reach Redis: {error}") from error
        except BrokenPipeError:
            # The reader has closed the pipe; Python would complain again on exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_lines(lines: Iterable[AuditLine], file: BinaryIO, form: str) -> None:
    """Write the lines, each at once, as ``text``, ``jsonl`` or ``csv``."""
    for written in WRITERS[form](lines):
        file.write(written.encode(errors="replace"))
        file.flush()


def instant(text: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> datetime:
    """Return the instant that `2h` or `2026-11-20` means. Raises ArgumentTypeError."""
    if span := _SPAN.fullmatch(text):
        try:
            return now() - timedelta(**{_UNITS[span[2]]: int(span[1])})
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a day (2026-11-20) nor a duration (30m, 2h, 7d)"
        ) from None


def _as_text(lines: Iterable[AuditLine]) -> Iterator[str]:
    for line in lines:
        at = f"{line.at:%Y-%m-%d %H:%M:%S}Z" if line.at else "?"
        who = line.user_id or "the bot"
        words = [
            at,
            f"{line.kind:<12}",
            line.what,
            f"{line.outcome};",
            f"{who} in {line.channel_id}" if line.channel_id else who,
            line.project,
            line.run or line.run_id,
            line.instance_id,
            f"{line.duration_ms} ms" if line.duration_ms is not None else "",
            f"(ref {line.reference})" if line.reference else "",
            f"— {line.detail}" if line.detail else "",
            f"| {line.sql}" if line.sql else "",
        ]
        yield _on_one_line(" ".join(word for word in words if word)) + "\n"


def _on_one_line(text: str) -> str:
    """Return the text without what a terminal would obey; new lines are shown as blanks."""
    flat = re.sub(r"\s*[\r\n]\s*", " ", text)
    return _CONTROL.sub("\ufffd", flat)


def _as_json(lines: Iterable[AuditLine]) -> Iterator[str]:
    for line in lines:
        yield msgspec.json.encode(line).decode() + "\n"


def _as_csv(lines: Iterable[AuditLine]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\r\n"
    for line in lines:
        fields = msgspec.to_builtins(line)
        row = io.StringIO()
        csv.writer(row).writerow([_cell(fields.get(column)) for column in COLUMNS])
        yield row.getvalue()


def _cell(value: object) -> object:
    """Return what no spreadsheet takes for a formula."""
    if isinstance(value, str):
        text = value.replace("\x00", "\ufffd")
        return (
            f"'{text}" if _FORMULA.match(text.lstrip()) or text.startswith(("\t", "\r")) else text
        )
    return value


WRITERS: Mapping[str, Callable[[Iterable[AuditLine]], Iterator[str]]] = MappingProxyType(
    {"text": _as_text, "jsonl": _as_json, "csv": _as_csv}
)
