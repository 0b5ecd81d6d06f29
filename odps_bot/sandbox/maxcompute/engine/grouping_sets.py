"""Translates ROLLUP, CUBE and GROUPING SETS, and GROUPING__ID, to DuckDB.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/grouping-sets
"""

from sqlglot import exp

#: A pseudo column: the keys by which a row is not grouped, as bits.
GROUPING_ID = "grouping__id"

_NESTED = (exp.Rollup, exp.Cube)


def expand_groups(tree: exp.Expr) -> None:
    """Translate `GROUP BY a, b WITH ROLLUP` and similar clauses, and `GROUPING__ID`."""
    for select in list(tree.find_all(exp.Select)):
        group = select.args.get("group")
        if group is None:
            continue
        keys = [key.copy() for key in group.expressions if not isinstance(key, _NESTED)]
        keys += [key.copy() for nested in group.find_all(*_NESTED) for key in nested.expressions]
        _expand(group)
        for column in list(select.find_all(exp.Column)):
            is_own = column.find_ancestor(exp.Select) is select
            if is_own and column.name.lower() == GROUPING_ID:
                _replace(column, keys)


def _expand(group: exp.Group) -> None:
    for name, kind in (("rollup", exp.Rollup), ("cube", exp.Cube)):
        nested = group.args.get(name) or []
        if nested and not nested[0].expressions:
            group.set("expressions", [kind(expressions=group.expressions)])
            group.set(name, None)
    if group.args.get("grouping_sets"):
        # The keys before them only list what the sets consist of.
        group.set("expressions", [])


def _replace(column: exp.Column, keys: list[exp.Expr]) -> None:
    call: exp.Expr = exp.Anonymous(this="grouping_id", expressions=keys)
    if isinstance(column.parent, exp.Select):
        call = exp.alias_(call, GROUPING_ID)
    column.replace(call)
