"""Partition conditions: a query must have one, and it must match existing partitions.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/odps-0130071
"""

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.errors import full_scan, partition_not_found
from odps_bot.sandbox.maxcompute.engine.session import Session


def check_partitions(sources: list[tuple[exp.Table, Table]], session: Session) -> None:
    """Refuse a full scan and a partition that does not exist, as the service does.

    Raises `SqlError`. `odps.sql.allow.fullscan=true` allows a full scan.
    """
    for node, table in sources:
        if not table.partition_columns:
            continue
        names = {column.name for column in table.partition_columns}
        conditions = [
            column
            for column in _conditions(node)
            if column.name.lower() in names and _belongs(column, node)
        ]
        if not conditions and not session.allows_full_scan:
            raise full_scan(table.project, table.name)
        for column in conditions:
            _check_exists(column, table, session)


def _conditions(node: exp.Table) -> list[exp.Column]:
    """Return the columns by which the query of a table filters, in WHERE and in joins."""
    columns: list[exp.Column] = []
    query = node.find_ancestor(exp.Select)
    while query is not None:
        clauses = [
            query.args.get("where"),
            *(join.args.get("on") for join in query.args.get("joins") or ()),
        ]
        columns += [
            column for clause in clauses if clause for column in clause.find_all(exp.Column)
        ]
        # A condition outside of a subquery is pushed down into it.
        query = query.find_ancestor(exp.Select) if isinstance(query.parent, exp.Subquery) else None
    return columns


def _belongs(column: exp.Column, node: exp.Table) -> bool:
    if not column.table:
        return True
    if column.find_ancestor(exp.Select) is not node.find_ancestor(exp.Select):
        return True
    return column.table.lower() == node.alias_or_name.lower()


def _check_exists(column: exp.Column, table: Table, session: Session) -> None:
    """Raise `SqlError` for `ds = 'x'` when no partition has that value."""
    comparison = column.parent
    if not isinstance(comparison, exp.EQ) or comparison.find_ancestor(exp.Or, exp.Not):
        return
    value = comparison.expression if comparison.this is column else comparison.this
    if not isinstance(value, exp.Literal):
        return
    index = [c.name for c in table.partition_columns].index(column.name.lower())
    if all(values[index] != value.name for values in table.partitions):
        raise partition_not_found(
            session.position(column.this), f"{column.name.lower()}={value.name}"
        )
