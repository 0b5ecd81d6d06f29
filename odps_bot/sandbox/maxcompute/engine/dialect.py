"""MaxCompute's SQL for sqlglot: Hive's, with fewer functions and some tokens of its own."""

from typing import ClassVar

from sqlglot import TokenType
from sqlglot.dialects.hive import Hive
from sqlglot.parsers.hive import HiveParser

from odps_bot.sandbox.maxcompute.engine.functions import SPECIAL, TRANSLATED

_NOT_COMMANDS = {"EXPLAIN", "COMMENT", "MSCK REPAIR", "REFRESH"}


class MaxCompute(Hive):
    """The dialect; what is named in no table of functions stays an unknown function."""

    class Tokenizer(Hive.Tokenizer):
        """Hive's tokens, but SHOW and EXPLAIN do not swallow the rest of the statement."""

        KEYWORDS: ClassVar = {
            word: kind
            for word, kind in Hive.Tokenizer.KEYWORDS.items()
            if word not in _NOT_COMMANDS
        }
        COMMANDS: ClassVar[set[TokenType]] = set()

    class Parser(HiveParser):
        """Hive's grammar over MaxCompute's functions; a cast that fails fails the statement."""

        STRICT_CAST = True

        FUNCTIONS: ClassVar = {
            name: build for name, build in HiveParser.FUNCTIONS.items() if name in TRANSLATED
        }
        FUNCTION_PARSERS: ClassVar = {
            name: parse for name, parse in HiveParser.FUNCTION_PARSERS.items() if name in SPECIAL
        }
