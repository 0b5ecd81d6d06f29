"""Translates LATERAL VIEW to joins of DuckDB, also for maps and for OUTER, which keeps all rows.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/lateral-view
"""

from sqlglot import exp


def join_lateral_views(tree: exp.Expr) -> None:
    """Replace lateral views with EXPLODE and POSEXPLODE; leave others unchanged."""
    for select in list(tree.find_all(exp.Select)):
        views = select.args.get("laterals") or []
        if not all(isinstance(view.this, exp.Explode) and view.args.get("view") for view in views):
            continue
        for view in views:
            select.append("joins", _join(view))
        select.set("laterals", None)


def _join(view: exp.Lateral) -> exp.Join:
    columns = _columns(view.this, number=len(view.args["alias"].columns))
    rows = exp.select(
        *(exp.alias_(exp.Explode(this=column), f"_c{n}") for n, column in enumerate(columns))
    )
    source = exp.Lateral(this=exp.Subquery(this=rows), alias=view.args["alias"].copy())
    if view.args.get("outer"):
        return exp.Join(this=source, side="LEFT", on=exp.true())
    return exp.Join(this=source, kind="CROSS")


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
