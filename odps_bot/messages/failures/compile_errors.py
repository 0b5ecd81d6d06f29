"""Whether an estimate failed because its statement can never run. Pure.

An estimate is compiled as a run is, but MaxCompute has none for some statements that do run. So
only errors that are known to be fatal count (`is_compile_error` in `failures.toml`); after any
other one, the requester decides.
"""

import re
from collections.abc import Collection, Mapping

from odps_bot.messages.failures.catalogue import Failure, load_catalogue
from odps_bot.messages.failures.explanation import codes_of, find_failure
from odps_bot.sql.classification import StatementClass, classify
from odps_bot.sql.excerpt import Position, find_position
from odps_bot.sql.statements import SqlText

#: Codes of the parser and the planner. Others come from services that a run may not need.
_COMPILER = ("0130", "0140")

_TABLE_NOT_FOUND = "0130131"
_SYNTAX = "0130161"
_SEMANTICS = "0130071"

#: A semantic error without an entry of its own: the compiler points at what is wrong, and doesn't
#: say that something is unsupported or turned off.
_AT_A_PLACE = re.compile(
    r"ODPS-0130071 ?: ?\[[1-9]\d*, ?[1-9]\d*\]"
    r"(?!.*(?:support|\benabled\b|\bset\s+odps|\bcost\b|\bestimat))",
    re.IGNORECASE | re.DOTALL,
)


_MISSING_TABLE = re.compile(r"Table not found - (?:table )?([^\s,]+)", re.IGNORECASE)

#: With this setting the first part of a name may be a schema.
_SCHEMAS = "odps.namespace.schema"


def is_compile_error(
    error_text: str, *, sql: str, hints: Mapping[str, str], projects: Collection[str]
) -> bool:
    """Return whether this error of an estimate of `sql` means that it can never run as it is.

    `projects` are those that names in the statement certainly lead to, in lower case.
    """
    failure, error = find_failure(error_text)
    if not any(code.startswith(_COMPILER) for code in codes_of(error)):
        return False
    names = {name.lower() for name in {**SqlText(sql).settings, **hints}}
    if not failure.lifted_by.isdisjoint(names):
        return False
    if _is(failure, _SYNTAX):
        return not _is_of_its_kind(error, sql, hints)
    if _is(failure, _TABLE_NOT_FOUND) and _SCHEMAS not in names:
        return not _may_be_in_a_schema(error, projects)
    if _is(failure, _SEMANTICS):
        return bool(_AT_A_PLACE.search(error))
    return failure.is_compile_error


def _is(failure: Failure, code: str) -> bool:
    return failure is load_catalogue().by_code[code]


def _may_be_in_a_schema(error: str, projects: Collection[str]) -> bool:
    """Return whether the missing table may be in a schema, of which an estimate may know nothing.

    https://github.com/aliyun/alibabacloud-maxcompute-mcp-server: `_estimate_sql_cost`
    """
    found = _MISSING_TABLE.search(error)
    *qualifiers, _ = found[1].replace("`", "").lower().split(".") if found else [""]
    return len(qualifiers) > 1 or (bool(qualifiers) and qualifiers[0] not in projects)


def _is_of_its_kind(error: str, sql: str, hints: Mapping[str, str]) -> bool:
    """Return whether the parser refuses the first word of a statement that it should know.

    Then it may be the kind of statement that has no estimate.
    """
    at = find_position(error, sql=sql, is_estimate=True)
    if at is None or SqlText(_text_before(sql, at)).statements:
        return False
    kinds = {info.statement_class for info in classify(sql, hints).statements}
    return bool(kinds) and StatementClass.UNKNOWN not in kinds


def _text_before(sql: str, position: Position) -> str:
    lines = sql.split("\n")[: position.line]
    return "\n".join((*lines[:-1], lines[-1][: position.column - 1]))
