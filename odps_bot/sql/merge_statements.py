"""Statements that are no SQL to MaxCompute, but tasks that merge, archive or move files. Pure.

Sources: MergeCommand, CompactCommand, ArchiveCommand, FreezeCommand and RestoreCommand of
aliyun/aliyun-odps-console, and `MergeTask` of PyODPS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from odps_bot.sql.statements import Token, cut
from odps_bot.sql.tokenizer import SPACED_NAME, spaced, tokens_of
from odps_bot.sql.unproven import UnprovenError

_MOST_TOKENS = 200

_STRING = r"""(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")"""
_VALUE = rf"(?:{_STRING}|[^\s'\"(),;=]++)"
_PAIR = re.compile(rf"({SPACED_NAME}) = ({_VALUE})(?: , |\Z)", re.DOTALL)

_STATEMENT = re.compile(
    rf"alter table (?P<table>{SPACED_NAME}(?: \. {SPACED_NAME}){{0,2}})"
    rf"(?: partition \( (?P<partition>(?:{_STRING}|[^'\"()])++)\))?"
    r" (?P<action>merge smallfiles|archive|freeze|restore|compact (?:major|minor))"
    r"(?P<options>(?: - f| - h [0-9]+)*)",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)


class MergeAction(StrEnum):
    """What is done to the files of a table."""

    MERGE = "merge smallfiles"
    COMPACT_MAJOR = "compact major"
    COMPACT_MINOR = "compact minor"
    ARCHIVE = "archive"
    FREEZE = "freeze"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeStatement:
    """What is done to the files of which table."""

    table: str  #: as tasks name it: `t`, `p.t partition(ds='1')`
    action: MergeAction
    recent_hours: int | None = None  #: of a minor compaction: `-h N`
    is_forced: bool = False  #: of the same: `-f`, whatever the table's retention


def merge_statement_of(tokens: Sequence[Token]) -> MergeStatement | None:
    """Return what the statement does to files; None for any other statement."""
    if len(tokens) > _MOST_TOKENS or not tokens or tokens[0].word != "alter":
        return None
    found = _STATEMENT.fullmatch(spaced(tokens))
    if found is None:
        return None
    action = MergeAction(found["action"].lower())
    # odpscmd ignores the options of a major compaction.
    is_minor = action is MergeAction.COMPACT_MINOR
    options = found["options"].lower().split() if is_minor else []
    partition = (found["partition"] or "").strip()
    table = re.sub(r" \. ", ".", found["table"]).replace("`", "")
    return MergeStatement(
        table=table + (f" partition({_partition(partition)})" if partition else ""),
        action=action,
        recent_hours=int(options[options.index("h") + 1]) if "h" in options else None,
        is_forced="f" in options,
    )


def parse_merge_statement(sql: str) -> MergeStatement | None:
    """Return what the one statement of a text does to files; None for any other text."""
    if "alter" not in sql.lower():
        return None  # without cutting it
    found = [part for part in cut(sql) if part.bare and part.setting is None]
    try:
        return merge_statement_of(tokens_of(found[0])) if len(found) == 1 else None
    except UnprovenError:
        return None


def _partition(typed: str) -> str:
    """Return the partition as PyODPS writes it; what is no list of values stays as it is."""
    pairs = list(_PAIR.finditer(typed))
    if sum(len(pair[0]) for pair in pairs) != len(typed):
        return typed
    return ",".join(f"{pair[1].replace('`', '')}={_quoted(pair[2])}" for pair in pairs)


def _quoted(value: str) -> str:
    return value if value[0] in "'\"" else f"'{value}'"
