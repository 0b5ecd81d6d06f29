"""Rules for the clauses of a query that do not depend on types.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/select-syntax
"""

from collections.abc import Iterator

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.errors import SqlError, semantic_exception
from odps_bot.sandbox.maxcompute.engine.expressions import name_of
from odps_bot.sandbox.maxcompute.engine.node_positions import position_of_node
from odps_bot.sandbox.maxcompute.engine.session import Session

_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile)


def check_select(select: exp.Select, session: Session) -> None:
    """Raise `SqlError` for a clause that the service refuses."""
    _check_groups(select, session)
    _check_limit(select, session)
    _check_order(select, session)
    _check_sources(select, session)
    for place, clause in _row_clauses(select):
        for node in _own(clause):
            _check_row_clause(place, node, session)
    for aggregate in _own(select):
        if isinstance(aggregate, _RANKS) and not isinstance(aggregate.parent, exp.Window):
            raise _window_error(aggregate, "an OVER clause is required", session)
        if _is_aggregate(aggregate):
            _check_aggregate(aggregate, session)


def _row_clauses(select: exp.Select) -> Iterator[tuple[str, exp.Expr]]:
    """Yield the clauses that see single rows."""
    for place, name in (("WHERE", "where"), ("GROUP BY", "group")):
        if (clause := select.args.get(name)) is not None:
            yield place, clause
    for join in select.args.get("joins") or ():
        if (on := join.args.get("on")) is not None:
            yield "JOIN", on


def _own(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes of a clause, without those of subqueries."""
    yield node
    for part in node.iter_expressions():
        if not isinstance(part, exp.Query | exp.From | exp.Join | exp.With):
            yield from _own(part)


def _is_aggregate(node: exp.Expr) -> bool:
    is_window = isinstance(node.parent, exp.Window) and node.arg_key == "this"
    return isinstance(node, exp.AggFunc) and not is_window


def _check_row_clause(place: str, node: exp.Expr, session: Session) -> None:
    if _is_aggregate(node) or isinstance(node, exp.Window):
        what = "window functions" if isinstance(node, exp.Window) else "aggregates"
        raise semantic_exception(
            position_of_node(node, session.text), f"{what} are not allowed in {place} clause"
        )


def _check_aggregate(aggregate: exp.Expr, session: Session) -> None:
    for inner in _own(aggregate):
        if inner is not aggregate and _is_aggregate(inner):
            raise semantic_exception(
                position_of_node(inner, session.text), "aggregate function calls cannot be nested"
            )
        if isinstance(inner, exp.Window):
            raise semantic_exception(
                position_of_node(inner, session.text),
                "window functions are not allowed in aggregate functions",
            )


def _window_error(call: exp.Expr, detail: str, session: Session) -> SqlError:
    position = position_of_node(call, session.text)
    name = name_of(call, session.text)
    return SqlError(
        f"ODPS-0130181:{position} Window function exception - {detail} of function {name}"
    )


def _check_groups(select: exp.Select, session: Session) -> None:
    group = select.args.get("group")
    if group is not None and select.args.get("distinct") is not None:
        raise semantic_exception(
            position_of_node(group, session.text),
            "SELECT DISTINCT and GROUP BY can not be in the same query",
        )


def _check_limit(select: exp.Select, session: Session) -> None:
    for name in ("limit", "offset"):
        clause = select.args.get(name)
        value = None if clause is None else clause.args.get("expression")
        if value is not None and not (isinstance(value, exp.Literal) and value.name.isdigit()):
            raise semantic_exception(
                position_of_node(value, session.text),
                f"{name.upper()} must be a constant number, not negative",
            )


def _check_order(select: exp.Select, session: Session) -> None:
    """Refuse ORDER BY a name that two columns have, and without LIMIT where that is checked.

    Vendor page: https://www.alibabacloud.com/help/en/maxcompute/use-cases/rewrite-incompatible-sql-statements
    """
    order = select.args.get("order")
    if order is None:
        return
    if session.orders_need_limit and select.args.get("limit") is None:
        raise semantic_exception(
            position_of_node(order, session.text), "ORDER BY must be used with a LIMIT clause"
        )
    names = [item.alias_or_name.lower() for item in select.expressions]
    for item in order.expressions:
        column = item.this
        if not isinstance(column, exp.Column) or column.args.get("table") is not None:
            continue
        if names.count(column.name.lower()) > 1:
            raise semantic_exception(
                position_of_node(column.this, session.text),
                f"{column.name.lower()} is ambiguous, the select list has it more than once",
            )


def _check_sources(select: exp.Select, session: Session) -> None:
    seen: set[str] = set()
    source = select.args.get("from_")
    nodes = [] if source is None else [source.this]
    nodes += [join.this for join in select.args.get("joins") or ()]
    for node in nodes:
        name = node.alias_or_name.lower()
        if name and name in seen:
            alias = node.args.get("alias") or node
            raise semantic_exception(
                position_of_node(alias, session.text), f"duplicate table alias {name}"
            )
        seen.add(name)
