"""The text results of DESC, SHOW and EXPLAIN in the service's format."""

import fnmatch

import duckdb

from odps_bot.sandbox.maxcompute.engine.catalog import Column, Table
from odps_bot.sandbox.maxcompute.engine.errors import partition_not_found, semantic_exception
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.stages import Stage
from odps_bot.sandbox.maxcompute.engine.statements import (
    Describe,
    Parsed,
    ShowCreateTable,
    ShowPartitions,
    ShowTables,
    TableName,
)
from odps_bot.sandbox.maxcompute.engine.writer import count_rows, partition_filter, partition_values

_WIDTH = 84
_RULE = "+" + "-" * _WIDTH + "+"
#: DuckDB does not report sizes; this is the compressed size for `orders`.
_BYTES_PER_CELL = 4


def report(statement: Parsed, session: Session, cursor: duckdb.DuckDBPyConnection) -> str:
    """Return the text result of DESC or SHOW."""
    if isinstance(statement, Describe):
        return _describe(statement, session, cursor)
    if isinstance(statement, ShowTables):
        return _show_tables(statement, session)
    if isinstance(statement, ShowPartitions):
        table = session.find_table(statement.table)
        if not table.partition_columns:
            raise semantic_exception(
                statement.table.position,
                f"table {table.project}.{table.name} is not a partitioned table",
            )
        return "\n".join(table.partition_spec(values) for values in sorted(table.partitions))
    if isinstance(statement, ShowCreateTable):
        return _create_statement(session.find_table(statement.table))
    raise TypeError(type(statement).__name__)


def explain(stages: tuple[Stage, ...]) -> str:
    """Return the plan of a query."""
    lines = ["job0 is root job", "", "In Job job0:"]
    names = {stage.number: stage.plain_name for stage in stages}
    for stage in stages:
        inputs = ", ".join(names[number] for number in stage.inputs)
        depends = f" depends on: {inputs}" if inputs else ""
        lines.append(f"{'root Tasks: ' if not stage.inputs else ''}{names[stage.number]}{depends}")
    return "\n".join([*lines, ""])


def size_bytes(rows: int, columns: int) -> int:
    """Return the approximate storage size of rows."""
    return rows * columns * _BYTES_PER_CELL


def _describe(statement: Describe, session: Session, cursor: duckdb.DuckDBPyConnection) -> str:
    table = session.find_table(statement.table)
    where = "TRUE"
    if statement.partition:
        values = partition_values(statement.partition, table, statement.table)
        if values not in table.partitions:
            raise partition_not_found(statement.table.position, table.partition_spec(values))
        where = partition_filter(table, values)
    rows = count_rows(cursor, table, where)
    size = size_bytes(rows, len(table.columns))
    created = f"{table.created_at:%Y-%m-%d %H:%M:%S}"
    if statement.partition:
        return _boxed([[f"PartitionSize: {size}"], [f"CreateTime:               {created}"]])
    internal = "NO" if table.is_view else "YES"
    facts = [
        [f"Owner: {table.owner:<31} | Project: {table.project}", f"TableComment: {table.comment}"],
        [f"CreateTime:               {created}", f"LastDDLTime:              {created}"],
        [f"InternalTable: {internal:<8} | Size: {size}", f"Lifecycle: {table.lifecycle or '-'}"],
        ["Native Columns:"],
        ["Field           | Type       | Label | Comment"],
        [_column_line(column) for column in table.columns],
    ]
    if table.partition_columns:
        facts += [["Partition Columns:"], [_column_line(c) for c in table.partition_columns]]
    return _boxed(facts)


def _boxed(groups: list[list[str]]) -> str:
    lines = [_RULE]
    for group in groups:
        lines += [f"| {text:<{_WIDTH - 2}} |" for text in group]
        lines.append(_RULE)
    return "\n".join([*lines, ""])


def _column_line(column: Column) -> str:
    return f"{column.name:<15} | {column.type!s:<10} |       | {column.comment}"


def _show_tables(statement: ShowTables, session: Session) -> str:
    project = statement.project or session.project
    pattern = (statement.pattern or "*").lower()
    tables = [t for t in _tables_of(project, session) if fnmatch.fnmatchcase(t.name, pattern)]
    return "\n".join(f"{table.owner}:{table.name}" for table in tables)


def _tables_of(project: str, session: Session) -> list[Table]:
    """Return a project's tables by name; the service's own project has its views."""
    view = session.history.find(
        TableName("tasks_history", NOWHERE, project), project=session.project, now=session.now
    )
    return session.catalog.tables(project) + ([] if view is None else [view])


def _create_statement(table: Table) -> str:
    lines = [
        f"CREATE TABLE IF NOT EXISTS {table.project}.{table.name}(",
        _definitions(table.columns),
        ")",
    ]
    if table.comment:
        lines.append(f"COMMENT '{table.comment}'")
    if table.partition_columns:
        lines += ["PARTITIONED BY (", _definitions(table.partition_columns), ")"]
    if table.is_transactional:
        lines.append("TBLPROPERTIES ('transactional'='true')")
    if table.lifecycle:
        lines.append(f"LIFECYCLE {table.lifecycle}")
    return "\n".join(lines) + ";"


def _definitions(columns: tuple[Column, ...]) -> str:
    comments = (f" COMMENT '{column.comment}'" if column.comment else "" for column in columns)
    return ",\n".join(
        f"  {column.name} {str(column.type).upper()}{comment}"
        for column, comment in zip(columns, comments, strict=True)
    )
