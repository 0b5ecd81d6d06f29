"""The types of functions, CASE and subqueries, and how their arguments are converted.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/type-conversions
"""

from collections.abc import Callable

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import conversions
from odps_bot.sandbox.maxcompute.engine.conversions import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGERS,
    NUMBERS,
    STRING,
    TEXTS,
    TIMES,
    VOID,
    compared,
    shown,
)
from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception, wrong_argument_count
from odps_bot.sandbox.maxcompute.engine.expressions import Expressions, name_of
from odps_bot.sandbox.maxcompute.engine.functions.nested import CONTAINER
from odps_bot.sandbox.maxcompute.engine.node_positions import position_of_node
from odps_bot.sandbox.maxcompute.engine.operator_types import compare
from odps_bot.sandbox.maxcompute.engine.parameters import (
    NUMBER_PARAMETERS,
    STRING_PARAMETERS,
    WHOLE_PARAMETERS,
)
from odps_bot.sandbox.maxcompute.engine.scopes import Scope, Typed
from odps_bot.sandbox.maxcompute.engine.types import DataType, declared

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_BITWISE = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)
_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_INTERVALS = conversions.INTERVALS | {"interval"}

_Query = Callable[[exp.Expr, Scope | None], tuple[Typed, ...] | None]


#: After the point, more than the values have; the vendor's pages say DECIMAL only.
_DIGITS_OF_AVERAGE = 4
#: A value, and one instead of NULL.
_NVL_PARAMETERS = 2


def case_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type CASE."""
    value = node.args.get("this")
    kinds = [types.type_of(value, scope)] if value is not None else []
    whens = []
    for branch in node.args["ifs"]:
        if value is None:
            types.condition(branch.this, scope)
        else:
            kinds.append(types.type_of(branch.this, scope))
            whens.append(branch.this)
    if value is not None:
        compare(types, node, [value, *whens], kinds)
    results = [branch.args["true"] for branch in node.args["ifs"]]
    results += [node.args["default"]] if node.args.get("default") is not None else []
    return _chosen(types, node, results, scope)


def if_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type IF."""
    types.condition(node.this, scope)
    results = [node.args["true"]]
    results += [node.args["false"]] if node.args.get("false") is not None else []
    return _chosen(types, node, results, scope)


def coalesce_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type COALESCE and NVL."""
    given = 1 + len(node.expressions)
    if name_of(node, types.text) == "nvl" and given != _NVL_PARAMETERS:
        position = position_of_node(node, types.text)
        raise wrong_argument_count(position, "nvl", wanted=[_NVL_PARAMETERS], given=given)
    return _chosen(types, node, [node.this, *node.expressions], scope)


def _chosen(
    types: Expressions, node: exp.Expr, results: list[exp.Expr], scope: Scope
) -> DataType | None:
    kinds = [types.type_of(result, scope) for result in results]
    known = [kind for kind in kinds if kind is not None]
    if len(known) != len(kinds):
        return None
    kind = conversions.common(known)
    if kind is None:
        odd = next(k for k in known[1:] if conversions.common([known[0], k]) is None)
        raise types.no_cast(node, odd, known[0])
    for result in results:
        types.convert(result, kind)
    return kind


def extreme_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type GREATEST and LEAST, which compare texts with numbers as DOUBLE."""
    parts = [node.this, *node.expressions]
    kinds = [types.type_of(part, scope) for part in parts]
    known = [kind for kind in kinds if kind is not None and kind != VOID]
    if len(known) != len([kind for kind in kinds if kind != VOID]) or not known:
        return None
    target = known[0]
    for kind in known[1:]:
        together = conversions.compared(target, kind)
        if together is None:
            raise types.wrong_arguments(node, name_of(node, types.text), known)
        target = together
    for part in parts:
        types.convert(part, target)
    return target


