"""What may stand between the brackets of a function, a window or a type. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `function`, `builtinFunctionStructure`,
`window_specification`, `type`).
"""

from abc import ABC, abstractmethod

from odps_bot.sql.classification.cursor import Cursor
from odps_bot.sql.statements import Kind

#: What a query begins with, unless with a bracket.
QUERY_STARTS = ("select", "with", "from", "values")


class Calls(Cursor, ABC):
    """Takes functions' arguments, windows and types."""

    @abstractmethod
    def expression(self) -> None:
        """Take one expression."""

    @abstractmethod
    def operand(self) -> None:
        """Take an expression without operators outside of brackets."""

    @abstractmethod
    def query(self) -> None:
        """Take a query."""

    def expressions(self) -> None:
        """Take expressions with commas between them."""
        self.expression()
        while self.take_mark(","):
            self.expression()

    def call(self) -> None:
        """Take a function's arguments, and what may follow them."""
        self.arguments()
        if self.take_words("within", "group"):
            with self.brackets():
                self.ordering()
        if self.is_word("filter") and self.is_mark("(", ahead=1):
            self.take()
            with self.brackets():
                self.expect_word("where")
                self.expression()
        if self.is_word("ignore", "respect") and self.is_word("nulls", ahead=1):
            self.take()
            self.take()
        if self.take_word("over"):
            self.window()

    def arguments(self) -> None:
        """Take a function's arguments and their brackets."""
        with self.brackets():
            if self.is_mark(")"):
                return
            if self.is_word(*QUERY_STARTS):
                self.query()
                return
            self.take_word("distinct", "all")
            if self.is_word("both", "leading", "trailing") and not self.is_mark(",", ")", ahead=1):
                self.take()
            self._argument()
            while self.take_mark(","):
                self._argument()
            if self.is_word("order"):
                self.ordering()

    def _argument(self) -> None:
        if self.take_mark("*"):
            return
        self.expression()
        if self.take_mark("."):
            self.expect_mark("*")
        # extract(unit from x), substring(x from a for b), trim(x from y)
        if self.take_word("from"):
            self.expression()
        if self.take_word("for"):
            self.expression()

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
        while True:
            self.expression()
            self.take_word("asc", "desc")
            if self.take_word("nulls"):
                self.expect_word("first", "last")
            if not self.take_mark(","):
                return

    def type(self) -> None:
        """Take the name of a type, with its parameters."""
        self.name()
        if self.is_mark("<"):
            with self.brackets("<", ">"):
                self._type_parameter()
                while self.take_mark(","):
                    self._type_parameter()
        elif self.is_mark("("):
            with self.brackets():
                self.expressions()

    def _type_parameter(self) -> None:
        if self.is_mark(":", ahead=1):
            self.take() if self.peek().kind in {Kind.WORD, Kind.NAME} else self.reject()
            self.take()
        self.type()
