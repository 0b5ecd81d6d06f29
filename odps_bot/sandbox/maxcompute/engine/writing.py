"""Carry out the statements that change tables: rows in DuckDB, the rest in the catalog."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb

from odps_bot.sandbox.maxcompute.engine.catalog import (
    Column,
    PartitionValues,
    Table,
    literal,
    quoted,
)
from odps_bot.sandbox.maxcompute.engine.database import Database
from odps_bot.sandbox.maxcompute.engine.errors import (
    InterruptedExecutionError,
    SqlError,
    partition_exists,
    partition_not_found,
    semantic_exception,
    table_exists,
)
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import (
    ChangePartition,
    CreateTable,
    CreateView,
    DropTable,
    Insert,
    Parsed,
    TableName,
    TruncateTable,
)

_STAGED = "odps_staged"


@dataclass(frozen=True)
class Writer:
    """What a write needs besides the statement."""

    database: Database
    cursor: duckdb.DuckDBPyConnection
    session: Session
    owner: str
    stopped: threading.Event

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit rows and catalog together, or neither; one writer at a time."""
        with self.database.writing(self.stopped):
            if self.stopped.is_set():
                raise InterruptedExecutionError
            self.cursor.begin()
            try:
                yield
            except BaseException:
                self.cursor.rollback()
                raise
            self.cursor.commit()


def write(
    statement: Parsed, writer: Writer, query: str | None, columns: tuple[Column, ...]
) -> Table | None:
    """Carry out a statement; `query` is its source in DuckDB's words. Return what was written."""
    return _WRITES[type(statement)](statement, writer, query, columns)


def count_rows(cursor: duckdb.DuckDBPyConnection, table: Table, where: str = "TRUE") -> int:
    """Return how many rows a table has."""
    row = cursor.execute(f"SELECT count(*) FROM {table.sql_name} WHERE {where}").fetchone()
    return int(row[0]) if row else 0


def check_insert(statement: Insert, table: Table, column_count: int) -> None:
    """Raise `SqlError` when source and target do not fit."""
    position = statement.table.position
    if table.is_view:
        raise semantic_exception(position, f"{table.project}.{table.name} is a view")
    given = [name for name, _ in statement.partition]
    wanted = [column.name for column in table.partition_columns]
    if not set(given) <= set(wanted):
        odd = next(name for name in given if name not in wanted)
        raise SqlError(
            f"ODPS-0130191:{position} Invalid column or partition key - "
            f"{odd} is no partition column of {table.project}.{table.name}"
        )
    if set(given) != set(wanted):
        raise semantic_exception(
            position,
            f"number of input partition columns ({len(given)}) doesn't equal to "
            f"table's partition columns ({len(wanted)})",
        )
    needed = len(statement.columns or table.columns) + sum(
        v is None for _, v in statement.partition
    )
    if column_count != needed:
        raise semantic_exception(
            position,
            f"wrong columns count {column_count} in data source, requires {needed} columns "
            "(includes dynamic partitions if any)",
        )


def partition_values(
    pairs: tuple[tuple[str, str], ...], table: Table, name: TableName
) -> PartitionValues:
    """Return the values of a full partition specification in the table's order."""
    given = dict(pairs)
    wanted = [column.name for column in table.partition_columns]
    if sorted(given) != sorted(wanted):
        raise semantic_exception(
            name.position,
            f"number of input partition columns ({len(given)}) doesn't equal to "
            f"table's partition columns ({len(wanted)})",
        )
    return tuple(given[column] for column in wanted)


def _insert(
    statement: Insert, writer: Writer, query: str | None, columns: tuple[Column, ...]
) -> Table:
    table = writer.session.find_table(statement.table)
    check_insert(statement, table, len(columns))
    # Staged first, so that a long query holds no lock.
    names = ", ".join(f"c{index}" for index in range(len(columns)))
    writer.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {_STAGED} ({names}) AS {query}")
    targets = list(statement.columns or [column.name for column in table.columns])
    targets += [name for name, value in statement.partition if value is None]
    sources = {name: f"c{index}" for index, name in enumerate(targets)}
    sources |= {name: literal(value) for name, value in statement.partition if value is not None}
    with writer.transaction():
        written = _written_partitions(table, sources, statement, writer)
        if statement.is_overwrite:
            _delete(writer, table, written)
        listed, values = ", ".join(map(quoted, sources)), ", ".join(sources.values())
        writer.cursor.execute(
            f"INSERT INTO {table.sql_name} ({listed}) SELECT {values} FROM {_STAGED}"
        )
        writer.database.catalog.add_partitions(table, iter(written))
    writer.cursor.execute(f"DROP TABLE {_STAGED}")
    return table


def _written_partitions(
    table: Table, sources: dict[str, str], statement: Insert, writer: Writer
) -> list[PartitionValues]:
    if not table.partition_columns:
        return []
    if all(value is not None for _, value in statement.partition):
        static = {name: value or "" for name, value in statement.partition}
        return [tuple(static[column.name] for column in table.partition_columns)]
    keys = ", ".join(f"CAST({sources[c.name]} AS VARCHAR)" for c in table.partition_columns)
    rows = writer.cursor.execute(f"SELECT DISTINCT {keys} FROM {_STAGED}").fetchall()
    if any(value is None for row in rows for value in row):
        raise SqlError("ODPS-0123031:Partition exception - invalid dynamic partition value: NULL")
    return rows