def array_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type ARRAY, whose items have one type."""
    kind = _chosen(types, node, node.expressions, scope)
    if kind is None or kind == VOID:
        return None
    return DataType("array", children=(("item", kind),))


def nvl2_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type NVL2, whose values have one type."""
    types.type_of(node.this, scope)
    results = [node.args["true"]]
    results += [node.args["false"]] if node.args.get("false") is not None else []
    return _chosen(types, node, results, scope)


def decode_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type DECODE: a value, what it can be with a result for each, and another result."""
    value, *rest = node.expressions
    pairs = len(rest) // 2 * 2
    searched = [value, *rest[:pairs:2]]
    compare(types, node, searched, [types.type_of(part, scope) for part in searched])
    return _chosen(types, node, [*rest[1:pairs:2], *rest[pairs:]], scope)


def percentile_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type PERCENTILE and PERCENTILE_APPROX, of one fraction or of an array of them."""
    types.visit_all(node, scope)
    name, operand = name_of(node, types.text), node.this
    kind = operand.meta.get("type")
    if kind is not None and kind.name not in NUMBERS | TEXTS | {"void"}:
        raise types.wrong_arguments(node, name, [kind])
    if kind is not None and kind.name in TEXTS:
        types.convert_with_warning(operand, DOUBLE)
    is_list = isinstance(node.args["quantile"], exp.Array)
    return DataType("array", children=(("item", DOUBLE),)) if is_list else DOUBLE


def nullif_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type NULLIF."""
    left, right = types.type_of(node.this, scope), types.type_of(node.expression, scope)
    compare(types, node, [node.this, node.expression], [left, right])
    return left


def cast_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type CAST; raises `SqlError` for a conversion that does not exist."""
    source = types.type_of(node.this, scope)
    target = declared(node.args["to"])
    if target is None:
        return None
    if source is None:
        return target
    if not conversions.can_cast(source, target):
        raise types.no_cast(node, source, target)
    node.meta["source"] = source
    return target


def sum_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type SUM and AVG, which convert texts to DOUBLE."""
    operand = node.this
    if isinstance(operand, exp.Distinct) and len(operand.expressions) == 1:
        operand = operand.expressions[0]
    kind = types.type_of(operand, scope)
    if kind is None:
        return None
    if kind.name in TEXTS:
        types.convert_with_warning(operand, DOUBLE)
        return DOUBLE
    if kind.name not in NUMBERS and kind != VOID:
        raise types.wrong_arguments(node, name_of(node, types.text), [kind])
    if kind.name == "decimal":
        scale = (*kind.parameters, 18)[1] if kind.parameters else 18
        more = _DIGITS_OF_AVERAGE if isinstance(node, exp.Avg) else 0
        return DataType("decimal", (38, min(scale + more, 18)))
    if isinstance(node, exp.Avg):
        return DOUBLE
    return BIGINT if kind.name in INTEGERS else DOUBLE


def kept_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type MAX, MIN and other functions that return one of the values."""
    types.visit_all(node, scope)
    operand = node.this
    if isinstance(operand, exp.Distinct) and len(operand.expressions) == 1:
        operand = operand.expressions[0]
    kind: DataType | None = operand.meta.get("type")
    default = node.args.get("default")
    if isinstance(default, exp.Expr) and kind is not None:
        types.convert(default, kind)
    is_order = isinstance(node, exp.Max | exp.Min)
    if is_order and kind is not None and kind.name in {"map", "array", "struct", "binary"}:
        raise types.wrong_arguments(node, name_of(node, types.text), [kind])
    return kind


def count_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type COUNT."""
    if not isinstance(node.this, exp.Star):
        types.visit_all(node, scope)
    return BIGINT


def exists_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type EXISTS."""
    types.query(node.this, scope)
    return BOOLEAN


