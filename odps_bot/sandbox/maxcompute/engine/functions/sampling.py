"""Calls that choose some of the rows.

Vendor pages: https://www.alibabacloud.com/help/en/maxcompute/user-guide/other-functions and
https://www.alibabacloud.com/help/en/maxcompute/user-guide/window-functions
"""

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception
from odps_bot.sandbox.maxcompute.engine.functions.arguments import check_count
from odps_bot.sandbox.maxcompute.engine.functions.placing import placed
from odps_bot.sandbox.maxcompute.engine.session import Session


def sample(node: exp.Expr, session: Session) -> exp.Expr:
    """Return whether a row is in the yth of x parts: by its columns, or by chance."""
    check_count(node, session, least=1)
    parts, *rest = node.expressions
    chosen = rest[0] if rest else exp.Literal.number(1)
    if any(isinstance(number, exp.Null) for number in (parts, chosen)):
        return exp.cast(exp.null(), "boolean")
    if not (parts.is_int and chosen.is_int and 0 < int(chosen.name) <= int(parts.name)):
        detail = "function sample needs constants x and y with 0 < y <= x"
        raise semantic_exception(session.position(node), detail)
    if columns := rest[1:]:
        part: exp.Expr = exp.Anonymous(this="hash", expressions=columns)
    else:
        by_chance = "CAST(floor(random() * 1e9) AS BIGINT)"
        part = exp.maybe_parse(by_chance, dialect="duckdb")
    remainder = exp.Mod(this=part, expression=parts)
    return exp.Paren(this=exp.EQ(this=remainder, expression=_less_one(chosen)))


def _less_one(number: exp.Expr) -> exp.Expr:
    return exp.Literal.number(int(number.name) - 1)


def cluster_sample(node: exp.Expr, session: Session) -> exp.Expr:
    """Leave it to the window around it, which is looked at next."""
    check_count(node, session, least=1, most=2)
    if isinstance(node.parent, exp.Window):
        return node
    failure = semantic_exception(
        session.position(node), "function cluster_sample needs an OVER clause"
    )
    return placed("CAST(error(:e) AS BOOLEAN)", e=exp.Literal.string(str(failure)))


def rewrite_window(node: exp.Expr, _session: Session) -> exp.Expr:
    """Replace cluster_sample: so many rows of each partition, or as many parts of so many."""
    function = node.this
    if not isinstance(function, exp.Anonymous) or function.name.lower() != "cluster_sample":
        return node
    partition = node.args.get("partition_by")
    rank = exp.Window(this=exp.RowNumber(), partition_by=partition, over="OVER")
    number, *others = function.expressions
    if others:
        rows: exp.Expr = exp.Window(
            this=exp.Count(this=exp.Star()), partition_by=partition, over="OVER"
        )
        rows = exp.Mul(this=rows, expression=exp.cast(others[0], "double"))
        number = exp.Div(this=rows, expression=number, typed=False, safe=False)
    return exp.Paren(this=exp.LTE(this=rank, expression=number))
