"""Partition conditions: a query must have one, and it must match existing partitions.

A condition prunes a table when it must hold for every row of it and depends on the table's
partition columns alone: `ds = '20261031'`, `substr(ds, 1, 6) = '202610'`, or `ds IN (SELECT …)`,
but neither `ds = rand()`, nor `ds = '20261031' OR city = 'x'`, nor a join by `a.ds = b.ds` alone.
Vendor pages:
https://www.alibabacloud.com/help/en/maxcompute/use-cases/check-whether-partition-pruning-is-effective
and https://www.alibabacloud.com/help/en/maxcompute/user-guide/odps-0130071
"""

from collections.abc import Iterator

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.errors import full_scan, partition_not_found
from odps_bot.sandbox.maxcompute.engine.session import Session

#: Functions that have another value for every row.
_RANDOM = {"rand", "random", "uuid"}


def check_partitions(sources: list[tuple[exp.Table, Table]], session: Session) -> None:
    """Refuse a full scan and a partition that does not exist, as the service does.

    Raises `SqlError`. `odps.sql.allow.fullscan=true` allows a full scan.
    """
    for node, table in sources:
        if not table.partition_columns or table.is_view:
            continue
        names = {column.name: column.name for column in table.partition_columns}
        found = _pruning(node, node, names)
        if found is None and not session.allows_full_scan:
            raise full_scan(table.project, table.name)
        for condition in found or ():
            _check_exists(condition, table, session)


def _pruning(node: exp.Expr, source: exp.Expr, names: dict[str, str]) -> list[exp.Expr] | None:
    """Return the conditions that prune a table, or None.

    `source` is the table itself or a subquery with it; `names` are the partition columns by the
    names under which it passes them on.
    """
    query = source.find_ancestor(exp.Select)
    if query is None or not names:
        return None
    conditions = list(_conditions(query, source))
    found = [one for one in conditions if _depends_on(one, source, names)]
    if not found:
        found = _inferred(conditions, source, names)
    if found:
        return found
    return _pruned_outside(node, query, names)


def _pruned_outside(
    node: exp.Expr, query: exp.Expr, names: dict[str, str]
) -> list[exp.Expr] | None:
    """Return the conditions outside of a subquery, which are pushed down into it."""
    passed: dict[str, str] = {}
    for item in query.expressions:
        if isinstance(item, exp.Star) or isinstance(item.unalias().this, exp.Star):
            passed |= names
        elif isinstance(item.unalias(), exp.Column) and item.unalias().name.lower() in names:
            passed[item.alias_or_name.lower()] = names[item.unalias().name.lower()]
    if query.args.get("limit") is not None:
        return None
    parent = query.parent
    while isinstance(parent, exp.SetOperation):
        parent = parent.parent
    if isinstance(parent, exp.Subquery):
        return _pruning(node, parent, passed)
    if isinstance(parent, exp.CTE):
        uses = [_pruning(node, use, passed) for use in _uses(parent)]
        return None if not uses or None in uses else [one for use in uses for one in use or ()]
    return None


def _uses(cte: exp.Expr) -> list[exp.Expr]:
    owner = cte.find_ancestor(exp.With)
    body = owner.parent if owner is not None else None
    if body is None:
        return []
    name = cte.alias.lower()
    return [
        table for table in body.find_all(exp.Table) if not table.db and table.name.lower() == name
    ]


def _conditions(query: exp.Expr, source: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions that hold for every row of a source that the query uses."""
    if (where := query.args.get("where")) is not None:
        yield from _parts(where.this)
    for join in query.args.get("joins") or ():
        side = (join.args.get("side") or "").upper()
        is_anti = (join.args.get("kind") or "").upper() == "ANTI"
        is_joined = join.this is source
        preserved = {"LEFT": not is_joined, "RIGHT": is_joined, "FULL": True}.get(side, False)
        if is_anti:
            preserved = not is_joined
        elif (join.args.get("kind") or "").upper() == "SEMI":
            preserved = False
        if (on := join.args.get("on")) is not None and not preserved:
            yield from _parts(on)


def _parts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the operands of AND."""
    if isinstance(condition, exp.Paren):
        yield from _parts(condition.this)
    elif isinstance(condition, exp.And):
        yield from _parts(condition.this)
        yield from _parts(condition.expression)
    else:
        yield condition


def _own(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes of a condition, without those of subqueries."""
    yield node
    for part in node.iter_expressions():
        if not isinstance(part, exp.Query):
            yield from _own(part)


def _depends_on(condition: exp.Expr, source: exp.Expr, names: dict[str, str]) -> bool:
    """Return whether a condition depends on these columns of the source and nothing else."""
    columns = [node for node in _own(condition) if isinstance(node, exp.Column)]
    return (
        bool(columns)
        and _is_constant(condition)
        and all(c.name.lower() in names and _belongs(c, source) for c in columns)
    )


def _is_constant(condition: exp.Expr) -> bool:
    return not any(
        isinstance(node, exp.Rand)
        or (isinstance(node, exp.Anonymous) and node.name.lower() in _RANDOM)
        for node in _own(condition)
    )


def _belongs(column: exp.Expr, source: exp.Expr) -> bool:
    table = column.text("table").lower()
    return not table or table == source.alias_or_name.lower()


def _inferred(
    conditions: list[exp.Expr], source: exp.Expr, names: dict[str, str]
) -> list[exp.Expr]:
    """Return what follows from `a.ds = b.ds AND b.ds = '20261031'`."""
    for equality in conditions:
        if not isinstance(equality, exp.EQ):
            continue
        for ours, other in (
            (equality.this, equality.expression),
            (equality.expression, equality.this),
        ):
            if not (isinstance(ours, exp.Column) and isinstance(other, exp.Column)):
                continue
            if ours.name.lower() not in names or not _belongs(ours, source):
                continue
            found = [one for one in conditions if one is not equality and _is_about(one, other)]
            if found:
                return found
    return []


def _is_about(condition: exp.Expr, column: exp.Expr) -> bool:
    columns = [node for node in _own(condition) if isinstance(node, exp.Column)]
    return (
        bool(columns)
        and _is_constant(condition)
        and all(one.sql().lower() == column.sql().lower() for one in columns)
    )


def _check_exists(condition: exp.Expr, table: Table, session: Session) -> None:
    """Raise `SqlError` for `ds = 'x'` when no partition has that value."""
    if not isinstance(condition, exp.EQ):
        return
    column, value = condition.this, condition.expression
    if isinstance(column, exp.Literal):
        column, value = value, column
    names = [c.name for c in table.partition_columns]
    if not isinstance(value, exp.Literal) or not isinstance(column, exp.Column):
        return
    if column.name.lower() not in names or not value.is_string:
        return
    index = names.index(column.name.lower())
    if all(values[index] != value.name for values in table.partitions):
        raise partition_not_found(
            session.position(column.this), f"{column.name.lower()}={value.name}"
        )
