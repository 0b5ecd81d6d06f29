"""Functions that make several rows or columns of one row.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/lateral-view
In DuckDB they return an array with a struct for each row, which the query then unfolds.
"""

from collections.abc import Callable

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception, wrong_argument_count
from odps_bot.sandbox.maxcompute.engine.functions.placing import macro_call, placed
from odps_bot.sandbox.maxcompute.engine.session import Session

#: Marks an EXPLODE that makes a column of each field of a struct.
OF_STRUCT = "of a struct"
_ROW, _ROWS, _COLUMNS = "row__", "rows__", "columns__"
#: Other names of EXPLODE and POSEXPLODE where they make two columns; nobody can write them.
_EXPLODE_MAP, _POSEXPLODE = "explode map", "posexplode array"


def unfold_selected(tree: exp.Expr, session: Session) -> None:
    """Replace `SELECT json_tuple(…) AS (a, b) FROM t` by a query of its rows.

    Raises `SqlError` if other columns are selected with it.
    """
    for select in list(tree.find_all(exp.Select)):
        calls = [call for item in select.expressions if (call := _call_in(item)) is not None]
        if not calls:
            continue
        if len(select.expressions) > 1:
            detail = "Only a single expression in the SELECT clause is supported with UDTF's"
            raise semantic_exception(session.position(calls[0]), detail)
        _unfold(select, select.expressions[0], calls[0])


def rows_of(call: exp.Expr) -> exp.Select:
    """Return the query of the rows that a call makes of one row."""
    return _all_columns(exp.select(_exploded(call)))


def is_table_function(node: exp.Expr) -> bool:
    """Return whether a call makes rows and columns, other than EXPLODE and POSEXPLODE."""
    return isinstance(node, exp.Anonymous) and node.name.lower() in TABLE_FUNCTIONS


def _call_in(item: exp.Expr) -> exp.Expr | None:
    call = item.this if isinstance(item, exp.Alias | exp.Aliases) else item
    if is_table_function(call):
        return call
    if isinstance(call, exp.Explode) and isinstance(item, exp.Aliases):
        name = _POSEXPLODE if isinstance(call, exp.Posexplode) else _EXPLODE_MAP
        named = exp.Anonymous(this=name, expressions=[call.this])
        named.meta.update(call.meta)
        call.replace(named)
        return named
    return None


def _unfold(select: exp.Select, item: exp.Expr, call: exp.Expr) -> None:
    names = [name.name for name in item.expressions] if isinstance(item, exp.Aliases) else []
    if isinstance(item, exp.Alias):
        names = [item.alias]
    later = {key: select.args.get(key) for key in ("order", "limit", "with_")}
    for key in later:
        select.set(key, None)
    inner = select.copy()
    inner.set("expressions", [_exploded(call)])
    outer = _all_columns(inner)
    if names:
        columns = [exp.to_identifier(name) for name in names]
        alias = exp.TableAlias(this=exp.to_identifier(_COLUMNS), columns=columns)
        outer = exp.select("*").from_(exp.Subquery(this=outer, alias=alias))
    for key, clause in later.items():
        outer.set(key, clause)
    for key in list(select.args):
        select.set(key, outer.args.get(key))
    for key, value in outer.args.items():
        select.set(key, value)


def _exploded(call: exp.Expr) -> exp.Expr:
    return exp.alias_(exp.Explode(this=call.copy()), _ROW)


def _all_columns(inner: exp.Select) -> exp.Select:
    columns = exp.Explode(this=exp.column(_ROW))
    columns.meta[OF_STRUCT] = True
    return exp.select(columns).from_(exp.alias_(exp.Subquery(this=inner), _ROWS, table=True))


def _struct(values: list[exp.Expr], *, prefix: str = "c") -> exp.Expr:
    fields = [
        exp.PropertyEQ(this=exp.to_identifier(f"{prefix}{n}"), expression=value.copy())
        for n, value in enumerate(values)
    ]
    return exp.Struct(expressions=fields)


def _refuse(node: exp.Expr, session: Session, wanted: int) -> None:
    if (given := len(node.expressions)) < wanted:
        name, position = node.name.lower(), session.position(node)
        raise wrong_argument_count(position, name, wanted=[wanted], given=given)


def _constant(node: exp.Expr, session: Session) -> int:
    """Return the number that is a call's first argument; raises `SqlError` for others."""
    first = node.expressions[0]
    if not first.is_int or int(first.name) < 0:
        detail = f"argument 1 of function {node.name.lower()} must be a constant number"
        raise semantic_exception(session.position(node), detail)
    return int(first.name)


