"""Positions of nodes in the SQL text, as the service's compiler reports them.

A binary operator is where its sign is, a function where its name is, and anything else where it
starts. sqlglot notes the places of names, literals and most functions only; the rest is found
from them.
"""

import re

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position, position_at

_SIGNS: dict[type, str] = {
    exp.Add: r"\+",
    exp.Sub: "-",
    exp.Mul: r"\*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.IntDiv: r"\bdiv\b",
    exp.EQ: "=",
    exp.NEQ: "<>|!=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.And: r"\band\b",
    exp.Or: r"\bor\b",
    exp.Like: r"\blike\b",
    exp.RegexpLike: r"\b(?:rlike|regexp)\b",
    exp.In: r"\bin\b",
    exp.Between: r"\bbetween\b",
    exp.Is: r"\bis\b",
    exp.NullSafeEQ: "<=>|\\bis\\b",
    exp.NullSafeNEQ: r"\bis\b",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: r"\|",
    exp.BitwiseXor: r"\^",
    exp.DPipe: r"\|\|",
}
_WORDS: dict[type, str] = {
    exp.Cast: r"\bcast\s*\(|\bdate\s*['\"]|\b(?:datetime|timestamp)\s*['\"]",
    exp.Case: r"\bcase\b",
    exp.If: r"\bif\s*\(",
    exp.Not: r"\bnot\b|!",
    exp.Neg: "-",
    exp.BitwiseNot: "~",
    exp.Ceil: r"\bceil\s*\(",
    exp.Floor: r"\bfloor\s*\(",
    exp.Trim: r"\btrim\s*\(",
    exp.Extract: r"\bextract\s*\(",
    exp.Exists: r"\bexists\b",
    exp.Select: r"\bselect\b",
    exp.Order: r"\border\s+by\b",
}


def position_of_node(node: exp.Expr, text: str) -> Position:
    """Return the position of a node in the text, or that of the nearest one around it."""
    current: exp.Expr | None = node
    while current is not None:
        offset = _offset(current, text)
        if offset is not None:
            return position_at(text, offset)
        current = current.parent
    return NOWHERE


def qualified_position(column: exp.Expr, text: str) -> Position:
    """Return the position of a column: of the point after the table's alias, if there is one."""
    table = column.args.get("table")
    end = table.meta.get("end") if table is not None else None
    if end is None:
        return position_of_node(column.this, text)
    point = text.find(".", end)
    return position_at(text, point) if point >= 0 else position_of_node(column.this, text)


def _offset(node: exp.Expr, text: str) -> int | None:
    sign = _SIGNS.get(type(node))
    if sign is not None:
        return _sign_offset(node, sign, text)
    if "start" in node.meta:
        return int(node.meta["start"])
    first = _first(node)
    word = _WORDS.get(type(node))
    if word is not None and first is not None:
        found = _last_match(word, text, first)
        return first if found is None else found
    return first


def _sign_offset(node: exp.Expr, sign: str, text: str) -> int | None:
    left = node.this
    right = node.args.get("expression") or node.args.get("low") or node.args.get("query")
    if right is None and node.expressions:
        right = node.expressions[0]
    end = _first(right) if isinstance(right, exp.Expr) else None
    if end is not None:
        found = _last_match(sign, text, end)
        return _first(node) if found is None else found
    # TRUE and NULL have no place of their own.
    start = _last(left) if isinstance(left, exp.Expr) else None
    match = re.compile(sign, re.IGNORECASE).search(text, start) if start is not None else None
    return match.start() if match else _first(node)


def _last_match(pattern: str, text: str, end: int) -> int | None:
    found = None
    for match in re.finditer(pattern, text[:end] + text[end : end + 1], re.IGNORECASE):
        if match.start() < end:
            found = match.start()
    return found


def _first(node: exp.Expr) -> int | None:
    starts = [int(part.meta["start"]) for part in node.walk() if "start" in part.meta]
    return min(starts, default=None)


def _last(node: exp.Expr) -> int | None:
    ends = [int(part.meta["end"]) + 1 for part in node.walk() if "end" in part.meta]
    return max(ends, default=None)
