"""INSERT: rows are staged, then written in one transaction."""

from odps_bot.sandbox.maxcompute.engine.bound import Bound
from odps_bot.sandbox.maxcompute.engine.casts import converted_sql
from odps_bot.sandbox.maxcompute.engine.catalog import (
    Column,
    PartitionValues,
    Table,
    literal,
    quoted,
)
from odps_bot.sandbox.maxcompute.engine.conversions import can_assign, shown
from odps_bot.sandbox.maxcompute.engine.errors import (
    SqlError,
    semantic_exception,
    wrong_partition_count,
)
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import Insert
from odps_bot.sandbox.maxcompute.engine.types import DataType
from odps_bot.sandbox.maxcompute.engine.writer import Writer, delete_rows

_STAGED = "odps_staged"


def check_insert(statement: Insert, table: Table, source: Bound, session: Session) -> None:
    """Raise `SqlError` when source and target do not match."""
    position, column_count = statement.table.position, len(source.columns)
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
        raise wrong_partition_count(position, given=len(given), wanted=len(wanted))
    needed = len(statement.columns or table.columns) + sum(
        v is None for _, v in statement.partition
    )
    if column_count != needed:
        raise semantic_exception(
            position,
            f"wrong columns count {column_count} in data source, requires {needed} columns "
            "(includes dynamic partitions if any)",
        )
    for column, given_column, kind in zip(
        _targets(statement, table), source.columns, map(source.kind, range(needed)), strict=False
    ):
        if kind and not can_assign(kind, column.type, has_new_types=session.has_new_types):
            raise semantic_exception(
                position,
                f"column {given_column.name} in source has incompatible type {shown(kind)} with "
                f"destination column {column.name}, which has type {shown(column.type)}",
            )


def _targets(statement: Insert, table: Table) -> list[Column]:
    """Return the columns of the target in the order of the source's."""
    known = {column.name: column for column in table.all_columns}
    names = list(statement.columns or [column.name for column in table.columns])
    names += [name for name, value in statement.partition if value is None]
    for name in names:
        if name not in known:
            raise semantic_exception(statement.table.position, f"column {name} cannot be resolved")
    return [known[name] for name in names]


def insert(statement: Insert, writer: Writer, source: Bound) -> Table:
    """Write the rows of a query into a table; return the table."""
    table = writer.session.find_table(statement.table)
    check_insert(statement, table, source, writer.session)
    # Staged first, so that a long query holds no lock.
    names = ", ".join(f"c{index}" for index in range(len(source.columns)))
    writer.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {_STAGED} ({names}) AS {source.sql}")
    sources = {
        column.name: _assigned(f"c{index}", source.kind(index), column, writer.session)
        for index, column in enumerate(_targets(statement, table))
    }
    sources |= {name: literal(value) for name, value in statement.partition if value is not None}
    with writer.transaction():
        written = _written_partitions(table, sources, statement, writer)
        if statement.is_overwrite:
            delete_rows(writer, table, written)
        listed, values = ", ".join(map(quoted, sources)), ", ".join(sources.values())
        writer.cursor.execute(
            f"INSERT INTO {table.sql_name} ({listed}) SELECT {values} FROM {_STAGED}"
        )
        writer.database.catalog.add_partitions(table, iter(written))
    writer.cursor.execute(f"DROP TABLE {_STAGED}")
    return table


def _assigned(value: str, kind: DataType | None, column: Column, session: Session) -> str:
    """Return a staged value in the type of its column."""
    if kind is None or kind == column.type:
        return value
    return converted_sql(value, kind, column.type, strict=not session.is_lenient)


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
