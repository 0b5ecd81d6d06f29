"""The dialect of MaxCompute for sqlglot: Hive with fewer functions and other tokens."""

from typing import Any, ClassVar

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.hive import Hive
from sqlglot.parsers.hive import HiveParser

from odps_bot.sandbox.maxcompute.engine.functions.names import SPECIAL, TRANSLATED

_NOT_COMMANDS = {"EXPLAIN", "COMMENT", "MSCK REPAIR", "REFRESH"}


def _placed(node: exp.Expr, token: Token) -> exp.Expr:
    """Note where a node is, which sqlglot does for names and other constants only."""
    node.meta.update(start=token.start, end=token.end)
    return node


class MaxCompute(Hive):
    """The dialect; names outside of the function tables are unknown functions."""

    class Tokenizer(Hive.Tokenizer):
        """Hive's tokens, but SHOW and EXPLAIN do not consume the rest of the statement."""

        KEYWORDS: ClassVar = {
            word: kind
            for word, kind in Hive.Tokenizer.KEYWORDS.items()
            if word not in _NOT_COMMANDS
        }
        COMMANDS: ClassVar[set[TokenType]] = set()
        HEX_STRINGS: ClassVar = [("x'", "'"), ("X'", "'")]

    class Parser(HiveParser):
        """Hive's grammar with MaxCompute's functions; an invalid cast fails the statement."""

        STRICT_CAST = True

        PRIMARY_PARSERS: ClassVar = HiveParser.PRIMARY_PARSERS | {
            TokenType.TRUE: lambda _self, token: _placed(exp.Boolean(this=True), token),
            TokenType.FALSE: lambda _self, token: _placed(exp.Boolean(this=False), token),
            TokenType.NULL: lambda _self, token: _placed(exp.Null(), token),
        }

        FUNCTIONS: ClassVar = {
            name: build for name, build in HiveParser.FUNCTIONS.items() if name in TRANSLATED
        }
        FUNCTION_PARSERS: ClassVar = {
            name: parse for name, parse in HiveParser.FUNCTION_PARSERS.items() if name in SPECIAL
        }

        def _parse_types(self, *given: Any, **named: Any) -> exp.Expr | None:
            """Keep VARCHAR(n) and CHAR(n) in CAST, which Hive takes for STRING."""
            return super(HiveParser, self)._parse_types(*given, **named)
