"""What stands around expressions: windows, sort keys, types and lambdas' parameters. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `window_specification`, `type`).
"""

from abc import ABC, abstractmethod

from odps_bot.sql.classification.cursor import Cursor
from odps_bot.sql.classification.java_names import clipped
from odps_bot.sql.keywords import words
from odps_bot.sql.statements import Kind
from odps_bot.sql.unproven import UnprovenError

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_WORD, _NAME = Kind.WORD, Kind.NAME

_AROUND_PARAMETERS = frozenset("(,)")

#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/maxcompute-v2-0-data-type-edition
_TYPES = words(
    "tinyint smallint int integer bigint float double decimal numeric boolean"
    " string varchar char binary date datetime timestamp timestamp_ntz"
    " interval_day_time interval_year_month array map struct uniontype json vector geography any"
)


class Windows(Cursor, ABC):
    """Takes windows, sort keys, types and lambdas' parameters."""

    @abstractmethod
    def expression(self) -> None:
        """Take one expression."""

    @abstractmethod
    def operand(self) -> None:
        """Take an expression without operators outside of brackets."""

    def expressions(self) -> None:
        """Take expressions with commas between them."""
        self.separated(self.expression)

    def window(self) -> None:
        """Take a window's name or specification."""
        if not self.is_mark("("):
            self.name()
            return
        with self.brackets():
            if self.is_name() and not self.is_word("rows", "range", "groups", "sort"):
                self.name()
            if self.take_word("partition", "cluster", "distribute"):
                self.expect_word("by")
                self.expressions()
            if self.is_word("order", "sort"):
                self.ordering()
            if self.take_word("rows", "range", "groups"):
                self._frame()

    def _frame(self) -> None:
        is_between = self.take_word("between")
        self._bound()
        if is_between:
            self.expect_word("and")
            self._bound()
        if self.take_word("exclude"):
            self.take_words("current", "row") or self.take_words("no", "others")
            self.take_word("group", "ties")

    def _bound(self) -> None:
        if self.take_words("current", "row"):
            return
        if not self.take_word("unbounded"):
            self.operand()
        self.expect_word("preceding", "following")

    def ordering(self) -> None:
        """Take `order by` or `sort by` and what it sorts by."""
        self.expect_word("order", "sort")
        self.expect_word("by")
        self.separated(self._sort_key)

    def _sort_key(self) -> None:
        self.expression()
        self.take_word("asc", "desc")
        if self.take_word("nulls"):
            self.expect_word("first", "last")

    def type(self) -> None:
        """Take the name of a type, with its parameters. What is no type of SQL is a Java class."""
        name = self.name()
        if name.lower() not in _TYPES:
            raise UnprovenError(f"`{clipped(name)}` isn't a type of MaxCompute: it may be Java.")
        if self.is_mark("<"):
            with self.brackets("<", ">"):
                self.separated(self._type_parameter)
        elif self.is_mark("("):
            with self.brackets():
                self.expressions()

    def _type_parameter(self) -> None:
        if self.is_mark(":", ahead=1):
            self.take() if self.peek().kind in (_WORD, _NAME) else self.reject()
            self.take()
        self.type()

    def declare_parameters(self) -> None:
        """Remember how a lambda calls its arguments: a method that is called on one is Java."""
        ahead = 0
        is_last = False
        while not is_last:
            ahead -= 1
            token = self.peek(ahead)
            is_name = token.kind in (_WORD, _NAME)
            if is_name:
                self.references.declare_column(token.text)
            is_in_brackets = self.peek(-1).text == ")" and token.text != "("
            is_last = not is_in_brackets or not (is_name or token.text in _AROUND_PARAMETERS)
