"""Where the body of `create sql function … as begin …; … end` begins and ends. Pure.

Grammar: rules `createSqlFunctionStatement` and `compoundStatement` of OdpsParser.g4 of
aliyun/aliyun-odps-java-sdk. Other compound statements stay unproven.
"""

from collections.abc import Sequence
from itertools import pairwise

from odps_bot.sql.statements import Token
from odps_bot.sql.unproven import UnprovenError

_BEGIN = "begin"
_END = "end"


def begins_body(tokens: Sequence[Token]) -> bool:
    """Return whether a statement creates a function of SQL whose body has statements of its own."""
    if tokens[0].word != "create":
        return False
    at = 1
    if [token.word for token in tokens[at : at + 2]] == ["or", "replace"]:
        at += 2
    if len(tokens) > at and tokens[at].word == "sql":
        at += 1
    is_function = len(tokens) > at and tokens[at].word == "function"
    return is_function and _place_of_begin(tokens) > 0


class Body:
    """The head of such a function, and the statements of its body as far as they are added."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        begin = _place_of_begin(tokens)
        self.head = tokens[:begin]
        self.statements: list[Sequence[Token]] = []
        self.is_closed = False
        self.add(tokens[begin + 1 :])

    def add(self, tokens: Sequence[Token]) -> None:
        """Add what stands up to the next semicolon: a statement, or the end of the body.

        Raises UnprovenError for what follows the end.
        """
        if not tokens:
            return
        if tokens[0].word != _END:
            self.statements.append(tokens)
            return
        if len(tokens) > 1:
            raise UnprovenError("The semicolon after a function's body is missing.")
        self.is_closed = True


def _place_of_begin(tokens: Sequence[Token]) -> int:
    for at, (first, second) in enumerate(pairwise(tokens), start=1):
        if (first.word, second.word) == ("as", _BEGIN):
            return at
    return 0
