"""Translates DuckDB's errors into MaxCompute's; none of DuckDB's words gets through."""

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
        r'Column "(?P<name>.+?)" does not exist on (left|right) side of join',
        _SEMANTIC,
        "column {name} cannot be resolved",
    ),
    _ErrorMapping(
        r'Could not find key "(?P<name>.+?)" in struct',
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
        r'Ambiguous reference to table "(?P<name>.+?)"',
        _SEMANTIC,
        "duplicate table alias {name}",
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
        r"(given name and argument types|for the function call) ['\"](?P<name>[^(']+)"
        r"\((?P<types>[^'\"]*)\)['\"]",
        _SEMANTIC,
        "function {name} cannot match any overloaded functions with ({types})",
    ),
    _ErrorMapping(
        r'Macro "?(?P<name>\w+)"?\(\) does not support the supplied arguments',
        "ODPS-0130121:{at} Invalid argument type",
        "function {name} cannot match any overloaded functions with the types of its arguments",
    ),
    _ErrorMapping(
        r'Could not choose a best candidate function for the function call "(?P<name>\w+)\(',
        "ODPS-0130121:{at} Invalid argument type",
        "function {name} cannot match any overloaded functions with the types of its arguments",
    ),
    _ErrorMapping(
        r'function "?(?P<name>\w+)"? does not support the supplied arguments',
        _SEMANTIC,
        "function {name} cannot match any overloaded functions with these arguments",
    ),
    _ErrorMapping(
        r"Function with name (?P<name>\S+) does not exist",
        _SEMANTIC,
        "function or view '{name}' cannot be resolved",
    ),
    _ErrorMapping(
        r"Cannot (compare|mix) values of type (?P<left>\S+) and (type )?(?P<right>\S+)",
        "ODPS-0130141:{at} Illegal implicit type cast",
        "cannot cast from {right} to {left}",
    ),
    _ErrorMapping(
        r"Unimplemented type for cast \((?P<left>.+?) -> (?P<right>.+?)\)",
        "ODPS-0130141:{at} Illegal implicit type cast",
        "cannot cast from {left} to {right}",
    ),
    _ErrorMapping(
        r"Window functions are not supported here|window function .* without an OVER",
        "ODPS-0130181:{at} Window function exception",
        "a window function needs an OVER clause",
    ),
    _ErrorMapping(
        r"GROUPING statement cannot be used without groups",
        _SEMANTIC,
        "GROUPING needs GROUPING SETS, ROLLUP or CUBE",
    ),
    _ErrorMapping(
        r"Could not (convert|cast) (string|value)? ?['\"]?(?P<value>.*?)['\"]? "
        r"to (?P<type>[A-Z]\w*)",
        "ODPS-0123091:Illegal type cast",
        "in function cast, value '{value}' cannot be casted to {type}.",
    ),
    _ErrorMapping(
        r"Could not parse string (['\"])(?P<value>.*?)\1 according to format",
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
        r"with value (?P<value>\S+) can't be cast",
        "ODPS-0121145:Data overflow",
        "value {value} is out of range",
    ),
    _ErrorMapping(
        r"Division by zero|Overflow in|[Oo]verflow|out of range|Out of Range",
        "ODPS-0121145:Data overflow",
        "the result is out of the range of its type",
    ),
    _ErrorMapping(
        r"Unknown TimeZone '(?P<value>[^']*)'",
        "ODPS-0121095:Invalid argument",
        "unknown time zone {value}",
    ),
    _ErrorMapping(
        r"More than one row returned by a subquery",
        "ODPS-0130111:Subquery exception",
        "scalar subquery must return exactly one row",
    ),
    _ErrorMapping(
        r"regular expression|regex|missing \)|missing \]|no argument for repetition",
        "ODPS-0121011:Invalid regular expression pattern",
        "the pattern cannot be compiled",
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
)
#: What else an error of a class means.
_BY_CLASS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (
        duckdb.ConversionException,
        "ODPS-0123091:Illegal type cast - a value cannot be converted to the type that is needed",
    ),
    (duckdb.ConstraintException, "ODPS-0123091:Illegal type cast - a column cannot be NULL"),
    (
        duckdb.OutOfRangeException,
        "ODPS-0121145:Data overflow - the result is out of the range of its type",
    ),
    (
        duckdb.NotImplementedException,
        f"{_SEMANTIC} - the statement is not supported in current mode",
    ),
    (duckdb.CatalogException, f"{_SEMANTIC} - a name in the statement cannot be resolved"),
    (duckdb.BinderException, f"{_SEMANTIC} - an expression of the statement is not valid"),
    (duckdb.ParserException, "ODPS-0130161:{at} Parse exception - the statement is not valid"),
    (
        duckdb.InvalidInputException,
        "ODPS-0121095:Invalid argument - a function does not accept the value of an argument",
    ),
)
_TYPE_NAMES = {
    "INT64": "BIGINT",
    "INT32": "INT",
    "INT16": "SMALLINT",
    "INT8": "TINYINT",
    "INT128": "BIGINT",
    "HUGEINT": "BIGINT",
    "INTEGER": "INT",
    "INTEGER_LITERAL": "INT",
    "STRING_LITERAL": "STRING",
    "VARCHAR": "STRING",
    "BLOB": "BINARY",
    "BOOL": "BOOLEAN",
    "TIMESTAMP_MS": "DATETIME",
    "TIMESTAMP_NS": "TIMESTAMP_NTZ",
    "UBIGINT": "BIGINT",
}
_ARGUMENTS = re.compile(
    r"No function matches|Could not choose a best candidate|Cannot deduce template"
    r"|does not support the supplied arguments|Unimplemented type for cast"
)


def is_about_arguments(error: duckdb.Error) -> bool:
    """Return whether an error says that no variant of a function takes such arguments."""
    return bool(_ARGUMENTS.search(str(error)))


def from_duckdb(error: duckdb.Error, find: Callable[[str], Position]) -> Exception:
    """Return MaxCompute's error; `find` returns the position of a name in the SQL."""
    if isinstance(error, duckdb.InterruptException):
        return InterruptedExecutionError()
    # The rest quotes the statement as translated for DuckDB.
    text = str(error).partition("\n\nLINE ")[0]
    if own := re.search(r"(ODPS-\d{7}:.*)", text):
        return SqlError(own[1])
    for mapping in _ERROR_MAPPINGS:
        if match := re.search(mapping.pattern, text, re.DOTALL):
            names = {key: value or "" for key, value in match.groupdict().items()}
            for key in ("type", "types", "left", "right"):
                if key in names:
                    names[key] = _types(names[key])
            at = find(names.get("name", ""))
            return SqlError(f"{mapping.code} - {mapping.detail}".format(at=at, **names))
    for kind, said in _BY_CLASS:
        if isinstance(error, kind):
            return SqlError(said.format(at=find("")))
    return SqlError(
        "ODPS-0010000:System internal error - "
        "the sandbox's engine cannot run this statement; MaxCompute itself might"
    )


def _types(text: str) -> str:
    """Return a list of DuckDB's types with MaxCompute's names."""
    named = re.sub(r"\w+", lambda word: _TYPE_NAMES.get(word[0], word[0]), text)
    named = re.sub(r"MAP\(([^()]*)\)", r"MAP<\1>", named)
    return re.sub(r"([\w<>]+)\[\]", r"ARRAY<\1>", named)
