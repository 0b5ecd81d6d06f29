"""Positions in an SQL text, as error messages show them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Position:
    """Line and column, both from 1; both 0 where the service reports no position."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"[{self.line},{self.column}]"


NOWHERE = Position(0, 0)


def position_at(text: str, offset: int) -> Position:
    """Return the position of the character at `offset`."""
    before = text[:offset]
    return Position(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
