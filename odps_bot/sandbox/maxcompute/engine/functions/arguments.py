"""What the arguments of a call must be."""

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.errors import semantic_exception, wrong_argument_count
from odps_bot.sandbox.maxcompute.engine.session import Session


def constant_text(node: exp.Expr, index: int, session: Session) -> str:
    """Return an argument that must be a constant string; raises `SqlError` for others."""
    arguments = node.expressions
    if index >= len(arguments) or not arguments[index].is_string:
        detail = f"argument {index + 1} of function {node.name.lower()} must be a constant string"
        raise semantic_exception(session.position(node), detail)
    return str(arguments[index].name)


def check_count(node: exp.Expr, session: Session, *, least: int, most: int | None = None) -> None:
    """Raise `SqlError` for a wrong number of arguments."""
    given = len(node.expressions)
    if given < least or (most is not None and given > most):
        wanted = list(range(least, (most or least) + 1))
        name = node.name.lower()
        raise wrong_argument_count(session.position(node), name, wanted=wanted, given=given)
