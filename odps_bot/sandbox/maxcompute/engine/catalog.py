"""The tables of projects and their columns; the rows are in DuckDB."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from odps_bot.sandbox.maxcompute.engine.types import DataType

#: Values of the partition columns, in their order.
PartitionValues = tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column of a table or of a result."""

    name: str
    type: DataType
    comment: str = ""


@dataclass(frozen=True)
class Table:
    """A table as DESC shows it."""

    project: str
    name: str
    columns: tuple[Column, ...]
    owner: str
    created_at: datetime
    partition_columns: tuple[Column, ...] = ()
    comment: str = ""
    #: In days, or None for no limit.
    lifecycle: int | None = None
    is_view: bool = False
    #: Whether it supports UPDATE, DELETE and MERGE.
    is_transactional: bool = False
    partitions: frozenset[PartitionValues] = field(default_factory=frozenset)
    #: The schema that a table of the service has in DuckDB; other tables have that of the project.
    schema: str | None = None
    #: Whether it shows tasks that have ended, by itself or by the views that it reads.
    shows_history: bool = False

    @property
    def is_of_service(self) -> bool:
        """Return whether the table belongs to MaxCompute, so nobody can change it."""
        return self.schema is not None

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Return the columns in the order in which DuckDB holds them: partition columns last."""
        return self.columns + self.partition_columns

    @property
    def duckdb_schema(self) -> str:
        """Return the schema in DuckDB."""
        return self.schema or self.project

    @property
    def sql_name(self) -> str:
        """Return the name to use in DuckDB."""
        return f"{quoted(self.duckdb_schema)}.{quoted(self.name)}"

    def partition_spec(self, values: PartitionValues) -> str:
        """Return a partition as SHOW PARTITIONS prints it: `ds=20261031/hh=01`."""
        pairs = zip(self.partition_columns, values, strict=True)
        return "/".join(f"{column.name}={value}" for column, value in pairs)


class Catalog:
    """The tables of all projects; changes need the engine's write lock."""

    def __init__(self, projects: tuple[str, ...]) -> None:
        self._projects: dict[str, dict[str, Table]] = {p.lower(): {} for p in projects}

    def has_project(self, project: str) -> bool:
        """Return whether the project exists."""
        return project.lower() in self._projects

    def find(self, project: str, name: str) -> Table | None:
        """Return a table, or None; names are case-insensitive."""
        return self._projects.get(project.lower(), {}).get(name.lower())

    def put(self, table: Table) -> None:
        """Add or replace a table."""
        self._projects[table.project][table.name] = table

    def drop(self, table: Table) -> None:
        """Remove a table."""
        del self._projects[table.project][table.name]

    def add_partitions(self, table: Table, partitions: Iterator[PartitionValues]) -> None:
        """Add partitions to a table."""
        current = self._projects[table.project][table.name]
        self.put(replace(current, partitions=current.partitions | set(partitions)))

    def tables(self, project: str) -> list[Table]:
        """Return a project's tables by name."""
        tables = self._projects.get(project.lower(), {})
        return [tables[name] for name in sorted(tables)]


def quoted(name: str) -> str:
    """Return a name quoted for DuckDB."""
    return '"' + name.lower().replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a string literal of DuckDB."""
    return "'" + text.replace("'", "''") + "'"
