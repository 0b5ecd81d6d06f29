"""Creates, drops and alters tables: rows in DuckDB, the rest in the catalog."""

import re
from dataclasses import replace

from odps_bot.sandbox.maxcompute.engine.bound import Bound
from odps_bot.sandbox.maxcompute.engine.catalog import Column, PartitionValues, Table, quoted
from odps_bot.sandbox.maxcompute.engine.errors import (
    SqlError,
    partition_exists,
    partition_not_found,
    semantic_exception,
    table_exists,
)
from odps_bot.sandbox.maxcompute.engine.positions import Position, position_at
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import (
    ChangePartition,
    CreateTable,
    CreateView,
    DropTable,
    TableName,
    TruncateTable,
)
from odps_bot.sandbox.maxcompute.engine.writer import Writer, delete_rows, partition_values


def create_table(statement: CreateTable, writer: Writer, source: Bound | None) -> Table | None:
    """Create a table; return it, or None if it exists and IF NOT EXISTS is given."""
    session, name = writer.session, statement.table
    project = (name.project or session.project).lower()
    if not session.catalog.has_project(project):
        raise SqlError(f"ODPS-0420111:{name.position} Project not found - '{project}'")
    like = session.find_table(statement.like) if statement.like else None
    table = Table(
        project=project,
        name=name.name,
        columns=_columns(statement, like, source),
        partition_columns=like.partition_columns if like else statement.partition_columns,
        comment=statement.comment,
        lifecycle=statement.lifecycle,
        is_transactional=statement.is_transactional,
        owner=writer.owner,
        created_at=session.now,
    )
    _check_names(table, name, session)
    definition = ", ".join(f"{quoted(c.name)} {c.type.duckdb}" for c in table.all_columns)
    with writer.transaction():
        if session.catalog.find(project, name.name):
            if statement.if_not_exists:
                return None
            raise table_exists(name.position, project, name.name)
        writer.cursor.execute(f"CREATE TABLE {table.sql_name} ({definition})")
        if source:
            writer.cursor.execute(f"INSERT INTO {table.sql_name} {source.sql}")
        session.catalog.put(table)
    return table


def _columns(
    statement: CreateTable, like: Table | None, source: Bound | None
) -> tuple[Column, ...]:
    if like is not None:
        return like.columns
    return statement.columns or (source.columns if source else ())


def create_view(statement: CreateView, writer: Writer, source: Bound) -> Table | None:
    """Create a view; return it, or None if it exists and IF NOT EXISTS is given."""
    session, name = writer.session, statement.table
    project = (name.project or session.project).lower()
    view = Table(project, name.name, source.columns, writer.owner, session.now, is_view=True)
    view = replace(view, shows_history=any(table.shows_history for table in source.tables))
    _check_names(view, name, session)
    with writer.transaction():
        known = session.catalog.find(project, name.name)
        if known and statement.if_not_exists:
            return None
        if known and not (statement.or_replace and known.is_view):
            raise table_exists(name.position, project, name.name)
        listed = ", ".join(quoted(column.name) for column in source.columns)
        writer.cursor.execute(f"CREATE OR REPLACE VIEW {view.sql_name} ({listed}) AS {source.sql}")
        session.catalog.put(view)
    return view


def _check_names(table: Table, name: TableName, session: Session) -> None:
    names = [column.name for column in table.all_columns]
    for place, column in enumerate(names):
        if column in names[:place]:
            raise semantic_exception(
                _second(column, name, session), f"column repeated in creation: {column}"
            )


def _second(column: str, name: TableName, session: Session) -> Position:
    """Return the second position of a column's name in CREATE TABLE, or that of the table."""
    found = [match.start() for match in re.finditer(rf"\b{column}\b", session.text.lower())]
    return position_at(session.text, found[1]) if len(found) > 1 else name.position


def drop(statement: DropTable, writer: Writer) -> Table | None:
    """Drop a table or a view."""
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


def truncate(statement: TruncateTable, writer: Writer) -> Table:
    """Delete the rows of a table, or of one partition; return the table."""
    with writer.transaction():
        table = writer.session.find_table(statement.table)
        if statement.partition:
            values = _existing(statement.partition, table, statement.table)
            delete_rows(writer, table, [values])
        else:
            writer.cursor.execute(f"DELETE FROM {table.sql_name}")
    return table


def change_partition(statement: ChangePartition, writer: Writer) -> Table | None:
    """Add or drop a partition; return the table, or None if there was nothing to do."""
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
            delete_rows(writer, table, [values])
            remaining = table.partitions - {values}
            writer.database.catalog.put(replace(table, partitions=remaining))
    return table


def _existing(pairs: tuple[tuple[str, str], ...], table: Table, name: TableName) -> PartitionValues:
    values = partition_values(pairs, table, name)
    if values not in table.partitions:
        raise partition_not_found(name.position, table.partition_spec(values))
    return values
