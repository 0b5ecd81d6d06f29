"""What stands around expressions: windows, sort keys and types. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `window_specification`, `type`).
"""

from abc import ABC, abstractmethod

from odps_bot.sql.classification.cursor import Cursor
from odps_bot.sql.statements import Kind

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_WORD, _NAME = Kind.WORD, Kind.NAME


class Windows(Cursor, ABC):
    """Takes windows, sort keys and types."""

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
        """Take the name of a type, with its parameters."""
        self.name()
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
