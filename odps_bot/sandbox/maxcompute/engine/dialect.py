"""The dialect of MaxCompute for sqlglot: Hive with fewer functions and other tokens."""

from typing import ClassVar

from sqlglot import TokenType
from sqlglot.dialects.hive import Hive
from sqlglot.parsers.hive import HiveParser

from odps_bot.sandbox.maxcompute.engine.functions import SPECIAL, TRANSLATED

_NOT_COMMANDS = {"EXPLAIN", "COMMENT", "MSCK REPAIR", "REFRESH"}


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

    class Parser(HiveParser):
        """Hive's grammar with MaxCompute's functions; an invalid cast fails the statement."""

        STRICT_CAST = True

        FUNCTIONS: ClassVar = {
            name: build for name, build in HiveParser.FUNCTIONS.items() if name in TRANSLATED
        }
        FUNCTION_PARSERS: ClassVar = {
            name: parse for name, parse in HiveParser.FUNCTION_PARSERS.items() if name in SPECIAL
        }
