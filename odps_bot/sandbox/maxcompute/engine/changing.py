"""UPDATE, DELETE and MERGE: rows and new values are staged, then changed in one transaction.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/update-and-delete
"""

from collections.abc import Sequence

from odps_bot.sandbox.maxcompute.engine.bound import Bound
from odps_bot.sandbox.maxcompute.engine.catalog import Table, quoted
from odps_bot.sandbox.maxcompute.engine.conversions import can_assign, shown
from odps_bot.sandbox.maxcompute.engine.errors import SqlError, semantic_exception
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import ChangeRows, RowChange
from odps_bot.sandbox.maxcompute.engine.writer import Writer

_STAGED = "odps_changed"


def check_change(statement: ChangeRows, table: Table) -> None:
    """Raise `SqlError` when the table does not allow this change."""
    if not table.is_transactional:
        raise semantic_exception(
            statement.position, f"{statement.verb} is only supported on transactional tables"
        )
    known = [column.name for column in table.all_columns]
    keys = {column.name for column in table.partition_columns}
    for change in statement.changes:
        for name in change.columns:
            if name not in known:
                raise semantic_exception(statement.position, f"column {name} cannot be resolved")
            if name in keys and change.action == "update":
                raise semantic_exception(
                    statement.position, f"partition column {name} cannot be updated"
                )


def change_rows(statement: ChangeRows, writer: Writer, sources: Sequence[Bound]) -> Table:
    """Change the rows in the sources; return the table."""
    table = writer.session.find_table(statement.table)
    changes = list(zip(statement.changes, sources, strict=True))
    for change, source in changes:
        check_source(statement, change, table, source, writer.session)
    with writer.transaction():
        # All rows are found before the first one changes, so no change sees the result of another.
        for number, (_, source) in enumerate(changes):
            names = ", ".join(f"c{index}" for index in range(len(source.columns)))
            writer.cursor.execute(
                f"CREATE OR REPLACE TEMP TABLE {_STAGED}_{number} ({names}) AS {source.sql}"
            )
        _check_once(statement, writer)
        for number, change in enumerate(statement.changes):
            _carry_out(change, table, writer, f"{_STAGED}_{number}")
            writer.cursor.execute(f"DROP TABLE {_STAGED}_{number}")
    return table


def check_source(
    statement: ChangeRows, change: RowChange, table: Table, source: Bound, session: Session
) -> None:
    """Raise `SqlError` when the new values do not fit the columns."""
    columns = list(change.columns or [column.name for column in table.all_columns])
    if change.action == "insert" and len(source.columns) != len(columns):
        raise semantic_exception(
            statement.position,
            f"wrong columns count {len(source.columns)} in data source, "
            f"requires {len(columns)} columns (includes dynamic partitions if any)",
        )
    if change.action == "delete":
        return
    types = {column.name: column.type for column in table.all_columns}
    # The first column identifies the row to update.
    for place, name in enumerate(columns, start=1 if change.action == "update" else 0):
        kind = source.kind(place)
        if kind and not can_assign(kind, types[name], has_new_types=session.has_new_types):
            raise semantic_exception(
                statement.position,
                f"new value has incompatible type {shown(kind)} with destination column {name}, "
                f"which has type {shown(types[name])}",
            )


def _check_once(statement: ChangeRows, writer: Writer) -> None:
    """Refuse to change a row twice, as the service does; its error text is not known."""
    found = " UNION ALL ".join(
        f"SELECT c0 FROM {_STAGED}_{number}"
        for number, change in enumerate(statement.changes)
        if change.action != "insert"
    )
    if not found:
        return
    row = writer.cursor.execute(f"SELECT count(*) - count(DISTINCT c0) FROM ({found})").fetchone()
    if row and row[0]:
        raise SqlError(
            "ODPS-0010000:System internal error - "
            f"{statement.verb} finds more than one source row for a row of the target"
        )


def _carry_out(change: RowChange, table: Table, writer: Writer, staged: str) -> None:
    if change.action == "delete":
        writer.cursor.execute(
            f"DELETE FROM {table.sql_name} WHERE rowid IN (SELECT c0 FROM {staged})"
        )
        return
    if change.action == "update":
        values = ", ".join(
            f"{quoted(name)} = {staged}.c{index}" for index, name in enumerate(change.columns, 1)
        )
        writer.cursor.execute(
            f"UPDATE {table.sql_name} SET {values} FROM {staged}"
            f" WHERE {table.sql_name}.rowid = {staged}.c0"
        )
        return
    columns = change.columns or [column.name for column in table.all_columns]
    listed = ", ".join(map(quoted, columns))
    writer.cursor.execute(f"INSERT INTO {table.sql_name} ({listed}) SELECT * FROM {staged}")
    _note_partitions(table, writer)


def _note_partitions(table: Table, writer: Writer) -> None:
    if not table.partition_columns:
        return
    keys = ", ".join(f"CAST({quoted(c.name)} AS VARCHAR)" for c in table.partition_columns)
    rows = writer.cursor.execute(f"SELECT DISTINCT {keys} FROM {table.sql_name}").fetchall()
    if any(value is None for row in rows for value in row):
        raise SqlError("ODPS-0123031:Partition exception - invalid dynamic partition value: NULL")
    writer.database.catalog.add_partitions(table, iter(rows))
