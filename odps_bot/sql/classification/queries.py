"""Queries of MaxCompute's dialect: SELECT, WITH, FROM first, VALUES, and unions of them. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `queryExpression`,
`selectClause`, `setRHS`), and what the manual has beside it: QUALIFY, GROUP BY ALL.
"""

from odps_bot.sql.classification.sources import Sources

_SET_OPERATORS = ("union", "intersect", "except", "minus")

#: Clauses in the order in which they may follow each other.
_CLAUSES = (
    "where",
    "group",
    "having",
    "window",
    "qualify",
    "order",
    "cluster",
    "distribute",
    "sort",
    "zorder",
    "limit",
    "offset",
)


class Queries(Sources):
    """Takes queries."""

    def query(self) -> None:
        """Take a query with its common table expressions."""
        self.common_tables()
        self._term()
        self.set_operations()

    def common_tables(self) -> None:
        """Take `with name as (query), …` if there is one."""
        if not self.take_word("with"):
            return
        if self.is_word("recursive") and not self.is_word("as", ahead=1):
            self.take()
        while True:
            self.references.declare_column(self.name())
            if self.is_mark("("):
                self.new_columns()
            self.expect_word("as")
            with self.brackets(), self.references.query(sees_outer=False):
                self.query()
            if not self.take_mark(","):
                return

    def set_operations(self) -> None:
        """Take `union …` as often as there is one, and the clauses behind the last."""
        while self.take_word(*_SET_OPERATORS):
            self.take_word("all", "distinct")
            self._term()
        self.clauses()

    def _term(self) -> None:
        if self.is_mark("("):
            with self.brackets():
                self.query()
            self.clauses()
        elif self.take_word("values"):
            self.expressions()
            self.clauses()
        elif self.take_word("from"):
            with self.references.query():
                self.joined_sources()
                self.clauses(until="qualify")
                self.select()
        else:
            self.select()

    def select(self) -> None:
        """Take `select …` with all of its clauses."""
        with self.references.query():
            self._select()

    def _select(self) -> None:
        self.expect_word("select")
        self.take_word("all", "distinct")
        self._item()
        while self.take_mark(","):
            self._item()
        if self.take_word("from"):
            self.joined_sources()
        else:
            self.lateral_views()
        self.clauses()

    def _item(self) -> None:
        if self.is_mark("*"):
            self._star()
            return
        self.expression()
        if self.is_mark("."):
            self.take()
            self._star()
        else:
            self.alias()

    def _star(self) -> None:
        self.expect_mark("*")
        if self.is_word("except", "exclude") and self.is_mark("(", ahead=1):
            self.take()
            self.names_in_brackets()
        if self.is_word("replace") and self.is_mark("(", ahead=1):
            self.take()
            with self.brackets():
                self.items_with_aliases()

    def clauses(self, *, until: str = "offset") -> None:
        """Take the clauses behind the sources, each once and in their order."""
        for clause in _CLAUSES[: _CLAUSES.index(until) + 1]:
            if self.is_word(clause) and (clause != "offset" or not self.is_mark(",", ahead=1)):
                self._clause(clause)

    def _clause(self, clause: str) -> None:
        if clause in {"order", "sort"}:
            self.ordering()
            return
        self.take()
        if clause in {"group", "cluster", "distribute", "zorder"}:
            self.expect_word("by")
        if clause == "window":
            self._windows()
        elif clause == "group":
            self._grouping()
        else:
            self.expressions()
            if clause == "offset":
                self.take_word("row", "rows")

    def _windows(self) -> None:
        while True:
            self.name()
            self.expect_word("as")
            self.window()
            if not self.take_mark(","):
                return

    def _grouping(self) -> None:
        while True:
            if self.take_words("grouping", "sets"):
                self.operand()
            elif not self.take_words("all"):
                self.expression()
            if not self.take_mark(","):
                break
        if self.is_word("with") and self.is_word("rollup", "cube", ahead=1):
            self.take()
            self.take()
        elif self.take_words("grouping", "sets"):
            self.operand()
