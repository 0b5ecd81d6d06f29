"""Semantic analysis: the tables, columns and errors of a statement before it runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from odps_bot.sandbox.maxcompute.engine.bound import Bound
from odps_bot.sandbox.maxcompute.engine.catalog import Column, quoted
from odps_bot.sandbox.maxcompute.engine.changing import check_change, check_source
from odps_bot.sandbox.maxcompute.engine.duckdb_errors import from_duckdb, is_about_arguments
from odps_bot.sandbox.maxcompute.engine.expressions import WrongArguments
from odps_bot.sandbox.maxcompute.engine.inserting import check_insert
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position
from odps_bot.sandbox.maxcompute.engine.service_tables import check_owned
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import (
    ChangeRows,
    CreateTable,
    CreateView,
    Explain,
    Insert,
    Parsed,
    Query,
)
from odps_bot.sandbox.maxcompute.engine.translation import translate
from odps_bot.sandbox.maxcompute.engine.types import DataType
from odps_bot.sandbox.maxcompute.engine.types import from_duckdb as type_from_duckdb

#: Types whose values DuckDB may compute in another one.
_STORED = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double", "decimal"})


def bind(cursor: duckdb.DuckDBPyConnection, query: Query, session: Session) -> Bound:
    """Translate a query and get its columns from DuckDB; raises `SqlError`."""

    def type_of(expression: str) -> DataType | WrongArguments | None:
        try:
            (kind,) = cursor.sql(f"SELECT {expression}").types
        except duckdb.Error as error:
            return WrongArguments() if is_about_arguments(error) else None
        return type_from_duckdb(kind, has_int=session.has_new_types)

    translated = translate(query.tree, session, type_of)
    with translated_errors(query, session):
        relation = cursor.sql(translated.sql)
        names, types = relation.columns, relation.types
    kinds = [type_from_duckdb(kind, has_int=session.has_new_types) for kind in types]
    for place, (_, kind) in enumerate(translated.columns or ()):
        if kind is not None and kind.name not in {"void", "interval"}:
            kinds[place] = kind
    columns = tuple(Column(name.lower(), kind) for name, kind in zip(names, kinds, strict=True))
    sql = _as_declared(translated.sql, names, types, columns)
    inferred = tuple(kind for _, kind in translated.columns or ())
    return Bound(sql, columns, translated.tables, translated.warnings, inferred)


def _as_declared(
    sql: str, names: Sequence[str], types: Sequence[Any], columns: Sequence[Column]
) -> str:
    """Return the query with the columns in the types that MaxCompute gives them."""
    casts = [
        f"CAST({_column(place, kind, column)} AS {column.type.duckdb}) AS {quoted(name)}"
        if column.type.name in _STORED and str(kind) != column.type.duckdb
        else f"#{place}"
        for place, (name, kind, column) in enumerate(zip(names, types, columns, strict=True), 1)
    ]
    if all(cast.startswith("#") for cast in casts):
        return sql
    return f"SELECT {', '.join(casts)} FROM ({sql})"


def _column(place: int, kind: Any, column: Column) -> str:
    """Return a column; by its shortest text where a DOUBLE becomes a DECIMAL."""
    is_rounded = column.type.name == "decimal" and str(kind) in {"DOUBLE", "FLOAT"}
    return f"CAST(#{place} AS VARCHAR)" if is_rounded else f"#{place}"


def check(cursor: duckdb.DuckDBPyConnection, parsed: Parsed, session: Session) -> tuple[str, ...]:
    """Check a statement; return warnings, or raise `SqlError`."""
    if isinstance(parsed, Explain):
        return check(cursor, parsed.statement, session)
    if isinstance(parsed, Query):
        return bind(cursor, parsed, session).warnings
    check_owned(parsed, session)
    if isinstance(parsed, Insert):
        table = session.find_table(parsed.table)
        bound = bind(cursor, parsed.source, session)
        check_insert(parsed, table, bound, session)
        return bound.warnings
    if isinstance(parsed, ChangeRows):
        table = session.find_table(parsed.table)
        check_change(parsed, table)
        bounds = [bind(cursor, change.source, session) for change in parsed.changes]
        for change, bound in zip(parsed.changes, bounds, strict=True):
            check_source(parsed, change, table, bound, session)
        return tuple(warning for bound in bounds for warning in bound.warnings)
    if isinstance(parsed, CreateTable | CreateView):
        return bind(cursor, parsed.source, session).warnings if parsed.source else ()
    name = getattr(parsed, "table", None)
    if name is not None and not getattr(parsed, "if_exists", False):
        session.find_table(name)
    return ()


@contextmanager
def translated_errors(query: Query | None, session: Session) -> Iterator[None]:
    """Translate DuckDB's errors about a query into MaxCompute's."""

    def find(name: str) -> Position:
        if query is None:
            return NOWHERE
        found = session.position_of(name, query.tree)
        return query.position if found == NOWHERE else found

    try:
        yield
    except duckdb.Error as error:
        raise from_duckdb(error, find) from error
