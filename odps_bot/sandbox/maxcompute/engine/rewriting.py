"""Translates MaxCompute's functions, types and literals to DuckDB."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import functions, macros
from odps_bot.sandbox.maxcompute.engine.catalog import Table, literal
from odps_bot.sandbox.maxcompute.engine.errors import (
    function_not_found,
    semantic_exception,
    wrong_argument_count,
)
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import TableName
from odps_bot.sandbox.maxcompute.engine.time_zones import clock_time
from odps_bot.sandbox.maxcompute.engine.types import DEFAULT_DECIMAL

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


def compare_text_with_numbers(
    tree: exp.Expr, tables: Iterable[Table], session: Session
) -> list[str]:
    """Cast strings to DOUBLE where they are compared with numbers, as DuckDB needs it explicitly.

    Return the service's warnings about it.
    """
    warnings = []
    kinds: dict[str, set[str]] = {}
    for table in tables:
        for column in table.all_columns:
            kinds.setdefault(column.name, set()).add(column.type.name)
    for node in list(tree.find_all(*_COMPARISONS, *_ARITHMETIC)):
        operands = list(node.iter_expressions())
        has_number = any(operand.is_number for operand in operands)
        if not isinstance(node, _ARITHMETIC) and not has_number:
            continue
        for operand in operands:
            if isinstance(operand, exp.Column) and kinds.get(operand.name.lower()) == {"string"}:
                double = exp.DataType.build("double")
                operand.replace(exp.TryCast(this=operand.copy(), to=double))
                warnings.append(
                    f"WARNING:{session.position(operand.this)} implicit conversion from STRING to "
                    "DOUBLE, potential data loss, use CAST function to suppress"
                )
    return warnings


def rewrite(node: exp.Expr, session: Session) -> None:
    """Replace a node by its equivalent in DuckDB, if they differ.

    Raises `SqlError` for unknown functions.
    """
    rewriter = _REWRITERS.get(type(node))
    replacement = node if rewriter is None else rewriter(node, session)
    if replacement is not node:
        node.replace(replacement)


def _refuse_script(node: exp.Expr, session: Session) -> exp.Expr:
    raise semantic_exception(session.position(node), "the sandbox does not run user scripts")


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


def _cast(node: exp.Expr, session: Session) -> exp.Expr:
    is_lenient = session.is_lenient or isinstance(node, exp.TryCast)
    kind = exp.TryCast if is_lenient else exp.Cast
    value, target = node.this, node.args["to"]
    if target.is_type(exp.DType.TIMESTAMP_MS):
        # When DuckDB casts directly, it reports an invalid date as an invalid number.
        value = kind(this=value, to=exp.DataType(this=exp.DType.TIMESTAMP))
    return kind(this=value, to=target)


def _divide(node: exp.Expr, _session: Session) -> exp.Expr:
    return _call("divide", node.this, node.expression)


def _now(_node: exp.Expr, session: Session) -> exp.Expr:
    """Return the time of the clock: in whole seconds without the 2.0 data types."""
    now = clock_time(session.now, session.time_zone)
    return _instant(now if session.has_new_types else now.replace(microsecond=0), "TIMESTAMP_MS")


def _today(_node: exp.Expr, session: Session) -> exp.Expr:
    return _instant(clock_time(session.now, session.time_zone), "DATE")


def _current_zone(_node: exp.Expr, session: Session) -> exp.Expr:
    return exp.Literal.string(session.time_zone)


def _from_unixtime(node: exp.Expr, session: Session) -> exp.Expr:
    """Return what the clock of the job's zone shows at an instant."""
    instant = _zoned("UTC", _macro(node, session))
    clock = _zoned(session.time_zone, instant)
    return exp.Cast(this=clock, to=exp.DataType(this=exp.DType.TIMESTAMP_MS))


def _to_unixtime(node: exp.Expr, session: Session) -> exp.Expr:
    """Return the instant at which the clock of the job's zone shows a time."""
    clocks = [exp.cast(argument, "timestamp") for argument in node.expressions]
    instants = [_zoned("UTC", _zoned(session.time_zone, clock)) for clock in clocks]
    return _macro(exp.Anonymous(this=node.name, expressions=instants), session)


def _zoned(zone: str, time: exp.Expr) -> exp.Expr:
    arguments = [exp.Literal.string(zone), time]
    return exp.Anonymous(this="timezone", expressions=arguments)


