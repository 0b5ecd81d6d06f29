"""The statements that the engine knows, as values."""

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.positions import Position


@dataclass(frozen=True)
class TableName:
    """A table as the person named it."""

    name: str
    position: Position
    project: str | None = None


@dataclass(frozen=True)
class Query:
    """Reads rows."""

    tree: exp.Expr
    position: Position


@dataclass(frozen=True)
class Insert:
    """INSERT INTO or OVERWRITE, with rows of a query or of VALUES."""

    table: TableName
    #: The query, VALUES included.
    source: Query
    is_overwrite: bool
    #: Partition columns; None for one whose value each row brings along.
    partition: tuple[tuple[str, str | None], ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowChange:
    """What becomes of the rows that a query finds."""

    action: Literal["update", "delete", "insert"]
    #: Finds rows of the table by `rowid`, its first column; the others are new values.
    source: Query
    #: The columns that get the values, where the person names them.
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeRows:
    """UPDATE, DELETE or MERGE: changes of different rows, carried out together."""

    verb: str
    position: Position
    table: TableName
    changes: tuple[RowChange, ...]


@dataclass(frozen=True)
class CreateTable:
    """CREATE TABLE, also AS a query or LIKE a table."""

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
    """TRUNCATE TABLE, whole or one partition."""

    table: TableName
    partition: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ChangePartition:
    """ALTER TABLE … ADD or DROP PARTITION."""

    table: TableName
    is_add: bool
    #: IF NOT EXISTS of an ADD, IF EXISTS of a DROP.
    is_lenient: bool
    partition: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Describe:
    """DESC."""

    table: TableName
    partition: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ShowTables:
    """SHOW TABLES, perhaps LIKE a pattern with `*`."""

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
    """EXPLAIN of a query, an insert or a change of rows; nothing runs."""

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
    """Return the queries whose rows a statement reads to show, keep or change them."""
    if isinstance(parsed, Query):
        return (parsed,)
    if isinstance(parsed, ChangeRows):
        return tuple(change.source for change in parsed.changes)
    source = getattr(parsed, "source", None)
    return () if source is None else (source,)