def subquery_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type a subquery that is one value."""
    columns = types.query(node, scope)
    if columns is None:
        return None
    if len(columns) != 1:
        raise semantic_exception(
            position_of_node(node, types.text), "scalar subquery must have one column"
        )
    return columns[0][1]


def window_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type a window function."""
    kind = None if isinstance(node.this, exp.Identifier) else types.type_of(node.this, scope)
    for part in (*(node.args.get("partition_by") or ()), node.args.get("order")):
        if part is not None:
            types.type_of(part, scope)
    return kind


def bracket_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type an item of an array or map."""
    types.visit_all(node, scope)
    kind: DataType | None = node.this.meta.get("type")
    if kind is None or kind.name not in {"array", "map"}:
        return None
    key = node.expressions[0].meta.get("type") if node.expressions else None
    wanted = kind.children[0][1] if kind.name == "map" else BIGINT
    is_place = key is None or kind.name == "map" or key.name in {*INTEGERS, *TEXTS, "void"}
    if key is not None and (compared(key, wanted) is None or not is_place):
        raise types.wrong_argument(node.expressions[0], 2, key, "index", shown(wanted))
    if key is not None and (key.name in TEXTS) != (wanted.name in TEXTS):
        types.convert(node.expressions[0], wanted)
    node.meta[CONTAINER] = kind.name
    return kind.children[-1][1]


def dot_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type a field of a struct."""
    kind = types.type_of(node.this, scope)
    if kind is None or kind.name != "struct":
        return None
    fields = dict(kind.children)
    name = node.expression.name.lower()
    if name not in fields:
        raise semantic_exception(
            position_of_node(node.expression, types.text), f"column {name} cannot be resolved"
        )
    return fields[name]


def lambda_type(_types: Expressions, _node: exp.Expr, _scope: Scope) -> DataType | None:
    """Leave a lambda to DuckDB."""
    return None


def unknown_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Leave anything else to DuckDB."""
    types.visit_all(node, scope)
    return None


def other_type(types: Expressions, node: exp.Expr, scope: Scope) -> DataType | None:
    """Type any other function, as DuckDB does for arguments of these types."""
    types.visit_all(node, scope)
    if node.find(exp.Lambda) is not None:
        return None
    name = name_of(node, types.text)
    arguments = _arguments(node)
    _convert_arguments(types, node, name, arguments)
    if any("type" not in argument.meta for argument in _arguments(node)):
        return None
    if name in _OF_A_CONTAINER and arguments:
        node.meta[CONTAINER] = arguments[-1 if name == "concat_ws" else 0].meta["type"].name
    kind = types.probe(node)
    if isinstance(kind, DataType | None):
        return kind
    raise types.wrong_arguments(node, name, [part.meta["type"] for part in arguments])


def _convert_arguments(
    types: Expressions, node: exp.Expr, name: str, arguments: list[exp.Expr]
) -> None:
    """Convert arguments to the texts and numbers that a function takes; raises `SqlError`."""
    for place, argument in enumerate(arguments):
        kind = argument.meta.get("type")
        if kind is None:
            continue
        if place in STRING_PARAMETERS.get(name, ()) and kind.children:
            known = [part.meta["type"] for part in arguments if "type" in part.meta]
            raise types.wrong_arguments(node, name, known)
        if place in STRING_PARAMETERS.get(name, ()) and kind.name in NUMBERS | set(TIMES):
            types.convert(argument, STRING)
        elif place in WHOLE_PARAMETERS.get(name, ()) and kind.name in TEXTS:
            types.convert(argument, BIGINT)
        elif place in NUMBER_PARAMETERS.get(name, ()) and kind.name in TEXTS:
            types.convert_with_warning(argument, DOUBLE)


#: Functions that are computed in another way for each type of an argument.
_OF_A_CONTAINER = frozenset({"concat_ws", "index", "sha2", "size"})


def _arguments(node: exp.Expr) -> list[exp.Expr]:
    return [
        part
        for part in node.iter_expressions()
        if not isinstance(part, exp.Identifier | exp.Var | exp.DataType)
    ]
