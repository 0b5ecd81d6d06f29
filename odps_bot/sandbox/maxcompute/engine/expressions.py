"""Walks expressions to type them, and adds the casts that MaxCompute adds.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/type-conversions
"""

import re
from collections.abc import Callable, Iterable, Sequence

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import conversions
from odps_bot.sandbox.maxcompute.engine.conversions import (
    BOOLEAN,
    TEXTS,
    VOID,
    shown,
)
from odps_bot.sandbox.maxcompute.engine.errors import SqlError, semantic_exception
from odps_bot.sandbox.maxcompute.engine.node_positions import position_of_node, qualified_position
from odps_bot.sandbox.maxcompute.engine.scopes import Scope, Typed
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.types import DataType

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_BITWISE = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)
_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_INTERVALS = conversions.INTERVALS | {"interval"}

_Query = Callable[[exp.Expr, Scope | None], tuple[Typed, ...] | None]


class WrongArguments:
    """A call with these types of arguments does not exist."""


#: Returns the type of a call whose arguments have known types; None if that isn't known.
Probe = Callable[[exp.Expr], DataType | WrongArguments | None]


class Expressions:
    """Types and converts expressions; every method can raise `SqlError`."""

    def __init__(
        self,
        session: Session,
        probe: Probe,
        query: _Query,
        warnings: list[str],
        typed: Sequence["TypedAs"],
    ) -> None:
        self._typed = typed
        self.session = session
        self.text = session.text
        self.probe = probe
        self.query = query
        self._warnings = warnings

    def visit_all(self, node: exp.Expr, scope: Scope) -> None:
        """Type all parts of a clause."""
        for part in list(node.iter_expressions()):
            self.type_of(part, scope)

    def condition(self, node: exp.Expr, scope: Scope) -> None:
        """Type a filter, which must be a BOOLEAN."""
        kind = self.type_of(node, scope)
        if kind is not None and kind not in (BOOLEAN, VOID):
            raise semantic_exception(
                position_of_node(node, self.text), "expect a BOOLEAN expression"
            )

    def type_of(self, node: exp.Expr, scope: Scope) -> DataType | None:
        """Return the type of an expression, or None; converts what is inside of it."""
        kind = self._type_of(node, scope)
        if kind is not None:
            node.meta["type"] = kind
        return kind

    def _type_of(self, node: exp.Expr, scope: Scope) -> DataType | None:
        for kinds, typed in self._typed:
            if isinstance(node, kinds):
                kind: DataType | None = typed(self, node, scope)
                return kind
        return None

    # Conversions

    def convert(self, node: exp.Expr, target: DataType) -> exp.Expr:
        """Convert an expression to a type, if it has another one; return what is there now."""
        source = node.meta.get("type")
        if source is None or source in (target, VOID) or node.parent is None:
            return node
        if source.name == target.name and not target.children and target.name != "decimal":
            return node
        if source.name in TEXTS and target.name in TEXTS:
            return node
        cast = implicit_cast(node, source, target)
        node.replace(cast)
        return cast

    def convert_projection(self, node: exp.Expr, target: DataType) -> None:
        """Convert a column of a select list, keeping its name."""
        if isinstance(node, exp.Alias):
            self.convert(node.this, target)
        elif isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            name = node.name
            cast = self.convert(node, target)
            if cast is not node:
                cast.replace(exp.alias_(cast.copy(), name, quoted=True))

    def _warn(self, node: exp.Expr, target: DataType) -> None:
        source = node.meta.get("type")
        if not isinstance(node, exp.Column) or source is None or source.name not in TEXTS:
            return
        if target.name not in {"double", "decimal"}:
            return
        position = qualified_position(node, self.text)
        self._warnings.append(
            f"WARNING:{position} implicit conversion from {shown(source)} to "
            f"{target.name.upper()}, potential data loss, use CAST function to suppress"
        )

    def convert_with_warning(self, node: exp.Expr, target: DataType) -> None:
        """Convert a text to a number, with the service's warning."""
        self._warn(node, target)
        self.convert(node, target)

    def no_cast(self, node: exp.Expr, source: DataType, target: DataType) -> SqlError:
        """Return the error for a conversion that does not exist."""
        position = position_of_node(node, self.text)
        return SqlError(
            f"ODPS-0130141:{position} Illegal implicit type cast - "
            f"cannot cast from {shown(source)} to {shown(target)}"
        )

    def wrong_argument(
        self, node: exp.Expr, number: int, kind: DataType, function: str, wanted: str
    ) -> SqlError:
        """Return the error for an operand or argument of a wrong type."""
        position = position_of_node(node, self.text)
        return SqlError(
            f"ODPS-0130121:{position} Invalid argument type - invalid type {shown(kind)} of "
            f"argument {number} for function {function}, expect {wanted}, "
            "implicit conversion is not allowed"
        )

    def wrong_arguments(self, node: exp.Expr, function: str, kinds: Iterable[DataType]) -> SqlError:
        """Return the error for arguments that no variant of a function takes."""
        listed = ", ".join(map(shown, kinds))
        return semantic_exception(
            position_of_node(node, self.text),
            f"function {function} cannot match any overloaded functions with ({listed})",
        )


TypedAs = tuple[type | tuple[type, ...], Callable[[Expressions, exp.Expr, Scope], DataType | None]]


def name_of(call: exp.Expr, text: str) -> str:
    """Return the name of a function as the statement writes it, in lowercase."""
    start = call.meta.get("start")
    if start is not None and (word := re.match(r"\w+", text[int(start) :])):
        return word[0].lower()
    if isinstance(call, exp.Func) and not isinstance(call, exp.Anonymous):
        return str(call.sql_name()).lower()
    return call.name.lower()


def implicit_cast(node: exp.Expr, source: DataType, target: DataType) -> exp.Expr:
    """Return the conversion of an expression, which itself stays where it is."""
    to = exp.DataType.build(target.duckdb, dialect="duckdb")
    cast = exp.Cast(this=node.copy(), to=to)
    cast.meta["type"] = target
    cast.meta["source"] = source
    return cast
