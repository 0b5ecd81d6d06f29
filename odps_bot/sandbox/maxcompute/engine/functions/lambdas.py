"""Calls with a lambda, `x -> x + 1`, which DuckDB's macros cannot take.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/complex-type-functions
"""

import re
from collections.abc import Callable
from itertools import count

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception, wrong_argument_count
from odps_bot.sandbox.maxcompute.engine.functions.placing import placed
from odps_bot.sandbox.maxcompute.engine.session import Session


def rewrite_with_lambda(node: exp.Expr, session: Session) -> exp.Expr:
    """Replace a call by its equivalent in DuckDB; raises `SqlError` unless its lambdas fit."""
    name, position = node.name.lower(), session.position(node)
    build, *parameters = _BUILDERS[name]
    arguments = node.expressions
    if len(arguments) != len(parameters):
        given = len(arguments)
        raise wrong_argument_count(position, name, wanted=[len(parameters)], given=given)
    for number, (argument, wanted) in enumerate(zip(arguments, parameters, strict=True), start=1):
        is_lambda = isinstance(argument, exp.Lambda)
        if is_lambda != bool(wanted) or (is_lambda and len(argument.expressions) != wanted):
            wanted_text = f"a lambda with {wanted} parameters" if wanted else "a value"
            detail = f"argument {number} of function {name} must be {wanted_text}"
            raise semantic_exception(position, detail)
    return _with_fresh_names(build(*arguments))


def _with_fresh_names(tree: exp.Expr) -> exp.Expr:
    """Give the parameters of this module's lambdas names that no lambda inside has."""
    number = next(_NUMBERS)
    for identifier in tree.find_all(exp.Identifier):
        if _OWN_NAME.fullmatch(identifier.name):
            identifier.set("this", f"{identifier.name}{number}")
    return tree


_NUMBERS = count(1)
_OWN_NAME = re.compile(r"[a-z]__")


def _applied(function: exp.Expr, *values: str) -> exp.Expr:
    """Return the body of a lambda with DuckDB's SQL for its parameters."""
    given = dict(zip((p.name.lower() for p in function.expressions), values, strict=True))

    def replaced(node: exp.Expr) -> exp.Expr:
        is_parameter = isinstance(node, exp.Identifier) and node.name.lower() in given
        if not is_parameter or (isinstance(node.parent, exp.Dot) and node.arg_key == "expression"):
            return node
        value: exp.Expr = exp.maybe_parse(given[node.name.lower()], dialect="duckdb")
        return value

    body: exp.Expr = function.this.copy().transform(replaced)
    return exp.Paren(this=body)


def _all_match(array: exp.Expr, predicate: exp.Expr) -> exp.Expr:
    sql = "odps_functions.all_true(list_transform(:a, lambda x__: :p))"
    return placed(sql, a=array, p=_applied(predicate, "x__"))


def _any_match(array: exp.Expr, predicate: exp.Expr) -> exp.Expr:
    sql = "odps_functions.any_true(list_transform(:a, lambda x__: :p))"
    return placed(sql, a=array, p=_applied(predicate, "x__"))


def _filter(array: exp.Expr, predicate: exp.Expr) -> exp.Expr:
    return placed("list_filter(:a, lambda x__: :p)", a=array, p=_applied(predicate, "x__"))


def _reduce(array: exp.Expr, start: exp.Expr, merge: exp.Expr, final: exp.Expr) -> exp.Expr:
    sql = "list_transform([list_reduce(:a, lambda x__, y__: :m, :s)], lambda x__: :f)[1]"
    merged = _applied(merge, "x__", "y__")
    return placed(sql, a=array, s=start, m=merged, f=_applied(final, "x__"))


def _sort(array: exp.Expr, comparator: exp.Expr) -> exp.Expr:
    """Sort by how many elements come before each; DuckDB has no sorting by a comparator."""
    sql = (
        "list_transform(list_sort(list_transform(:a, lambda x__, i__: {'r': len(list_filter(:a,"
        " lambda y__, j__: CASE WHEN :c IS NULL THEN error('ODPS-0121095:Invalid argument -"
        " comparator of function array_sort returned NULL') WHEN :c = 0 THEN j__ < i__"
        " ELSE :c < 0 END)), 'v': x__})), lambda e__: e__.v)"
    )
    return placed(sql, a=array, c=_applied(comparator, "y__", "x__"))


def _zip_with(first: exp.Expr, second: exp.Expr, combiner: exp.Expr) -> exp.Expr:
    sql = "list_transform(range(1, greatest(len(:a), len(:b)) + 1), lambda i__: :c)"
    combined = _parsed_values(combiner, ("(:a)[i__]", "(:b)[i__]"), a=first, b=second)
    return placed(sql, a=first, b=second, c=combined)


def _parsed_values(function: exp.Expr, values: tuple[str, ...], **nodes: exp.Expr) -> exp.Expr:
    return exp.replace_placeholders(_applied(function, *values), **nodes)


def _map_filter(mapping: exp.Expr, predicate: exp.Expr) -> exp.Expr:
    sql = "map_from_entries(list_filter(map_entries(:m), lambda e__: :p))"
    return placed(sql, m=mapping, p=_applied(predicate, "e__.key", "e__.value"))


def _transform_values(mapping: exp.Expr, function: exp.Expr) -> exp.Expr:
    sql = (
        "map_from_entries(list_transform(map_entries(:m),"
        " lambda e__: {'key': e__.key, 'value': :f}))"
    )
    return placed(sql, m=mapping, f=_applied(function, "e__.key", "e__.value"))


def _transform_keys(mapping: exp.Expr, function: exp.Expr) -> exp.Expr:
    sql = (
        "odps_functions.map_of("
        "list_transform(map_entries(:m), lambda e__: {'k': :f, 'v': e__.value}), 'last_win')"
    )
    return placed(sql, m=mapping, f=_applied(function, "e__.key", "e__.value"))


def _map_zip_with(first: exp.Expr, second: exp.Expr, function: exp.Expr) -> exp.Expr:
    sql = (
        "map_from_entries(list_transform(odps_functions.distinct_items(list_concat(map_keys(:m),"
        " map_keys(:n))), lambda k__: {'key': k__, 'value': :f}))"
    )
    values = ("k__", "map_extract_value(:m, k__)", "map_extract_value(:n, k__)")
    return placed(sql, m=first, n=second, f=_parsed_values(function, values, m=first, n=second))


#: By function: what builds it, and of each argument the number of its parameters if a lambda.
_BUILDERS: dict[str, tuple[Callable[..., exp.Expr], *tuple[int, ...]]] = {
    "all_match": (_all_match, 0, 1),
    "any_match": (_any_match, 0, 1),
    "array_reduce": (_reduce, 0, 0, 2, 1),
    "array_sort": (_sort, 0, 2),
    "filter": (_filter, 0, 1),
    "map_filter": (_map_filter, 0, 2),
    "map_zip_with": (_map_zip_with, 0, 0, 3),
    "transform_keys": (_transform_keys, 0, 2),
    "transform_values": (_transform_values, 0, 2),
    "zip_with": (_zip_with, 0, 0, 2),
}
#: The functions that `rewrite_with_lambda` replaces.
WITH_LAMBDA = frozenset(_BUILDERS)
