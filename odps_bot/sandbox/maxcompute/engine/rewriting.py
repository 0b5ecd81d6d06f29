"""Say in DuckDB's words what MaxCompute's functions, types and literals mean."""

from collections.abc import Iterable
from datetime import datetime

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import functions
from odps_bot.sandbox.maxcompute.engine.catalog import Table, literal
from odps_bot.sandbox.maxcompute.engine.errors import (
    SqlError,
    function_not_found,
    semantic_exception,
)
from odps_bot.sandbox.maxcompute.engine.positions import Position
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import TableName
from odps_bot.sandbox.maxcompute.engine.types import DEFAULT_DECIMAL

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


def compare_text_with_numbers(tree: exp.Expr, tables: Iterable[Table]) -> None:
    """Read text as DOUBLE where it meets a number, which DuckDB wants spelled out."""
    kinds: dict[str, set[str]] = {}
    for table in tables:
        for column in table.all_columns:
            kinds.setdefault(column.name, set()).add(column.type.name)
    for node in list(tree.find_all(*_COMPARISONS, *_ARITHMETIC)):
        operands = list(node.iter_expressions())
        if not isinstance(node, _ARITHMETIC) and not any(operand.is_number for operand in operands):
            continue
        for operand in operands:
            if isinstance(operand, exp.Column) and kinds.get(operand.name.lower()) == {"string"}:
                operand.replace(exp.TryCast(this=operand.copy(), to=exp.DataType.build("double")))


def rewrite(node: exp.Expr, session: Session) -> None:
    """Replace a node by what means the same in DuckDB, if it does not mean it already."""
    if isinstance(node, exp.QueryTransform | exp.Parameter):
        raise semantic_exception(
            session.position(node), "the sandbox does not run scripts of users"
        )
    replacement = _replacement(node, session)
    if replacement is not node:
        node.replace(replacement)


def _replacement(node: exp.Expr, session: Session) -> exp.Expr:
    if isinstance(node, exp.DataType):
        return _data_type(node)
    if isinstance(node, exp.Literal):
        return _number(node)
    if isinstance(node, exp.Cast):
        return _cast(node, is_lenient=session.is_lenient)
    if isinstance(node, exp.Div):
        return _call("divide", node.this, node.expression)
    if isinstance(node, exp.CurrentTimestamp):
        return _instant(session.now, "TIMESTAMP_MS")
    if isinstance(node, exp.CurrentDate):
        return _instant(session.now, "DATE")
    if isinstance(node, exp.Anonymous):
        return _function(node, session)
    return node


def _data_type(node: exp.DataType) -> exp.Expr:
    if node.is_type(exp.DType.DATETIME):
        return exp.DataType(this=exp.DType.TIMESTAMP_MS)
    if node.is_type(exp.DType.DECIMAL) and not node.expressions:
        parameters = [exp.DataTypeParam(this=exp.Literal.number(n)) for n in DEFAULT_DECIMAL]
        return exp.DataType(this=exp.DType.DECIMAL, expressions=parameters)
    return node


def _number(node: exp.Literal) -> exp.Expr:
    """Write 1.5 so that it is a DOUBLE, which it is not in DuckDB."""
    is_double = not node.is_string and "." in node.name and "e" not in node.name.lower()
    return exp.Literal.number(f"{node.name}e0") if is_double else node


def _cast(node: exp.Cast, *, is_lenient: bool) -> exp.Expr:
    kind = exp.TryCast if is_lenient or isinstance(node, exp.TryCast) else exp.Cast
    value = node.this
    if node.to.is_type(exp.DType.TIMESTAMP_MS):
        # DuckDB takes a bad date for a bad number when it casts at once.
        value = kind(this=value, to=exp.DataType(this=exp.DType.TIMESTAMP))
    return kind(this=value, to=node.to)


def _function(node: exp.Anonymous, session: Session) -> exp.Expr:
    name, arguments = node.name.lower(), node.expressions
    if name in {"getdate", "now"}:
        return _instant(session.now, "TIMESTAMP_MS")
    if name == "max_pt":
        return exp.Literal.string(_latest_partition(node, session))
    if name == "wm_concat" and len(arguments) == 2:  # noqa: PLR2004  -- separator and column
        return exp.func(
            "string_agg", exp.cast(arguments[1], "text"), arguments[0], dialect="duckdb"
        )
    if name == "map":
        keys, values = exp.array(*arguments[::2]), exp.array(*arguments[1::2])
        return exp.Anonymous(this="map", expressions=[keys, values])
    if name == "named_struct":
        pairs = zip(arguments[::2], arguments[1::2], strict=False)
        return exp.Struct(
            expressions=[
                exp.PropertyEQ(this=exp.to_identifier(k.name), expression=v) for k, v in pairs
            ]
        )
    if name in functions.RENAMED:
        return exp.Anonymous(this=functions.RENAMED[name], expressions=arguments)
    if name in functions.MACROS:
        return _macro(node, name, session)
    raise function_not_found(session.position(node), name)


def _macro(node: exp.Anonymous, name: str, session: Session) -> exp.Expr:
    arguments = list(node.expressions)
    overloads = [
        len([p for p in parameters.split(",") if p]) for parameters, _ in functions.MACROS[name]
    ]
    if len(arguments) not in overloads:
        raise SqlError(
            f"ODPS-0130221:{session.position(node)} Invalid number of arguments - "
            f"function {name} needs {' or '.join(map(str, overloads))} parameters, "
            f"actually have {len(arguments)}"
        )
    if name in functions.DATE_PATTERNS and len(arguments) == 2:  # noqa: PLR2004  -- value and pattern
        arguments[1] = exp.Literal.string(_date_pattern(name, arguments[1], session.position(node)))
    return _call(name, *arguments)


def _date_pattern(name: str, argument: exp.Expr, position: Position) -> str:
    """Return strftime's pattern for one of MaxCompute's."""
    if not argument.is_string:
        raise semantic_exception(position, f"format of function {name} must be a constant string")
    pattern = argument.name
    letters = functions.DATE_PATTERNS[name]
    if letters is functions.ORACLE_PATTERN:
        pattern = pattern.lower()
    for ours, theirs in letters.items():
        pattern = pattern.replace(ours, theirs)
    return pattern


def _latest_partition(node: exp.Anonymous, session: Session) -> str:
    """Return the greatest value of the first partition column: what max_pt means."""
    name = node.expressions[0].name if node.expressions else ""
    project, _, short = name.rpartition(".")
    table = session.find_table(
        TableName(short, session.position(node), project.split(".")[0] or None)
    )
    if not table.partitions:
        raise semantic_exception(
            session.position(node), f"table {table.project}.{table.name} has no partition"
        )
    return max(values[0] for values in table.partitions)


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    call = exp.Anonymous(this=name, expressions=list(arguments))
    return exp.Dot(this=exp.to_identifier(functions.SCHEMA), expression=call)


def _instant(now: datetime, duckdb_type: str) -> exp.Expr:
    text = now.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
    return exp.maybe_parse(f"CAST({literal(text)} AS {duckdb_type})", dialect="duckdb")
