"""Translates LATERAL VIEW to joins of DuckDB, also for maps and for OUTER, which keeps all rows.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/lateral-view
"""

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.functions.table_functions import is_table_function, rows_of


def join_lateral_views(tree: exp.Expr) -> None:
    """Replace lateral views of functions that make rows; leave others unchanged."""
    for select in list(tree.find_all(exp.Select)):
        views = select.args.get("laterals") or []
        if not all(_is_known(view.this) and view.args.get("view") for view in views):
            continue
        for view in views:
            select.append("joins", _join(view))
        select.set("laterals", None)


def _is_known(function: exp.Expr) -> bool:
    return isinstance(function, exp.Explode) or is_table_function(function)


def _join(view: exp.Lateral) -> exp.Join:
    rows = rows_of(view.this) if is_table_function(view.this) else _exploded(view)
    source = exp.Lateral(this=exp.Subquery(this=rows), alias=view.args["alias"].copy())
    if view.args.get("outer"):
        return exp.Join(this=source, side="LEFT", on=exp.true())
    return exp.Join(this=source, kind="CROSS")


def _exploded(view: exp.Lateral) -> exp.Select:
    columns = _columns(view.this, number=len(view.args["alias"].columns))
    return exp.select(
        *(exp.alias_(exp.Explode(this=column), f"_c{n}") for n, column in enumerate(columns))
    )


def _columns(function: exp.Explode, *, number: int) -> list[exp.Expr]:
    """Return the arrays that become columns; a map has two."""
    value = function.this
    if isinstance(function, exp.Posexplode):
        last = exp.Sub(this=exp.ArraySize(this=value.copy()), expression=exp.Literal.number(1))
        return [exp.GenerateSeries(start=exp.Literal.number(0), end=last), value.copy()]
    if number == 2:  # noqa: PLR2004  -- keys and values
        values = exp.Anonymous(this="map_values", expressions=[value.copy()])
        return [exp.MapKeys(this=value.copy()), values]
    return [value.copy()]