def _function(node: exp.Expr, session: Session) -> exp.Expr:
    name = node.name.lower()
    if (rewriter := _FUNCTIONS.get(name)) is not None:
        return rewriter(node, session)
    if name in functions.RENAMED:
        return exp.Anonymous(this=functions.RENAMED[name], expressions=node.expressions)
    if name in macros.MACROS:
        return _macro(node, session)
    raise function_not_found(session.position(node), name)


def _macro(node: exp.Expr, session: Session) -> exp.Expr:
    name, arguments = node.name.lower(), list(node.expressions)
    position, counts = session.position(node), macros.argument_counts(name)
    if len(arguments) not in counts:
        raise wrong_argument_count(position, name, wanted=counts, given=len(arguments))
    if name in functions.DATE_PATTERNS and len(arguments) > 1:
        if not arguments[-1].is_string:
            detail = f"format of function {name} must be a constant string"
            raise semantic_exception(position, detail)
        pattern = functions.date_pattern(name, arguments[-1].name)
        arguments[-1] = exp.Literal.string(pattern)
    return _call(name, *arguments)


def _wm_concat(node: exp.Expr, session: Session) -> exp.Expr:
    arguments = node.expressions
    is_distinct = len(arguments) == 1 and isinstance(arguments[0], exp.Distinct)
    if is_distinct:
        arguments = arguments[0].expressions
    if len(arguments) != 2:  # noqa: PLR2004  -- separator and value
        given = len(arguments)
        raise wrong_argument_count(session.position(node), "wm_concat", wanted=[2], given=given)
    separator, value = arguments[0], exp.cast(arguments[1], "text")
    texts = exp.Distinct(expressions=[value]) if is_distinct else value
    return exp.Anonymous(this="string_agg", expressions=[texts, separator])


def _map(node: exp.Expr, _session: Session) -> exp.Expr:
    keys, values = exp.array(*node.expressions[::2]), exp.array(*node.expressions[1::2])
    return exp.Anonymous(this="map", expressions=[keys, values])


def _named_struct(node: exp.Expr, _session: Session) -> exp.Expr:
    pairs = zip(node.expressions[::2], node.expressions[1::2], strict=False)
    fields = [exp.PropertyEQ(this=exp.to_identifier(k.name), expression=v) for k, v in pairs]
    return exp.Struct(expressions=fields)


def _max_pt(node: exp.Expr, session: Session) -> exp.Expr:
    """Replace max_pt by the greatest value of the first partition column."""
    name = node.expressions[0].name if node.expressions else ""
    project, _, short = name.rpartition(".")
    position = session.position(node)
    table = session.find_table(TableName(short, position, project.split(".")[0] or None))
    if not table.partitions:
        detail = f"table {table.project}.{table.name} has no partition"
        raise semantic_exception(position, detail)
    return exp.Literal.string(max(values[0] for values in table.partitions))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    call = exp.Anonymous(this=name, expressions=list(arguments))
    return exp.Dot(this=exp.to_identifier(macros.SCHEMA), expression=call)


def _instant(now: datetime, duckdb_type: str) -> exp.Expr:
    text = now.isoformat(sep=" ", timespec="milliseconds")
    return exp.maybe_parse(f"CAST({literal(text)} AS {duckdb_type})", dialect="duckdb")


_Rewriter = Callable[[exp.Expr, Session], exp.Expr]
_REWRITERS: dict[type, _Rewriter] = {
    exp.Anonymous: _function,
    exp.Cast: _cast,
    exp.CurrentDate: _today,
    exp.CurrentTimestamp: _now,
    exp.DataType: _data_type,
    exp.Div: _divide,
    exp.Literal: _number,
    exp.Parameter: _refuse_script,
    exp.QueryTransform: _refuse_script,
    exp.TryCast: _cast,
}
#: Functions that depend on the catalog, the clock or each other's arguments.
_FUNCTIONS: dict[str, _Rewriter] = {
    "current_date": _today,  # with parentheses
    "current_timestamp": _now,
    "current_timezone": _current_zone,
    "from_unixtime": _from_unixtime,
    "getdate": _now,
    "map": _map,
    "max_pt": _max_pt,
    "named_struct": _named_struct,
    "now": _now,
    "to_millis": _to_unixtime,
    "unix_timestamp": _to_unixtime,
    "wm_concat": _wm_concat,
}
