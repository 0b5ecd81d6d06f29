"""Calls of functions that depend on the catalog, the clock or each other's arguments."""

from collections.abc import Callable
from datetime import datetime

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.casts import NATIVE
from odps_bot.sandbox.maxcompute.engine.catalog import Table, literal
from odps_bot.sandbox.maxcompute.engine.errors import (
    function_not_found,
    semantic_exception,
    table_not_found,
    wrong_argument_count,
)
from odps_bot.sandbox.maxcompute.engine.functions import macros, names
from odps_bot.sandbox.maxcompute.engine.functions.arguments import check_count, constant_text
from odps_bot.sandbox.maxcompute.engine.functions.digests import OF_CONSTANT
from odps_bot.sandbox.maxcompute.engine.functions.json_calls import (
    from_json,
    get_json_object,
    to_json,
)
from odps_bot.sandbox.maxcompute.engine.functions.lambdas import WITH_LAMBDA, rewrite_with_lambda
from odps_bot.sandbox.maxcompute.engine.functions.nested import CONTAINER
from odps_bot.sandbox.maxcompute.engine.functions.placing import macro_call, placed
from odps_bot.sandbox.maxcompute.engine.functions.sampling import cluster_sample, sample
from odps_bot.sandbox.maxcompute.engine.functions.table_functions import TABLE_FUNCTIONS
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import TableName
from odps_bot.sandbox.maxcompute.engine.time_zones import clock_time


def current_time(_node: exp.Expr, session: Session) -> exp.Expr:
    """Return the time of the clock: in whole seconds without the 2.0 data types."""
    now = clock_time(session.now, session.time_zone)
    return _instant(now if session.has_new_types else now.replace(microsecond=0), "TIMESTAMP_MS")


def current_day(_node: exp.Expr, session: Session) -> exp.Expr:
    """Return the date of the clock."""
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


def rewrite_call(node: exp.Expr, session: Session) -> exp.Expr:
    """Replace a call by its equivalent in DuckDB; raises `SqlError` for unknown functions."""
    name = node.name.lower()
    if (rewriter := _FUNCTIONS.get(name)) is not None:
        return rewriter(node, session)
    if (rewriter := TABLE_FUNCTIONS.get(name)) is not None:
        return rewriter(node, session)
    if name in WITH_LAMBDA:
        return rewrite_with_lambda(node, session)
    if name in names.RENAMED:
        return exp.Anonymous(this=names.RENAMED[name], expressions=node.expressions)
    if name in macros.MACROS:
        return _macro(node, session)
    raise function_not_found(session.position(node), name)


def _macro(node: exp.Expr, session: Session) -> exp.Expr:
    name, arguments = node.name.lower(), list(node.expressions)
    position, counts = session.position(node), macros.argument_counts(name)
    if len(arguments) not in counts:
        raise wrong_argument_count(position, name, wanted=counts, given=len(arguments))
    if name in names.DATE_PATTERNS and len(arguments) > 1:
        if not arguments[-1].is_string:
            detail = f"format of function {name} must be a constant string"
            raise semantic_exception(position, detail)
        pattern = names.date_pattern(name, arguments[-1].name)
        arguments[-1] = exp.Literal.string(pattern)
    return macro_call(name, *arguments)


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


def _map(node: exp.Expr, session: Session) -> exp.Expr:
    """Make a map, in which the last one of several values of a key stays."""
    if len(node.expressions) % 2:
        detail = "function map needs an even number of parameters"
        raise semantic_exception(session.position(node), detail)
    keys, values = exp.array(*node.expressions[::2]), exp.array(*node.expressions[1::2])
    return macro_call("map_from_arrays", keys, values)


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


def _table_exists(node: exp.Expr, session: Session) -> exp.Expr:
    name = constant_text(node, 0, session)
    check_count(node, session, least=1, most=1)
    return exp.Boolean(this=_table_named(name, session) is not None)


def _partition_exists(node: exp.Expr, session: Session) -> exp.Expr:
    """Replace partition_exists by whether the catalog has the partition."""
    check_count(node, session, least=2)
    name, *values = (constant_text(node, at, session) for at in range(len(node.expressions)))
    table = _table_named(name, session)
    if table is None:
        project, _, short = name.rpartition(".")
        raise table_not_found(session.position(node), project or session.project, short)
    if len(values) != len(table.partition_columns):
        detail = (
            f"function partition_exists needs a value for each of the "
            f"{len(table.partition_columns)} partition columns of {table.project}.{table.name}"
        )
        raise semantic_exception(session.position(node), detail)
    return exp.Boolean(this=tuple(values) in table.partitions)


