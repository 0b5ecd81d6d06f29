"""The parsed statements."""

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.positions import Position


@dataclass(frozen=True)
class TableName:
    """The name of a table in a statement."""

    name: str
    position: Position
    project: str | None = None
    schema: str | None = None


def table_name(node: exp.Table, position: Position) -> TableName:
    """Return the name in a query: `table`, `project.table` or `project.schema.table`."""
    schema = node.db if node.catalog else None
    return TableName(node.name, position, node.catalog or node.db or None, schema)


@dataclass(frozen=True)
class Query:
    """A query."""

    tree: exp.Expr
    position: Position


@dataclass(frozen=True)
class Insert:
    """INSERT INTO or OVERWRITE with a query or VALUES."""

    table: TableName
    #: The query or VALUES.
    source: Query
    is_overwrite: bool
    #: Values of partition columns; None for dynamic ones.
    partition: tuple[tuple[str, str | None], ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowChange:
    """A change of the rows of a query."""

    action: Literal["update", "delete", "insert"]
    #: Its first column is the `rowid` of rows to change; the others are new values.
    source: Query
    #: The columns for the values, if named.
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeRows:
    """UPDATE, DELETE or MERGE, as changes that are carried out together."""

    verb: str
    position: Position
    table: TableName
    changes: tuple[RowChange, ...]


@dataclass(frozen=True)
class CreateTable:
    """CREATE TABLE, optionally AS a query or LIKE a table."""

    table: TableName
    if_not_exists: bool
    columns: tuple[Column, ...] = ()
    partition_columns: tuple[Column, ...] = ()
    comment: str = ""
    lifecycle: int | None = None
    source: Query | None = None
    like: TableName | None = None
    is_transactional: bool = False


@dataclass(frozen=True)
class CreateView:
    """CREATE VIEW."""

    table: TableName
    source: Query
    if_not_exists: bool
    or_replace: bool


@dataclass(frozen=True)
class Assignment:
    """`@x := SELECT …` of a script."""

    name: str
    source: Query


@dataclass(frozen=True)
class DropTable:
    """DROP TABLE or VIEW."""

    table: TableName
    if_exists: bool
    is_view: bool = False


@dataclass(frozen=True)
class TruncateTable:
    """TRUNCATE TABLE or a partition of it."""

    table: TableName
    partition: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ChangePartition:
    """ALTER TABLE … ADD or DROP PARTITION."""

    table: TableName
    is_add: bool
    #: IF NOT EXISTS for ADD, IF EXISTS for DROP.
    is_lenient: bool
    partition: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Describe:
    """DESC."""

    table: TableName
    partition: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ShowTables:
    """SHOW TABLES, optionally LIKE a pattern with `*`."""

    project: str | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class ShowPartitions:
    """SHOW PARTITIONS."""

    table: TableName


@dataclass(frozen=True)
class ShowCreateTable:
    """SHOW CREATE TABLE."""

    table: TableName


@dataclass(frozen=True)
class Explain:
    """EXPLAIN of a query, an insert or a change of rows."""

    statement: Query | Insert | ChangeRows


Parsed = (
    Query
    | Insert
    | ChangeRows
    | Assignment
    | CreateTable
    | CreateView
    | DropTable
    | TruncateTable
    | ChangePartition
    | Describe
    | ShowTables
    | ShowPartitions
    | ShowCreateTable
    | Explain
)
READS = (Query, Assignment, Describe, ShowTables, ShowPartitions, ShowCreateTable, Explain)


def queries_in(parsed: Parsed) -> tuple[Query, ...]:
    """Return the queries in a statement."""
    if isinstance(parsed, Query):
        return (parsed,)
    if isinstance(parsed, ChangeRows):
        return tuple(change.source for change in parsed.changes)
    source = getattr(parsed, "source", None)
    return () if source is None else (source,)
