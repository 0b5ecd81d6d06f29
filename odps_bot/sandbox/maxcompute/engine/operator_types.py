"""The types of names, constants and operators, and how their operands are converted.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/type-conversions
"""

from collections.abc import Callable

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import conversions
from odps_bot.sandbox.maxcompute.engine.conversions import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DOUBLE,
    INTEGERS,
    NUMBERS,
    STRING,
    TEXTS,
    TIMES,
    VOID,
)
from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception
from odps_bot.sandbox.maxcompute.engine.expressions import Expressions, implicit_cast
from odps_bot.sandbox.maxcompute.engine.node_positions import position_of_node
from odps_bot.sandbox.maxcompute.engine.row_changes import is_row_id
from odps_bot.sandbox.maxcompute.engine.scopes import Scope, Typed, resolve
from odps_bot.sandbox.maxcompute.engine.types import DataType

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_BITWISE = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)
_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_INTERVALS = conversions.INTERVALS | {"interval"}

_Query = Callable[[exp.Expr, Scope | None], tuple[Typed, ...] | None]


def column_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type a column."""
    if is_row_id(node) or isinstance(node.this, exp.Star):
        return None
    return resolve(node, scope, types.text)


def literal_type(types: Expressions, node: exp.Expr, _scope: Scope) -> DataType | None:
    """Type a constant; an integer beyond BIGINT is a DOUBLE."""
    if node.is_string:
        return STRING
    if not node.name.isdigit():
        return DOUBLE
    value = int(node.name)
    if value > _INT64 and not (value == _INT64 + 1 and isinstance(node.parent, exp.Neg)):
        node.replace(number := exp.Literal.number(f"{node.name}e0"))
        number.meta["type"] = DOUBLE
        return DOUBLE
    return DataType("int") if types.session.has_new_types and value <= _INT32 else BIGINT


def boolean_type(_types: Expressions, _node: exp.Expr, _scope: Scope) -> DataType | None:
    """Type TRUE and FALSE."""
    return BOOLEAN


def binary_type(_types: Expressions, _node: exp.Expr, _scope: Scope) -> DataType | None:
    """Type `X'616263'`."""
    return BINARY


def null_type(_types: Expressions, _node: exp.Expr, _scope: Scope) -> DataType | None:
    """Type NULL."""
    return VOID


def interval_type(_types: Expressions, _node: exp.Expr, _scope: Scope) -> DataType | None:
    """Type INTERVAL."""
    return DataType("interval")


def inside_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Return the type of the only part: of parentheses, an alias or a filter."""
    kind = types.type_of(node.this, scope)
    for name, part in node.args.items():
        if name != "this" and isinstance(part, exp.Expr) and not isinstance(part, exp.Identifier):
            types.visit_all(part, scope)
    return kind


def arithmetic_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type `+-*/%`."""
    left, right = types.type_of(node.this, scope), types.type_of(node.expression, scope)
    if left is None or right is None:
        return None
    names = {left.name, right.name}
    if (names & _INTERVALS or names <= set(TIMES)) and types.session.has_new_types:
        return None
    kind = conversions.computed(left, right, _SIGNS[type(node)])
    if kind is None:
        number = 1 if left.name not in NUMBERS | TEXTS | {"void"} else 2
        odd = left if number == 1 else right
        raise types.wrong_argument(node, number, odd, _SIGNS[type(node)], "DOUBLE")
    if isinstance(node, exp.Div):
        _check_divisor(types, node)
    for operand in (node.this, node.expression):
        source = operand.meta["type"]
        if source.name in TEXTS:
            types.convert_with_warning(operand, DOUBLE)
        elif kind == BIGINT and isinstance(operand, exp.Literal | exp.Neg):
            operand.replace(implicit_cast(operand, DataType("int"), BIGINT))
    return kind


def _check_divisor(types: Expressions, node: exp.Expr) -> None:
    """Refuse to divide a constant by zero; other divisions fail when they run.

    Vendor page: https://www.alibabacloud.com/help/en/maxcompute/use-cases/rewrite-incompatible-sql-statements
    """
    parts = (node.this, node.expression)
    if any(not isinstance(part, exp.Literal) or part.is_string for part in parts):
        return
    dividend, divisor = (float(part.name) for part in parts)
    if divisor:
        return
    result = "overflow" if dividend else "NaN"
    raise semantic_exception(
        position_of_node(node, types.text),
        "encounter runtime exception while evaluating function /, detailed message: DIVIDE func "
        f"result {result}, two params are {dividend:.6f} and {divisor:.6f}",
    )


def whole_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type DIV, which takes integers, and what converts to them."""
    left, right = types.type_of(node.this, scope), types.type_of(node.expression, scope)
    if left is None or right is None:
        return None
    for number, (operand, kind) in enumerate(((node.this, left), (node.expression, right)), 1):
        if kind.name not in NUMBERS | TEXTS | {"void"}:
            raise types.wrong_argument(node, number, kind, "div", "BIGINT")
        if kind.name in TEXTS:
            types.convert_with_warning(operand, DOUBLE)
    return BIGINT