def _table_named(name: str, session: Session) -> Table | None:
    """Return the table of a name, with or without its project before it."""
    project, _, short = name.rpartition(".")
    return session.look_up(TableName(short, NOWHERE, project.split(".")[0] or None))


def _concat(node: exp.Expr, _session: Session) -> exp.Expr:
    """Join texts or arrays; NULL without any, or with one that is NULL."""
    if not node.expressions:
        return exp.cast(exp.null(), "text")
    first, *others = node.expressions
    if not others:
        return exp.cast(first, "text")
    joined = first
    for other in others:
        joined = exp.DPipe(this=joined, expression=other, safe=False)
    return exp.Paren(this=joined)


def _concat_ws(node: exp.Expr, session: Session) -> exp.Expr:
    """Join texts, or those of one array; NULL if one of them is."""
    check_count(node, session, least=2, most=None)
    separator, *parts = node.expressions
    if len(parts) == 1 and node.meta.get(CONTAINER) not in {None, "array"}:
        sql = "CASE WHEN :s IS NOT NULL THEN CAST(:t AS VARCHAR) END"
        return placed(sql, s=separator, t=parts[0])
    if len(parts) == 1:
        return exp.Anonymous(this="array_to_string", expressions=[parts[0], separator])
    joined: exp.Expr = exp.cast(parts[0], "text")
    for part in parts[1:]:
        both = exp.DPipe(this=separator.copy(), expression=exp.cast(part, "text"), safe=False)
        joined = exp.DPipe(this=joined, expression=both, safe=False)
    return exp.Paren(this=joined)


def _sorted(arguments: list[exp.Expr]) -> exp.Expr:
    order = [exp.Literal.string("ASC"), exp.Literal.string("NULLS FIRST")]
    return exp.Anonymous(this="list_sort", expressions=[exp.array(*arguments), *order])


def _ordinal(node: exp.Expr, session: Session) -> exp.Expr:
    """Return the nth of the values in their order, of which NULL is the least."""
    check_count(node, session, least=2)
    nth, *values = node.expressions
    return exp.Anonymous(this="list_extract", expressions=[_sorted(values), nth])


def _get_user_id(node: exp.Expr, session: Session) -> exp.Expr:
    check_count(node, session, least=0, most=0)
    return exp.Literal.string(session.user_id)


def _sha2(node: exp.Expr, session: Session) -> exp.Expr:
    """Return the digest of bytes, or of the bytes of a text."""
    check_count(node, session, least=2, most=2)
    value, bits = node.expressions
    if node.meta.get(CONTAINER) != "binary":
        value = placed("encode(CAST(:t AS VARCHAR))", t=value)
    function = OF_CONSTANT.get(bits.name) if bits.is_int else None
    if function is None:
        return placed("odps_functions.sha2_of(:s, :n)", s=value, n=bits)
    return placed(f"{function}(:s)", s=value)


def _id_card_age(node: exp.Expr, session: Session) -> exp.Expr:
    check_count(node, session, least=1, most=1)
    year = clock_time(session.now, session.time_zone).year
    return macro_call("get_idcard_age", *node.expressions, exp.Literal.number(year))


def _trunc_time(node: exp.Expr, session: Session) -> exp.Expr:
    check_count(node, session, least=2, most=2)
    zone = exp.Literal.string(session.time_zone)
    return macro_call("trunc_time", *node.expressions, zone)


def _abs(node: exp.Expr, session: Session) -> exp.Expr:
    """Return the absolute value; a number above the greatest BIGINT is a DOUBLE."""
    check_count(node, session, least=1, most=1)
    number = node.expressions[0]
    literal_ = number.this if isinstance(number, exp.Neg) else number
    if literal_.is_int and abs(int(literal_.name)) > _MAX_BIGINT:
        return macro_call("abs", exp.Literal.number(f"{literal_.name}e0"))
    return macro_call("abs", number)


