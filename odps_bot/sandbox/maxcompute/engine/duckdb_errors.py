"""Translates DuckDB's errors into MaxCompute's."""

import re
from collections.abc import Callable
from typing import NamedTuple

import duckdb

from odps_bot.sandbox.maxcompute.engine.errors import InterruptedExecutionError, SqlError
from odps_bot.sandbox.maxcompute.engine.positions import Position


class _ErrorMapping(NamedTuple):
    """The groups of `pattern` fill `detail`; the position of the one called `name` is looked up."""

    pattern: str
    code: str
    detail: str


_SEMANTIC = "ODPS-0130071:{at} Semantic analysis exception"
_DATE = r'"(?P<value>[^"]*)"'
_ERROR_MAPPINGS = (
    _ErrorMapping(
        r'Referenced column "(?P<name>.+?)" (was )?not found',
        _SEMANTIC,
        "column {name} cannot be resolved",
    ),
    _ErrorMapping(
        r'does not have a column named "(?P<name>.+?)"',
        _SEMANTIC,
        "column {name} cannot be resolved",
    ),
    _ErrorMapping(
        r'Referenced table "(?P<name>.+?)" not found',
        _SEMANTIC,
        "invalid table alias {name}",
    ),
    _ErrorMapping(
        r'column "(?P<name>.+?)" must appear in the GROUP BY',
        _SEMANTIC,
        "column reference {name} should appear in GROUP BY key",
    ),
    _ErrorMapping(
        r'Ambiguous reference to column name "(?P<name>.+?)"',
        _SEMANTIC,
        "column {name} is ambiguous",
    ),
    _ErrorMapping(
        r"(?P<clause>WHERE|HAVING|GROUP BY|JOIN) clause cannot contain (?P<what>aggregates|window)",
        _SEMANTIC,
        "{what} are not allowed in {clause} clause",
    ),
    _ErrorMapping(
        r"Set operations can only apply",
        "ODPS-0130241:{at} Illegal union operation",
        "both sides of union must have the same number of columns",
    ),
    _ErrorMapping(
        r"given name and argument types '(?P<name>[^(']+)\((?P<types>[^']*)\)'",
        "ODPS-0130121:{at} Invalid argument type",
        "function {name} cannot match any overloaded functions with ({types})",
    ),
    _ErrorMapping(
        r"Function with name (?P<name>\S+) does not exist",
        _SEMANTIC,
        "function or view '{name}' cannot be resolved",
    ),
    _ErrorMapping(
        r"Cannot (compare|mix) values of type (?P<left>\S+) and (type )?(?P<right>\S+)",
        "ODPS-0130141:{at} Illegal implicit type cast",
        "cannot compare {left} and {right} without an explicit cast",
    ),
    _ErrorMapping(
        r"Unimplemented type for cast \((?P<left>.+?) -> (?P<right>.+?)\)",
        "ODPS-0140011:{at} Illegal type cast",
        "cannot cast from {left} to {right}",
    ),
    _ErrorMapping(
        r"Could not convert string '(?P<value>.*?)' to (?P<type>\w+)",
        "ODPS-0123091:Illegal type cast",
        "in function cast, value '{value}' cannot be casted from String to {type}.",
    ),
    _ErrorMapping(
        rf"Could not parse string {_DATE} according to format",
        "ODPS-0121095:Invalid argument",
        "in function to_date, string datetime's format is wrong, input string is:{value}",
    ),
    _ErrorMapping(
        rf"(invalid (date|timestamp) field format|field value out of range): {_DATE}",
        "ODPS-0121095:Invalid argument",
        "in function cast, string datetime's format must be yyyy-mm-dd hh:mi:ss, "
        "input string is:{value}",
    ),
    _ErrorMapping(
        r"Conversion Error: (?P<what>[^\n]*)", "ODPS-0123091:Illegal type cast", "{what}"
    ),
    _ErrorMapping(
        r"(?P<what>Division by zero|Overflow in \w+|overflow)",
        "ODPS-0121145:Data overflow",
        "{what}",
    ),
    _ErrorMapping(
        r"More than one row returned by a subquery",
        "ODPS-0130111:Subquery exception",
        "scalar subquery must return exactly one row",
    ),
    _ErrorMapping(
        r"Out of Memory Error",
        "ODPS-0010000:System internal error",
        "fuxi job failed, caused by: kWorkerOutOfMemory",
    ),
    _ErrorMapping(
        r"(TransactionContext|[Cc]onflict)",
        "ODPS-0110061:Failed to run ddltask",
        "SimpleLock conflict",
    ),
    _ErrorMapping(r"Binder Error: (?P<what>[^\n]*)", _SEMANTIC, "{what}"),
)
_TYPE_NAMES = {
    "INT64": "Bigint",
    "INT32": "Int",
    "INT16": "Smallint",
    "INT8": "Tinyint",
    "BOOL": "Boolean",
}


def from_duckdb(error: duckdb.Error, find: Callable[[str], Position]) -> Exception:
    """Return MaxCompute's error; `find` returns the position of a name in the SQL."""
    if isinstance(error, duckdb.InterruptException):
        return InterruptedExecutionError()
    # The rest quotes the statement as translated for DuckDB.
    text = str(error).partition("\n\nLINE ")[0]
    if own := re.search(r"Invalid Input Error: (ODPS-\d{7}:.*)", text):
        return SqlError(own[1])
    for mapping in _ERROR_MAPPINGS:
        if match := re.search(mapping.pattern, text, re.DOTALL):
            names = {key: value or "" for key, value in match.groupdict().items()}
            if "type" in names:
                names["type"] = _TYPE_NAMES.get(names["type"], names["type"].title())
            at = find(names.get("name", ""))
            return SqlError(f"{mapping.code} - {mapping.detail}".format(at=at, **names))
    return SqlError(
        "ODPS-0010000:System internal error - "
        "the sandbox's engine cannot run this statement; MaxCompute itself might"
    )
