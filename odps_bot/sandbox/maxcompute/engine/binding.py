"""Semantic analysis: the tables, columns and errors of a statement before it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from odps_bot.sandbox.maxcompute.engine.bound import Bound
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.changing import check_change
from odps_bot.sandbox.maxcompute.engine.duckdb_errors import from_duckdb
from odps_bot.sandbox.maxcompute.engine.inserting import check_insert
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position
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
from odps_bot.sandbox.maxcompute.engine.types import from_duckdb as type_from_duckdb


def bind(cursor: duckdb.DuckDBPyConnection, query: Query, session: Session) -> Bound:
    """Translate a query and get its columns from DuckDB; raises `SqlError`."""
    translated = translate(query.tree, session)
    with translated_errors(query, session):
        relation = cursor.sql(translated.sql)
        names, types = relation.columns, relation.types
    columns = tuple(
        Column(name.lower(), type_from_duckdb(kind, has_int=session.has_new_types))
        for name, kind in zip(names, types, strict=True)
    )
    return Bound(translated.sql, columns, translated.tables, translated.warnings)


def check(cursor: duckdb.DuckDBPyConnection, parsed: Parsed, session: Session) -> tuple[str, ...]:
    """Check a statement; return warnings, or raise `SqlError`."""
    if isinstance(parsed, Explain):
        return check(cursor, parsed.statement, session)
    if isinstance(parsed, Query):
        return bind(cursor, parsed, session).warnings
    if isinstance(parsed, Insert):
        table = session.find_table(parsed.table)
        bound = bind(cursor, parsed.source, session)
        check_insert(parsed, table, len(bound.columns))
        return bound.warnings
    if isinstance(parsed, ChangeRows):
        check_change(parsed, session.find_table(parsed.table))
        bounds = [bind(cursor, change.source, session) for change in parsed.changes]
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
        return session.position_of(name, query.tree) if query else NOWHERE

    try:
        yield
    except duckdb.Error as error:
        raise from_duckdb(error, find) from error
