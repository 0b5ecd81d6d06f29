"""Shared parts of statements that write: one writer at a time, and partitions."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from odps_bot.sandbox.maxcompute.engine.catalog import PartitionValues, Table, literal, quoted
from odps_bot.sandbox.maxcompute.engine.database import Database
from odps_bot.sandbox.maxcompute.engine.errors import (
    InterruptedExecutionError,
    wrong_partition_count,
)
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import TableName


@dataclass(frozen=True)
class Writer:
    """The context of a write."""

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


def count_rows(cursor: duckdb.DuckDBPyConnection, table: Table, where: str = "TRUE") -> int:
    """Return the number of rows of a table."""
    row = cursor.execute(f"SELECT count(*) FROM {table.sql_name} WHERE {where}").fetchone()
    return int(row[0]) if row else 0


def partition_filter(table: Table, values: PartitionValues) -> str:
    """Return the condition for the rows of a partition."""
    pairs = zip(table.partition_columns, values, strict=True)
    return " AND ".join(f"{quoted(column.name)} = {literal(value)}" for column, value in pairs)


def delete_rows(writer: Writer, table: Table, partitions: Iterable[PartitionValues]) -> None:
    """Delete the rows of partitions, or all rows of a table without any."""
    if not table.partition_columns:
        writer.cursor.execute(f"DELETE FROM {table.sql_name}")
    for values in partitions:
        writer.cursor.execute(
            f"DELETE FROM {table.sql_name} WHERE {partition_filter(table, values)}"
        )


def partition_values(
    pairs: tuple[tuple[str, str], ...], table: Table, name: TableName
) -> PartitionValues:
    """Return the values of a complete partition specification in the table's order."""
    given = dict(pairs)
    wanted = [column.name for column in table.partition_columns]
    if sorted(given) != sorted(wanted):
        raise wrong_partition_count(name.position, given=len(given), wanted=len(wanted))
    return tuple(given[column] for column in wanted)
