"""`odps-bot classify`: what SQL does as the bot sees it, for people and for corpora of tests.

It needs no settings, and asks neither Redis nor MaxCompute: roles, rules and schemas are not
looked at, only the text.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from odps_bot.errors import OdpsBotError
from odps_bot.sql.classification import Classification, StatementInfo, classify
from odps_bot.sql.statements import SqlText

#: What `runs_as` is where statements of one text run in different ways: they can't be one job.
MIXED = "mixed"

#: The exit status if some lines were no `{"sql": …}`; the others were classified.
HAS_BAD_LINES = 1

_STANDARD_INPUT = "-"
_NOTHING = "-"


class _BadLineError(Exception):
    """A line of the input holds no SQL; says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        "Print what SQL does: its class (read, write, ddl, admin or unknown), how it runs (sql,"
        " merge, authorization or odpscmd), the projects or schemas that its names lead to, what"
        " it changes, its settings, and what is unproven. Nothing is submitted, and no settings"
        " are needed."
    )
    parser.add_argument(
        "file",
        nargs="?",
        default=_STANDARD_INPUT,
        metavar="FILE",
        help="SQL in UTF-8 (default: standard input)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help='read JSON lines {"sql": "…"} instead, and print one JSON object for each: class,'
        " runs_as, projects, targets, unproven, refused_settings; for a line that can't be read,"
        f" line and error (the exit status is then {HAS_BAD_LINES})",
    )


def print_classification(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    try:
        with _opened(options.file) as file:
            return _print_objects(file) if options.json else _print_text(file, options.file)
    except BrokenPipeError:
        # Whoever read it has enough. Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def classify_lines(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield an object for each JSON line, in their order; blank lines are passed over.

    Of a line that is no object with a text `sql`, it has the `line`, by its number, and an `error`.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            sql = _sql_of(line)
        except _BadLineError as error:
            yield {"line": number, "error": str(error)}
        else:
            yield as_object(classify(sql))


def as_object(found: Classification) -> dict[str, Any]:
    """Return the classification of a text for programs."""
    return {
        "class": found.statement_class.label,
        "runs_as": runs_as(found),
        "projects": projects_of(found),
        "targets": _targets_of(found),
        "unproven": found.unproven,
        "refused_settings": list(dict.fromkeys(s.key for s in found.forbidden_settings)),
    }


def as_text(sql: str, found: Classification) -> Iterator[str]:
    """Yield the lines of the classification of `sql` for people."""
    rows = {
        "class": [found.statement_class.label],
        "runs as": [runs_as(found)],
        "projects": projects_of(found),
        "targets": _targets_of(found),
        "settings": [f"{key}={value}" for key, value in SqlText(sql).settings.items()],
        "refused settings": [f"{s.key} ({s.reason})" for s in found.forbidden_settings],
        "unproven": [found.unproven] if found.unproven else [],
    }
    for name, values in rows.items():
        yield f"{name + ':':<18}{_printable(', '.join(values)) or _NOTHING}"
    if len(found.statements) > 1:
        yield "statements:"
        for number, info in enumerate(found.statements, start=1):
            yield f"{number:>4}. {_printable(_in_words(info))}"


def runs_as(found: Classification) -> str:
    """Return how the statements of a text run, or MIXED; a text without any counts as SQL."""
    return str(found.runs_as or MIXED)


def projects_of(found: Classification) -> list[str]:
    """Return the projects that names in the text lead to, in lower case, sorted.

    Where the rules say that a project has schemas, names of two parts lead to one of these.
    """
    return sorted(found.projects_named(has_schemas=False))


def _targets_of(found: Classification) -> list[str]:
    return list(dict.fromkeys(name for info in found.statements for name in info.targets))


def _in_words(info: StatementInfo) -> str:
    words = f"{info.verb or '?'}: {info.statement_class.label}, {info.runs_as}"
    changes = f", changes {', '.join(info.targets)}" if info.targets else ""
    return f"{words}{changes}{f' ({info.unproven})' if info.unproven else ''}"


def _sql_of(line: bytes) -> str:
    """Return the SQL of a JSON line. Raises _BadLineError, with a sentence, if there is none."""
    try:
        given = json.loads(line)
    except UnicodeDecodeError as error:
        raise _BadLineError("The line isn't UTF-8.") from error
    except ValueError as error:
        raise _BadLineError(f"The line isn't JSON: {error}") from error
    except RecursionError as error:
        raise _BadLineError("The line is nested too deeply.") from error
    if not isinstance(given, dict) or not isinstance(given.get("sql"), str):
        raise _BadLineError('The line isn\'t an object with a text "sql".')
    return str(given["sql"])


def _print_objects(file: BinaryIO) -> int:
    status = 0
    for found in classify_lines(file):
        status = HAS_BAD_LINES if "error" in found else status
        # Whoever sends lines one by one waits for each answer.
        _write(json.dumps(found))
    return status


def _print_text(file: BinaryIO, name: str) -> int:
    try:
        sql = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        shown = "standard input" if name == _STANDARD_INPUT else name
        raise OdpsBotError(f"{shown} isn't UTF-8: {error}") from error
    _write("\n".join(as_text(sql, classify(sql))))
    return 0


def _write(lines: str) -> None:
    # What the terminal's encoding lacks is shown as in Python.
    encoding = sys.stdout.encoding
    sys.stdout.write(lines.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stdout.flush()


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    if name == _STANDARD_INPUT:
        if sys.stdin is None:  # closed by whoever started us
            raise OdpsBotError("standard input is closed: name a file")
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise OdpsBotError(f"{name} can't be read: {error.strerror}") from error


def _printable(text: str) -> str:
    """Return the text without what a terminal would obey, or what would reorder its line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
