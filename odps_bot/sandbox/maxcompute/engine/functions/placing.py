"""Trees of DuckDB's SQL with parts of a statement in them."""

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.functions import macros
from odps_bot.sql.builtin_functions import AGGREGATES


def placed(sql: str, **nodes: exp.Expr) -> exp.Expr:
    """Return DuckDB's SQL as a tree, with nodes for its `:name`."""
    tree: exp.Expr = exp.maybe_parse(sql, dialect="duckdb")
    return exp.replace_placeholders(tree, **nodes)


def macro_call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return the call of a macro."""
    if macros.has_untyped(name) and any(map(_has_late_type, arguments)):
        name = macros.untyped(name)
    call = exp.Anonymous(this=name, expressions=list(arguments))
    return exp.Dot(this=exp.to_identifier(macros.SCHEMA), expression=call)


def _has_late_type(argument: exp.Expr) -> bool:
    """Return whether DuckDB learns the type of an argument only after it has chosen a macro."""
    if argument.find(exp.AggFunc, exp.Window) is not None:
        return True
    return any(call.name.lower() in _AGGREGATES for call in argument.find_all(exp.Anonymous))


#: Also by DuckDB's names.
_AGGREGATES = AGGREGATES | {"arg_max", "arg_min", "bit_and", "bit_or", "bit_xor", "list"}
