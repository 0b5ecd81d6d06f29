"""MaxCompute's data types and their equivalents in DuckDB.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/data-type-editions
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

_PLAIN = {
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "binary": "BLOB",
    "date": "DATE",
    "datetime": "TIMESTAMP_MS",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP_NS",
    "json": "VARCHAR",
}
#: MaxCompute's name of a plain type by DuckDB's.
_FROM_DUCKDB = {
    "tinyint": "tinyint",
    "smallint": "smallint",
    "integer": "int",
    "bigint": "bigint",
    "hugeint": "bigint",
    "uhugeint": "bigint",
    "utinyint": "smallint",
    "usmallint": "int",
    "uinteger": "bigint",
    "ubigint": "bigint",
    "float": "float",
    "double": "double",
    "boolean": "boolean",
    "varchar": "string",
    "blob": "binary",
    "date": "date",
    "timestamp_ms": "datetime",
    "timestamp_s": "datetime",
    "timestamp": "timestamp",
    "timestamp_ns": "timestamp_ntz",
    "timestamp with time zone": "timestamp",
    "interval": "interval_day_time",
}
DEFAULT_DECIMAL = (38, 18)
_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|`[^`]+`|\d+|[<>(),:])")


class UnknownTypeError(ValueError):
    """Not a data type; the argument is the invalid part of the text."""


@dataclass(frozen=True)
class DataType:
    """A data type; nested types are in `children`."""

    name: str
    parameters: tuple[int, ...] = ()
    #: ("item", type) of an array, key and value of a map, or the fields of a struct.
    children: tuple[tuple[str, "DataType"], ...] = ()

    def __str__(self) -> str:
        if self.name == "struct":
            return f"struct<{','.join(f'{name}:{child}' for name, child in self.children)}>"
        if self.children:
            return f"{self.name}<{','.join(str(child) for _, child in self.children)}>"
        if self.parameters:
            return f"{self.name}({','.join(map(str, self.parameters))})"
        return self.name

    @property
    def duckdb(self) -> str:
        """Return the type for such values in DuckDB."""
        if self.name == "decimal":
            return f"DECIMAL{self.parameters or DEFAULT_DECIMAL}"
        if self.name == "array":
            return f"{self.children[0][1].duckdb}[]"
        if self.name == "map":
            return f"MAP({self.children[0][1].duckdb}, {self.children[1][1].duckdb})"
        if self.name == "struct":
            fields = (f'"{name}" {child.duckdb}' for name, child in self.children)
            return f"STRUCT({', '.join(fields)})"
        return _PLAIN.get(self.name, "VARCHAR")


def parse_type(text: str) -> DataType:
    """Parse a type, for example `map<string,array<decimal(10,2)>>`."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise UnknownTypeError(text)
    tokens.reverse()
    parsed = _parse(tokens)
    if tokens:
        raise UnknownTypeError(tokens[-1])
    return parsed


#: sqlglot's names that differ from MaxCompute's.
_OF_SQLGLOT = {"text": "string", "bool": "boolean", "timestampntz": "timestamp_ntz"}
_PARTS = {"array": ("item",), "map": ("key", "value")}


def declared(node: exp.Expr) -> DataType | None:
    """Return the type that sqlglot has parsed, for example in CAST; None for an unknown one."""
    name = str(getattr(node.this, "value", node.this)).lower()
    name = _OF_SQLGLOT.get(name, name)
    if name in _PARTS:
        items = [declared(part) for part in node.expressions]
        return _nested(name, _PARTS[name], items)
    if name == "struct":
        fields = [declared(part.args["kind"]) for part in node.expressions]
        return _nested(name, [part.name.lower() for part in node.expressions], fields)
    if name != "decimal" and name not in _PLAIN:
        return None
    numbers = tuple(int(part.name) for part in node.expressions if part.name.isdigit())
    return DataType(name, DEFAULT_DECIMAL if name == "decimal" and not numbers else numbers)


def _nested(name: str, names: Sequence[str], parts: list[DataType | None]) -> DataType | None:
    known = [part for part in parts if part is not None]
    if len(known) != len(parts) or len(known) != len(names):
        return None
    return DataType(name, children=tuple(zip(names, known, strict=True)))


def from_duckdb(duckdb_type: Any, *, has_int: bool = True) -> DataType:
    """Return the type in MaxCompute for a type of a DuckDB result.

    Without the 2.0 data types (`has_int=False`) an integer constant is a BIGINT.
    """
    kind = duckdb_type.id
    if kind in {"list", "array"}:
        item = dict(duckdb_type.children)["child"]
        return DataType("array", children=(("item", from_duckdb(item, has_int=has_int)),))
    if kind in {"map", "struct"}:
        children = tuple((n, from_duckdb(c, has_int=has_int)) for n, c in duckdb_type.children)
        return DataType(kind, children=children)
    if kind == "decimal":
        parameters = dict(duckdb_type.children)
        return DataType("decimal", (parameters["precision"], parameters["scale"]))
    name = _FROM_DUCKDB.get(kind, "string")
    return DataType("bigint" if name == "int" and not has_int else name)


def _parse(tokens: list[str]) -> DataType:
    name = _next(tokens).lower()
    if name == "integer":
        name = "int"
    if name in {"array", "map", "struct"}:
        _expect(tokens, "<")
        children = _fields(tokens) if name == "struct" else _items(tokens, name)
        _expect(tokens, ">")
        return DataType(name, children=children)
    if name != "decimal" and name not in _PLAIN:
        raise UnknownTypeError(name)
    parameters = _parameters(tokens)
    if name == "decimal" and len(parameters) == 1:
        parameters = (*parameters, 0)
    return DataType(name, parameters)


def _fields(tokens: list[str]) -> tuple[tuple[str, DataType], ...]:
    fields = []
    while True:
        name = _next(tokens).strip("`").lower()
        _expect(tokens, ":")
        fields.append((name, _parse(tokens)))
        if not _skip(tokens, ","):
            return tuple(fields)


def _items(tokens: list[str], name: str) -> tuple[tuple[str, DataType], ...]:
    first = _parse(tokens)
    if name == "array":
        return (("item", first),)
    _expect(tokens, ",")
    return (("key", first), ("value", _parse(tokens)))


def _parameters(tokens: list[str]) -> tuple[int, ...]:
    if not _skip(tokens, "("):
        return ()
    numbers = []
    while True:
        number = _next(tokens)
        if not number.isdigit():
            raise UnknownTypeError(number)
        numbers.append(int(number))
        if not _skip(tokens, ","):
            break
    _expect(tokens, ")")
    return tuple(numbers)


def _next(tokens: list[str]) -> str:
    if not tokens:
        raise UnknownTypeError("<EOF>")
    return tokens.pop()


def _skip(tokens: list[str], wanted: str) -> bool:
    if tokens and tokens[-1] == wanted:
        tokens.pop()
        return True
    return False


def _expect(tokens: list[str], wanted: str) -> None:
    if not _skip(tokens, wanted):
        raise UnknownTypeError(tokens[-1] if tokens else "<EOF>")
