"""The interface of the engine."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odps_bot.sandbox.maxcompute.engine.catalog import PartitionValues, Table, quoted
from odps_bot.sandbox.maxcompute.engine.database import Database
from odps_bot.sandbox.maxcompute.engine.execution import Execution
from odps_bot.sandbox.maxcompute.engine.loading import load_rows
from odps_bot.sandbox.maxcompute.engine.outcomes import ResultSet
from odps_bot.sandbox.maxcompute.engine.reports import size_bytes
from odps_bot.sandbox.maxcompute.engine.writer import count_rows, partition_filter


@dataclass(frozen=True)
class Content:
    """How much a table or partition holds."""

    rows: int
    size_bytes: int


Row = tuple[Any, ...]
_ROWS_AT_ONCE = 2_000
_ALL = 2**62


class Engine:
    """Creates executions and keeps the rows of their results.

    All methods can be called from any thread.
    """

    def __init__(
        self,
        projects: tuple[str, ...],
        *,
        orders_rows: int,
        time_zones: Mapping[str, str] | None = None,
    ) -> None:
        self._database = Database(projects, orders_rows=orders_rows)
        #: The tasks that have ended, for the view of that name.
        self.history = self._database.history
        #: By project, where it is not the default.
        self._time_zones = dict(time_zones or {})

    def execution(
        self,
        sql: str,
        *,
        project: str,
        owner: str,
        settings: Mapping[str, str],
        instance_id: str,
        now: datetime,
    ) -> Execution:
        """Create an execution; call `analyze` and `run` on it."""
        return Execution(
            self._database,
            sql=sql,
            project=project,
            owner=owner,
            settings=settings,
            result_table=f"result_{instance_id}",
            now=now,
            project_zone=self._time_zones.get(project),
        )

    def rows(self, result: ResultSet, *, start: int = 0, count: int | None = None) -> Iterator[Row]:
        """Yield the rows of a result in order, or a slice of them."""
        stop = result.row_count if count is None else start + count
        with self._database.cursor() as cursor:
            cursor.execute(
                f"SELECT * FROM {result.table} WHERE rowid >= ? AND rowid < ? ORDER BY rowid",
                [start, stop],
            )
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield from rows

    def forget(self, result: ResultSet) -> None:
        """Drop the rows of a result."""
        with self._database.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {result.table}")

    def table(self, project: str, name: str) -> Table | None:
        """Return a table, or None."""
        return self._database.catalog.find(project, name)

    def tables(self, project: str) -> list[Table]:
        """Return a project's tables by name."""
        return self._database.catalog.tables(project)

    def content(self, table: Table, partition: PartitionValues | None = None) -> Content:
        """Return how much a table holds now, or one of its partitions."""
        where = "TRUE" if partition is None else partition_filter(table, partition)
        with self._database.cursor() as cursor:
            rows = count_rows(cursor, table, where)
        return Content(rows=rows, size_bytes=size_bytes(rows, len(table.columns)))

    def partition_contents(self, table: Table) -> dict[PartitionValues, Content]:
        """Return how much each partition of a table holds now."""
        keys = ", ".join(f"CAST({quoted(c.name)} AS VARCHAR)" for c in table.partition_columns)
        with self._database.cursor() as cursor:
            cursor.execute(f"SELECT {keys}, count(*) FROM {table.sql_name} GROUP BY ALL")
            counts = {row[:-1]: row[-1] for row in cursor.fetchall()}
        return {
            values: Content(rows, size_bytes(rows, len(table.columns)))
            for values in table.partitions
            for rows in [counts.get(values, 0)]
        }

    def table_rows(
        self,
        table: Table,
        partition: PartitionValues | None = None,
        *,
        start: int = 0,
        count: int | None = None,
    ) -> Iterator[Row]:
        """Yield the rows of a table or of a partition, or a slice of them, in a stable order.

        A row has the partition columns, too.
        """
        where = "TRUE" if partition is None else partition_filter(table, partition)
        order = "" if table.is_view else "ORDER BY rowid"
        with self._database.cursor() as cursor:
            cursor.execute(
                f"SELECT * FROM {table.sql_name} WHERE {where} {order} LIMIT ? OFFSET ?",
                [_ALL if count is None else count, start],
            )
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield from rows

    def load(
        self,
        table: Table,
        partition: PartitionValues | None,
        rows: Sequence[Sequence[Any]],
        *,
        is_overwrite: bool,
    ) -> None:
        """Add rows to a table, see `load_rows`; raises `ValueError`."""
        load_rows(self._database, table, partition, rows, is_overwrite=is_overwrite)

    def add_partition(self, table: Table, values: PartitionValues) -> None:
        """Add a partition, unless it is there."""
        with self._database.writing(threading.Event()):
            self._database.catalog.add_partitions(table, iter([values]))

    def close(self) -> None:
        """Close the database; no execution can be running."""
        self._database.close()