def _json_tuple(node: exp.Expr, session: Session) -> exp.Expr:
    _refuse(node, session, 2)
    text, *keys = node.expressions
    return exp.array(_struct([_json_value(text, key) for key in keys]))


def _json_value(text: exp.Expr, key: exp.Expr) -> exp.Expr:
    path = placed("'$.' || :k", k=key)
    if key.is_string and not key.name:
        return exp.cast(exp.null(), "text")
    if key.is_string:
        name = key.name if {".", "["} & set(key.name) else f'"{key.name}"'
        path = exp.Literal.string(f"$.{name}")
    found = "CASE WHEN json_valid(:t) AND :k <> '' THEN json_extract_string(:t, :p) END"
    return placed(found, t=text, k=key, p=path)


def _keyvalue_tuple(node: exp.Expr, session: Session) -> exp.Expr:
    _refuse(node, session, 4)
    text, between, within, *keys = node.expressions
    found = [
        macro_call("keyvalue", text.copy(), between.copy(), within.copy(), key) for key in keys
    ]
    return exp.array(_struct(found))


def _parse_url_tuple(node: exp.Expr, session: Session) -> exp.Expr:
    _refuse(node, session, 2)
    url, *parts = node.expressions
    found = []
    for part in parts:
        name, _, key = part.name.partition(":")
        keys = [exp.Literal.string(key)] if key else []
        found.append(macro_call("parse_url", url.copy(), exp.Literal.string(name), *keys))
    return exp.array(_struct(found))


def _inline(node: exp.Expr, session: Session) -> exp.Expr:
    _refuse(node, session, 1)
    array: exp.Expr = node.expressions[0]
    return array


def _stack(node: exp.Expr, session: Session) -> exp.Expr:
    _refuse(node, session, 2)
    rows, values = _constant(node, session), node.expressions[1:]
    if not rows or len(values) % rows:
        detail = (
            f"function stack needs a multiple of {rows} expressions, actually have {len(values)}"
        )
        raise semantic_exception(session.position(node), detail)
    width = len(values) // rows
    return exp.array(
        *(_struct(values[at : at + width], prefix="col") for at in range(0, len(values), width))
    )


def _trans_array(node: exp.Expr, session: Session) -> exp.Expr:
    _refuse(node, session, 3)
    separator, number = node.expressions[1], _constant(node, session)
    if not separator.is_string or not separator.name:
        detail = "separator of function trans_array must be a constant string, and not empty"
        raise semantic_exception(session.position(node), detail)
    keys, texts = node.expressions[2 : 2 + number], node.expressions[2 + number :]
    if not texts:
        return exp.array(_struct(keys))
    arrays = [placed("string_split(:t, :s)", t=text, s=separator) for text in texts]
    lengths = exp.Anonymous(this="greatest", expressions=[placed("len(:a)", a=a) for a in arrays])
    row = _struct([*keys, *(placed("(:a)[i__]", a=array) for array in arrays)])
    return placed("list_transform(range(1, :n + 1), lambda i__: :r)", n=lengths, r=row)


def _trans_cols(node: exp.Expr, session: Session) -> exp.Expr:
    _refuse(node, session, 2)
    number = _constant(node, session)
    keys, values = node.expressions[1 : 1 + number], node.expressions[1 + number :]
    indexes = (exp.cast(exp.Literal.number(n), "bigint") for n in range(1, len(values) + 1))
    rows = [_struct([index, *keys, v]) for index, v in zip(indexes, values, strict=True)]
    return exp.array(*rows or [_struct([exp.Literal.number(1), *keys])])


def _map_entries(node: exp.Expr, _session: Session) -> exp.Expr:
    return placed("map_entries(:m)", m=node.expressions[0])


def _numbered(node: exp.Expr, _session: Session) -> exp.Expr:
    sql = "list_transform(:a, lambda x__, i__: {'pos': i__ - 1, 'val': x__})"
    return placed(sql, a=node.expressions[0])


#: What builds the rows of a function.
TABLE_FUNCTIONS: dict[str, Callable[[exp.Expr, Session], exp.Expr]] = {
    _EXPLODE_MAP: _map_entries,
    _POSEXPLODE: _numbered,
    "inline": _inline,
    "json_tuple": _json_tuple,
    "keyvalue_tuple": _keyvalue_tuple,
    "parse_url_tuple": _parse_url_tuple,
    "stack": _stack,
    "trans_array": _trans_array,
    "trans_cols": _trans_cols,
}
