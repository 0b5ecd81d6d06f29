"""What queries read from: tables, subqueries, joins, lateral views, samples, pivots. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `fromSource`, `joinRHS`, `lateralView`,
`tableSample`), and what the manual has beside it: PIVOT, time travel.
"""

from abc import ABC
from collections.abc import Sequence

from odps_bot.sql.classification.calls import QUERY_STARTS
from odps_bot.sql.classification.cursor import DEEPEST
from odps_bot.sql.classification.expressions import Expressions
from odps_bot.sql.statements import Kind, Token


class Sources(Expressions, ABC):
    """Takes what stands behind `from`, and remembers the names that are read."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self.sources: set[str] = set()

    def is_query(self) -> bool:
        """Return whether a query comes next, in brackets or not."""
        ahead = 0
        while ahead <= DEEPEST and self.is_mark("(", ahead=ahead):
            ahead += 1
        return self.is_word(*QUERY_STARTS, ahead=ahead)

    def joined_sources(self) -> None:
        """Take what stands behind `from`."""
        self._source()
        while self._join():
            pass

    def _join(self) -> bool:
        if self.is_word("lateral"):
            self.lateral_views()
            return True
        if self.take_mark(","):
            self._source()
            return True
        is_natural = self.take_word("natural")
        side = self.take_word("inner", "cross", "left", "right", "full")
        if side:
            self.take_word("outer", "semi", "anti")
            self.expect_word("join")
        elif is_natural:
            self.expect_word("join")
        elif not self.take_word("join"):
            return False
        self._source()
        while self.take_word("on"):
            self.expression()
        # `using function(…)` and `using 'command'` run code; neither has names in brackets.
        if self.take_word("using"):
            self.names_in_brackets()
        return True

    def lateral_views(self) -> None:
        """Take `lateral view function(…) name as …` as often as there is one."""
        while self.take_word("lateral"):
            self.expect_word("view")
            self.take_word("outer")
            self.references.call([self.dotted_name()])
            self.call()
            self.references.declare_source(self.name())
            if self.take_word("as"):
                self.references.declare_source(self.name())
                while self.take_mark(","):
                    self.references.declare_source(self.name())

    def _source(self) -> None:
        if self.is_mark("("):
            with self.brackets():
                if self.is_query():
                    with self.references.query(sees_outer=False):
                        self.query()
                else:
                    self.joined_sources()
                # What looked like a query may have been the first of several sources.
                while self._table_alias() or self._join():
                    pass
        elif self.take_word("values"):
            self.expressions()
        elif self.peek().kind is Kind.VARIABLE:
            self.take()
        else:
            self._table()
            return
        self._table_alias()
        self._behind_alias()

    def _behind_alias(self) -> None:
        self._sample()
        while self.is_word("pivot", "unpivot") and self.is_mark("(", ahead=1):
            self._pivot()
            self._table_alias()

    def _table(self) -> None:
        if self.is_word("lateral"):
            self.lateral_views()
            self._table_alias()
            self._behind_alias()
            return
        name = self.dotted_name()
        self.sources.add(name)
        if self.is_mark("("):
            self.references.call([name])
            self.arguments()
        if self.is_word("timestamp", "version"):
            self._time_travel()
        self._sample()
        # Behind an alias the name of the table itself leads nowhere.
        if not self._table_alias():
            self.references.declare_source(name)
        self._behind_alias()

    def _time_travel(self) -> None:
        if self.is_word("between", ahead=1):
            self.take()
            self.take()
            self.expression()
        elif self.is_word("as", ahead=1) and self.is_word("of", ahead=2):
            self.take()
            self.take()
            self.take()
            self.expression()

    def _sample(self) -> None:
        if not self.take_word("tablesample"):
            return
        with self.brackets():
            if self.take_word("bucket"):
                self.operand()
                self.expect_word("out")
                self.expect_word("of")
                self.operand()
                if self.take_word("on"):
                    self.expressions()
            else:
                self.operand()
                self.take_word("percent", "rows")

    def _table_alias(self) -> bool:
        is_pivot = self.is_word("pivot", "unpivot") and self.is_mark("(", ahead=1)
        if is_pivot or not (self.is_word("as") or self.is_name() or self.is_quoted_alias()):
            return False
        if name := self.alias():
            self.references.declare_source(name)
        if self.is_mark("("):
            self.new_columns()
        return True

    def _pivot(self) -> None:
        self.take()
        with self.brackets():
            self.items_with_aliases()
            self.expect_word("for")
            self.operand()
            self.expect_word("in")
            with self.brackets():
                self.items_with_aliases()

    def items_with_aliases(self) -> None:
        """Take expressions with new names."""
        while True:
            self.expression()
            self.alias()
            if not self.take_mark(","):
                return