def bits_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type `&`, `|`, `^` and `~`, which take integers only."""
    operands = [node.this] if isinstance(node, exp.BitwiseNot) else [node.this, node.expression]
    kinds = [types.type_of(operand, scope) for operand in operands]
    known = [kind for kind in kinds if kind is not None]
    for number, kind in enumerate(known, 1):
        if kind.name not in INTEGERS and kind != VOID:
            raise types.wrong_argument(node, number, kind, _SIGNS[type(node)], "BIGINT")
    return conversions.common(known) if len(known) == len(kinds) else None


def sign_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type a minus."""
    kind = types.type_of(node.this, scope)
    if kind is None or kind.name in _INTERVALS:
        return kind
    if kind.name in TEXTS:
        types.convert_with_warning(node.this, DOUBLE)
        return DOUBLE
    if kind.name not in NUMBERS and kind != VOID:
        raise types.wrong_argument(node, 1, kind, "-", "DOUBLE")
    return kind


def comparison_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type a comparison."""
    left, right = types.type_of(node.this, scope), types.type_of(node.expression, scope)
    compare(types, node, [node.this, node.expression], [left, right])
    return BOOLEAN


def between_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type BETWEEN."""
    parts = [node.this, node.args["low"], node.args["high"]]
    compare(types, node, parts, [types.type_of(part, scope) for part in parts])
    return BOOLEAN


def in_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type IN, with a list or with a subquery."""
    query = node.args.get("query")
    if query is not None:
        mine = types.type_of(node.this, scope)
        columns = types.query(query, scope)
        if columns is not None and len(columns) != 1 and not isinstance(node.this, exp.Tuple):
            raise semantic_exception(
                position_of_node(query, types.text), "subquery of IN must have one column"
            )
        theirs = columns[0][1] if columns else None
        kind = conversions.compared(mine, theirs) if mine and theirs else None
        if mine and theirs and kind is None:
            raise types.no_cast(node, mine, theirs)
        if mine and theirs and kind and mine != theirs and {mine.name, theirs.name} & TEXTS:
            types.convert_with_warning(node.this, kind)
            selected = query.unnest()
            if isinstance(selected, exp.Select):
                types.convert_projection(selected.expressions[0], kind)
        return BOOLEAN
    parts = [node.this, *node.expressions]
    compare(types, node, parts, [types.type_of(part, scope) for part in parts])
    return BOOLEAN


def compare(
    types: Expressions, node: exp.Expr, parts: list[exp.Expr], kinds: list[DataType | None]
) -> None:
    """Convert texts among numbers or times to them."""
    known = [kind for kind in kinds if kind is not None]
    if len(known) != len(kinds):
        return
    target = known[0]
    for kind in known[1:]:
        together = conversions.compared(target, kind)
        if together is None:
            raise types.no_cast(node, kind, target)
        target = together
    for part, kind in zip(parts, known, strict=True):
        is_text = kind.name in TEXTS and target.name not in TEXTS
        is_time = kind.name in TIMES and kind != target
        # Together with a text, numbers are compared as DOUBLE.
        if is_text or is_time:
            types.convert_with_warning(part, target)


def logical_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type AND, OR and NOT, which take BOOLEAN only."""
    operands = [node.this] if isinstance(node, exp.Not) else [node.this, node.expression]
    name = type(node).__name__.lower()
    for number, operand in enumerate(operands, 1):
        kind = types.type_of(operand, scope)
        if kind is not None and kind not in (BOOLEAN, VOID):
            raise types.wrong_argument(node, number, kind, name, "BOOLEAN")
    return BOOLEAN


def like_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type LIKE and RLIKE, which take STRING only."""
    for number, operand in enumerate((node.this, node.expression), 1):
        kind = types.type_of(operand, scope)
        if kind is not None and kind.name not in TEXTS and kind != VOID:
            name = "rlike" if isinstance(node, exp.RegexpLike) else "like"
            raise types.wrong_argument(node, number, kind, name, "STRING")
    return BOOLEAN


def truth_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type IS NULL and the like."""
    types.visit_all(node, scope)
    return BOOLEAN


def joined_text_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type `||`."""
    for operand in (node.this, node.expression):
        kind = types.type_of(operand, scope)
        if kind is not None and kind.name in NUMBERS:
            types.convert(operand, STRING)
    return STRING


_SIGNS: dict[type, str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "^",
    exp.BitwiseNot: "~",
}
