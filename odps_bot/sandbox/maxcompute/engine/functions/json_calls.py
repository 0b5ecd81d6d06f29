"""Calls that read and write JSON.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/json-function-24/
"""

import json
import re

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.catalog import literal
from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception
from odps_bot.sandbox.maxcompute.engine.functions.arguments import check_count, constant_text
from odps_bot.sandbox.maxcompute.engine.functions.placing import placed
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.types import DataType, UnknownTypeError, parse_type


def get_json_object(node: exp.Expr, session: Session) -> exp.Expr:
    """Read a value of a JSON text; NULL where the text is none."""
    check_count(node, session, least=2, most=2)
    text, path = node.expressions
    found = "json_extract_string(:t, :p)"
    if path.is_string and "*" in path.name:
        found = "nullif(CAST(to_json(json_extract(:t, :p)) AS VARCHAR), '[]')"
    sql = f"CASE WHEN json_valid(:t) AND starts_with(:p, '$') THEN {found} END"
    return placed(sql, t=text, p=path)


def from_json(node: exp.Expr, session: Session) -> exp.Expr:
    """Read a JSON text as a type, of which what does not fit is NULL or left out."""
    check_count(node, session, least=2, most=2)
    schema = constant_text(node, 1, session)
    try:
        data_type = parse_type(schema)
    except UnknownTypeError:
        try:
            fields = _FIELD.sub(r"\1\2:", schema)
            data_type = parse_type(f"struct<{fields}>")
        except UnknownTypeError as error:
            detail = f"schema of function from_json is invalid: {error}"
            raise semantic_exception(session.position(node), detail) from error
    structure = literal(json.dumps(_json_structure(data_type), ensure_ascii=False))
    read = f"CASE WHEN json_valid(:t) THEN json_transform(:t, {structure}) END"
    if data_type.name == "array":
        read = f"list_filter({read}, lambda x: x IS NOT NULL)"
    return placed(read, t=node.expressions[0])


#: A name before its type in `a bigint, b double`.
_FIELD = re.compile(r"(^|,)(\s*(?:\w+|`[^`]+`))\s+(?=\w)")


def _json_structure(data_type: DataType) -> object:
    """Return a type as DuckDB's json_transform names it."""
    if data_type.name == "array":
        return [_json_structure(data_type.children[0][1])]
    if data_type.name == "struct":
        return {name: _json_structure(child) for name, child in data_type.children}
    return data_type.duckdb


def to_json(node: exp.Expr, session: Session) -> exp.Expr:
    """Write a value as JSON."""
    check_count(node, session, least=1, most=1)
    return placed("CAST(to_json(:x) AS VARCHAR)", x=node.expressions[0])