_MAX_BIGINT = 2**63 - 1


def _format_number(node: exp.Expr, session: Session) -> exp.Expr:
    """Tell a pattern, as of `#,##0.00`, from the number of decimals."""
    check_count(node, session, least=2, most=2)
    has_pattern = node.expressions[1].is_string
    return macro_call("format_by_pattern" if has_pattern else "format_number", *node.expressions)


def _arrays_zip(node: exp.Expr, session: Session) -> exp.Expr:
    """Return the structs of the elements at the same place, as many as the longest array has."""
    check_count(node, session, least=2)
    arrays = node.expressions
    lengths = exp.Anonymous(this="greatest", expressions=[placed("len(:a)", a=a) for a in arrays])
    fields = [
        exp.PropertyEQ(
            this=exp.to_identifier(str(number), quoted=True),
            expression=placed("(:a)[i__]", a=array),
        )
        for number, array in enumerate(arrays)
    ]
    is_null = exp.or_(*(exp.Is(this=array.copy(), expression=exp.null()) for array in arrays))
    sql = "CASE WHEN :o THEN NULL ELSE list_transform(range(1, :n + 1), lambda i__: :r) END"
    return placed(sql, o=is_null, n=lengths, r=exp.Struct(expressions=fields))


def _index(node: exp.Expr, session: Session) -> exp.Expr:
    """Return the element of an array at a place from 0, or the value of a key of a map."""
    check_count(node, session, least=2, most=2)
    bracket = exp.Bracket(this=node.expressions[0], expressions=[node.expressions[1]], offset=0)
    bracket.meta[CONTAINER] = node.meta.get(CONTAINER)
    return item(bracket, session)


def item(node: exp.Expr, _session: Session) -> exp.Expr:
    """Replace `a[i]`: DuckDB counts from 1 and, below 0, from the end."""
    container, key = node.meta.get(CONTAINER), node.expressions[0]
    if container == "map":
        return _native(placed("map_extract_value(:m, :k)", m=node.this, k=key))
    if container == "array" and not key.is_int:
        sql = "list_extract(:a, CASE WHEN :i >= 0 AND :i < len(:a) THEN :i + 1 END)"
        return _native(placed(sql, a=node.this, i=key))
    return node


def _native(tree: exp.Expr) -> exp.Expr:
    """Keep DuckDB's functions from being translated again."""
    tree.meta[NATIVE] = True
    return tree


def _field(node: exp.Expr, session: Session) -> exp.Expr:
    check_count(node, session, least=2, most=2)
    name = exp.Literal.string(constant_text(node, 1, session))
    return exp.Anonymous(this="struct_extract", expressions=[node.expressions[0], name])


def _instant(now: datetime, duckdb_type: str) -> exp.Expr:
    text = now.isoformat(sep=" ", timespec="milliseconds")
    return exp.maybe_parse(f"CAST({literal(text)} AS {duckdb_type})", dialect="duckdb")


_Rewriter = Callable[[exp.Expr, Session], exp.Expr]
#: Functions that depend on the catalog, the clock or each other's arguments.
_FUNCTIONS: dict[str, _Rewriter] = {
    "abs": _abs,
    "arrays_zip": _arrays_zip,
    "cluster_sample": cluster_sample,
    "concat": _concat,
    "concat_ws": _concat_ws,
    "current_date": current_day,  # with parentheses
    "current_timestamp": current_time,
    "current_timezone": _current_zone,
    "field": _field,
    "format_number": _format_number,
    "from_json": from_json,
    "from_unixtime": _from_unixtime,
    "get_idcard_age": _id_card_age,
    "get_json_object": get_json_object,
    "get_user_id": _get_user_id,
    "getdate": current_time,
    "index": _index,
    "map": _map,
    "max_pt": _max_pt,
    "named_struct": _named_struct,
    "now": current_time,
    "ordinal": _ordinal,
    "partition_exists": _partition_exists,
    "sample": sample,
    "sha2": _sha2,
    "table_exists": _table_exists,
    "to_json": to_json,
    "to_millis": _to_unixtime,
    "trunc_time": _trunc_time,
    "unix_timestamp": _to_unixtime,
    "wm_concat": _wm_concat,
}
#: The functions of this module.
REWRITTEN = frozenset(_FUNCTIONS)
