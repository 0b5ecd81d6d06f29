"""Translates MaxCompute's functions, types and literals to DuckDB."""

from collections.abc import Callable

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import casts
from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception
from odps_bot.sandbox.maxcompute.engine.functions.calls import (
    current_day,
    current_time,
    item,
    rewrite_call,
)
from odps_bot.sandbox.maxcompute.engine.functions.nested import CONTAINER
from odps_bot.sandbox.maxcompute.engine.functions.placing import macro_call, placed
from odps_bot.sandbox.maxcompute.engine.functions.sampling import rewrite_window
from odps_bot.sandbox.maxcompute.engine.node_positions import position_of_node
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.types import DEFAULT_DECIMAL


def rewrite(node: exp.Expr, session: Session) -> None:
    """Replace a node by its equivalent in DuckDB, if they differ.

    Raises `SqlError` for unknown functions.
    """
    rewriter = None if node.meta.get(casts.NATIVE) else _REWRITERS.get(type(node))
    replacement = node if rewriter is None else rewriter(node, session)
    if replacement is not node:
        node.replace(replacement)


def _refuse_script(node: exp.Expr, session: Session) -> exp.Expr:
    position = position_of_node(node, session.text)
    raise semantic_exception(position, "the sandbox does not run user scripts")


def _data_type(node: exp.Expr, _session: Session) -> exp.Expr:
    if node.is_type(exp.DType.DATETIME):
        return exp.DataType(this=exp.DType.TIMESTAMP_MS)
    if node.is_type(exp.DType.DECIMAL) and not node.expressions:
        parameters = [exp.DataTypeParam(this=exp.Literal.number(n)) for n in DEFAULT_DECIMAL]
        return exp.DataType(this=exp.DType.DECIMAL, expressions=parameters)
    return node


def _number(node: exp.Expr, _session: Session) -> exp.Expr:
    """Write 1.5 so that it is a DOUBLE in DuckDB."""
    is_double = not node.is_string and "." in node.name and "e" not in node.name.lower()
    return exp.Literal.number(f"{node.name}e0") if is_double else node


def _binary(node: exp.Expr, _session: Session) -> exp.Expr:
    """Write `X'616'` as DuckDB does; a missing first digit is 0."""
    digits = node.name if len(node.name) % 2 == 0 else f"0{node.name}"
    call = exp.Anonymous(this="unhex", expressions=[exp.Literal.string(digits)])
    call.meta[casts.NATIVE] = True
    return call


def _like(node: exp.Expr, _session: Session) -> exp.Expr:
    """Let a backslash escape `%` and `_`, unless the statement names another character."""
    if isinstance(node.parent, exp.Escape):
        return node
    like = exp.Like(this=node.this, expression=node.expression)
    return exp.Escape(this=like, expression=exp.Literal.string("\\"))


def _cast(node: exp.Expr, session: Session) -> exp.Expr:
    is_lenient = session.is_lenient or isinstance(node, exp.TryCast)
    source, wanted = node.meta.get("source"), node.meta.get("type")
    if source is not None and wanted is not None:
        return casts.converted(node.this, source, wanted, strict=not is_lenient)
    kind = exp.TryCast if is_lenient else exp.Cast
    value, target = node.this, node.args["to"]
    if target.is_type(exp.DType.TIMESTAMP_MS):
        # When DuckDB casts directly, it reports an invalid date as an invalid number.
        value = kind(this=value, to=exp.DataType(this=exp.DType.TIMESTAMP))
    return kind(this=value, to=target)


def _divide(node: exp.Expr, _session: Session) -> exp.Expr:
    return macro_call("divide", node.this, node.expression)


def _size(node: exp.Expr, _session: Session) -> exp.Expr:
    return placed("CAST(cardinality(:m) AS BIGINT)", m=node.this) if _is_of_map(node) else node


def _is_of_map(node: exp.Expr) -> bool:
    return bool(node.meta.get(CONTAINER) == "map")


def _percentile(node: exp.Expr, _session: Session) -> exp.Expr:
    """Compute the exact percentile, also in place of an approximation."""
    return exp.PercentileCont(
        this=exp.cast(node.this, "double", dialect="duckdb"), expression=node.args["quantile"]
    )


def _extract(node: exp.Expr, _session: Session) -> exp.Expr:
    time = exp.cast(node.expression, "timestamp", dialect="duckdb")
    return exp.cast(exp.Extract(this=node.this, expression=time), "integer", dialect="duckdb")


def _within_group(node: exp.Expr, _session: Session) -> exp.Expr:
    """Put the order of an aggregate's values where DuckDB has it: after its last argument."""
    call: exp.Expr = node.this
    order = node.expression
    if call.expressions:
        arguments = list(call.expressions)
        last = exp.Order(this=arguments[-1], expressions=order.expressions)
        call.set("expressions", [*arguments[:-1], last])
    else:
        call.set("this", exp.Order(this=call.this, expressions=order.expressions))
    return call


_Rewriter = Callable[[exp.Expr, Session], exp.Expr]
_REWRITERS: dict[type, _Rewriter] = {
    exp.Anonymous: rewrite_call,
    exp.ApproxQuantile: _percentile,
    exp.ArraySize: _size,
    exp.Bracket: item,
    exp.Cast: _cast,
    exp.CurrentDate: current_day,
    exp.CurrentTimestamp: current_time,
    exp.DataType: _data_type,
    exp.Div: _divide,
    exp.Extract: _extract,
    exp.HexString: _binary,
    exp.Like: _like,
    exp.Literal: _number,
    exp.Parameter: _refuse_script,
    exp.Quantile: _percentile,
    exp.QueryTransform: _refuse_script,
    exp.TryCast: _cast,
    exp.Window: rewrite_window,
    exp.WithinGroup: _within_group,
}
