"""The interface of the engine."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.database import Database
from odps_bot.sandbox.maxcompute.engine.execution import Execution
from odps_bot.sandbox.maxcompute.engine.outcomes import ResultSet

Row = tuple[Any, ...]
_ROWS_AT_ONCE = 2_000


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

    def close(self) -> None:
        """Close the database; no execution can be running."""
        self._database.close()
