"""What DuckDB complains about, said as MaxCompute says it."""

import re
from collections.abc import Callable

import duckdb

from odps_bot.sandbox.maxcompute.engine.errors import InterruptedExecutionError, SqlError
from odps_bot.sandbox.maxcompute.engine.positions import Position

_TYPE_NAMES = {
    "INT64": "Bigint",
    "INT32": "Int",
    "INT16": "Smallint",
    "INT8": "Tinyint",
    "BOOL": "Boolean",
}
_SEMANTIC = "ODPS-0130071:{at} Semantic analysis exception - "
#: What DuckDB says -> what MaxCompute says; `name` is looked up in the person's text.
_TEXTS = (
    (
        r'Referenced column "(?P<name>.+?)" (was )?not found|does not have a column named "(?P<name2>.+?)"',
        _SEMANTIC + "column {name} cannot be resolved",
    ),
    (r'Referenced table "(?P<name>.+?)" not found', _SEMANTIC + "invalid table alias {name}"),
    (
        r'column "(?P<name>.+?)" must appear in the GROUP BY',
        _SEMANTIC + "column reference {name} should appear in GROUP BY key",
    ),
    (
        r'Ambiguous reference to column name "(?P<name>.+?)"',
        _SEMANTIC + "column {name} is ambiguous",
    ),
    (
        r"(?P<name>WHERE|HAVING|GROUP BY|JOIN) clause cannot contain (?P<what>aggregates|window)",
        _SEMANTIC + "{what} are not allowed in {name} clause",
    ),
    (
        r"Set operations can only apply",
        "ODPS-0130241:{at} Illegal union operation - "
        "both sides of union must have the same number of columns",
    ),
    (
        r"No function matches the given name and argument types '(?P<name>[^(']+)\((?P<types>[^']*)\)'",
        "ODPS-0130121:{at} Invalid argument type - "
        "function {name} cannot match any overloaded functions with ({types})",
    ),
    (
        r"(Scalar|Aggregate|Table)? ?Function with name (?P<name>\S+) does not exist",
        _SEMANTIC + "function or view '{name}' cannot be resolved",
    ),
    (
        r"Macro function .*?(?P<name>\w+)\(",
        "ODPS-0130221:{at} Invalid number of arguments - function {name} does not take so many",
    ),
    (
        r"Cannot (compare|mix) values of type (?P<left>\S+) and (type )?(?P<right>\S+)",
        "ODPS-0130141:{at} Illegal implicit type cast - "
        "cannot compare {left} and {right} without an explicit cast",
    ),
    (
        r"Unimplemented type for cast \((?P<left>.+?) -> (?P<right>.+?)\)",
        "ODPS-0140011:{at} Illegal type cast - cannot cast from {left} to {right}",
    ),
    (
        r"Could not convert string '(?P<value>.*?)' to (?P<type>\w+)",
        "ODPS-0123091:Illegal type cast - in function cast, value '{value}' "
        "cannot be casted from String to {type}.",
    ),
    (
        r"Could not parse string \"(?P<value>.*?)\" according to format",
        "ODPS-0121095:Invalid argument - in function to_date, "
        "string datetime's format is wrong, value '{value}'",
    ),
    (
        r"(invalid (date|timestamp) field format|(date|timestamp) field value out of range): \"(?P<value>.*?)\"",
        "ODPS-0121095:Invalid argument - in function cast, "
        "string datetime's format must be yyyy-mm-dd hh:mi:ss, input string is:{value}",
    ),
    (
        r"Conversion Error: (?P<what>[^\n]*)",
        "ODPS-0123091:Illegal type cast - {what}",
    ),
    (
        r"(?P<what>Division by zero|Overflow in \w+|[Oo]ut of [Rr]ange|overflow)",
        "ODPS-0121145:Data overflow - {what}",
    ),
    (
        r"More than one row returned by a subquery",
        "ODPS-0130111:Subquery exception - scalar subquery must return exactly one row",
    ),
    (
        r"Out of Memory Error",
        "ODPS-0010000:System internal error - fuxi job failed, caused by: kWorkerOutOfMemory",
    ),
    (
        r"(TransactionContext|[Cc]onflict)",
        "ODPS-0110061:Failed to run ddltask - SimpleLock conflict",
    ),
    (
        r"Binder Error: (?P<what>[^\n]*)",
        _SEMANTIC + "{what}",
    ),
)


def from_duckdb(error: duckdb.Error, find: Callable[[str], Position]) -> Exception:
    """Return what MaxCompute would say; `find` tells where a name stands in the person's text."""
    text = str(error)
    if isinstance(error, duckdb.InterruptException):
        return InterruptedExecutionError()
    if own := re.search(r"ODPS-\d{7}:.*", text):
        return SqlError(own[0])
    for pattern, template in _TEXTS:
        if match := re.search(pattern, text, re.DOTALL):
            names = {key: value or "" for key, value in match.groupdict().items()}
            names["name"] = names.get("name") or names.get("name2", "")
            if "type" in names:
                names["type"] = _TYPE_NAMES.get(names["type"], names["type"].title())
            return SqlError(template.format(at=find(names["name"]), **names))
    return SqlError(
        "ODPS-0010000:System internal error - "
        "the sandbox's engine cannot run this statement; MaxCompute itself might"
    )