def _delete(writer: Writer, table: Table, partitions: list[PartitionValues]) -> None:
    if not table.partition_columns:
        writer.cursor.execute(f"DELETE FROM {table.sql_name}")
    for values in partitions:
        writer.cursor.execute(
            f"DELETE FROM {table.sql_name} WHERE {partition_filter(table, values)}"
        )


def partition_filter(table: Table, values: PartitionValues) -> str:
    """Return the condition that holds for the rows of one partition."""
    pairs = zip(table.partition_columns, values, strict=True)
    return " AND ".join(f"{quoted(column.name)} = {literal(value)}" for column, value in pairs)


def _create(
    statement: CreateTable, writer: Writer, query: str | None, columns: tuple[Column, ...]
) -> Table | None:
    session, name = writer.session, statement.table
    project = (name.project or session.project).lower()
    if not session.catalog.has_project(project):
        raise SqlError(f"ODPS-0420111:{name.position} Project not found - '{project}'")
    like = session.find_table(statement.like) if statement.like else None
    table = Table(
        project=project,
        name=name.name,
        columns=like.columns if like else statement.columns or columns,
        partition_columns=like.partition_columns if like else statement.partition_columns,
        comment=statement.comment,
        lifecycle=statement.lifecycle,
        owner=writer.owner,
        created_at=session.now,
    )
    _check_names(table, name)
    definition = ", ".join(f"{quoted(c.name)} {c.type.duckdb}" for c in table.all_columns)
    with writer.transaction():
        if session.catalog.find(project, name.name):
            if statement.if_not_exists:
                return None
            raise table_exists(name.position, project, name.name)
        writer.cursor.execute(f"CREATE TABLE {table.sql_name} ({definition})")
        if query:
            writer.cursor.execute(f"INSERT INTO {table.sql_name} {query}")
        session.catalog.put(table)
    return table


def _check_names(table: Table, name: TableName) -> None:
    names = [column.name for column in table.all_columns]
    if doubled := {column for column in names if names.count(column) > 1}:
        raise semantic_exception(name.position, f"duplicate column name {min(doubled)}")


def _create_view(
    statement: CreateView, writer: Writer, query: str | None, columns: tuple[Column, ...]
) -> Table | None:
    session, name = writer.session, statement.table
    project = (name.project or session.project).lower()
    view = Table(project, name.name, columns, writer.owner, session.now, is_view=True)
    with writer.transaction():
        known = session.catalog.find(project, name.name)
        if known and statement.if_not_exists:
            return None
        if known and not (statement.or_replace and known.is_view):
            raise table_exists(name.position, project, name.name)
        listed = ", ".join(quoted(column.name) for column in columns)
        writer.cursor.execute(f"CREATE OR REPLACE VIEW {view.sql_name} ({listed}) AS {query}")
        session.catalog.put(view)
    return view


def _drop(
    statement: DropTable, writer: Writer, _query: str | None, _columns: tuple[Column, ...]
) -> Table | None:
    name = statement.table
    project = (name.project or writer.session.project).lower()
    with writer.transaction():
        if statement.if_exists and not writer.session.catalog.find(project, name.name):
            return None
        table = writer.session.find_table(name)
        if table.is_view is not statement.is_view:
            kind = "a view" if table.is_view else "no view"
            raise semantic_exception(name.position, f"{project}.{table.name} is {kind}")
        writer.cursor.execute(f"DROP {'VIEW' if table.is_view else 'TABLE'} {table.sql_name}")
        writer.session.catalog.drop(table)
    return None


def _truncate(
    statement: TruncateTable, writer: Writer, _query: str | None, _columns: tuple[Column, ...]
) -> Table:
    with writer.transaction():
        table = writer.session.find_table(statement.table)
        if statement.partition:
            values = _existing(statement.partition, table, statement.table)
            _delete(writer, table, [values])
        else:
            writer.cursor.execute(f"DELETE FROM {table.sql_name}")
    return table


def _change_partition(
    statement: ChangePartition, writer: Writer, _query: str | None, _columns: tuple[Column, ...]
) -> Table | None:
    with writer.transaction():
        table = writer.session.find_table(statement.table)
        values = partition_values(statement.partition, table, statement.table)
        exists = values in table.partitions
        if exists is statement.is_add and statement.is_lenient:
            return None
        if statement.is_add and exists:
            raise partition_exists(table.partition_spec(values))
        if statement.is_add:
            writer.database.catalog.add_partitions(table, iter([values]))
        else:
            _existing(statement.partition, table, statement.table)
            _delete(writer, table, [values])
            left = table.partitions - {values}
            writer.database.catalog.put(replace(table, partitions=left))
    return table


def _existing(pairs: tuple[tuple[str, str], ...], table: Table, name: TableName) -> PartitionValues:
    values = partition_values(pairs, table, name)
    if values not in table.partitions:
        raise partition_not_found(name.position, table.partition_spec(values))
    return values


_WRITES: dict[type, Callable[..., Table | None]] = {
    Insert: _insert,
    CreateTable: _create,
    CreateView: _create_view,
    DropTable: _drop,
    TruncateTable: _truncate,
    ChangePartition: _change_partition,
}
