"""Queries of MaxCompute's dialect: SELECT, WITH, FROM first, VALUES, and unions of them. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `queryExpression`, `selectClause`,
`setRHS`, `fromSource`, `joinRHS`, `lateralView`, `tableSample`), and what the manual has beside it:
QUALIFY, GROUP BY ALL, PIVOT, time travel.
"""

from collections.abc import Sequence

from odps_bot.sql.classification.expressions import QUERY_STARTS, Expressions
from odps_bot.sql.statements import Kind, Token

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_VARIABLE, _MARK = Kind.VARIABLE, Kind.MARK

_JOINING = frozenset({"lateral", "natural", "inner", "cross", "left", "right", "full", "join"})
_SET_OPERATORS = ("union", "intersect", "except", "minus")

#: Clauses in the order in which they may follow each other.
_CLAUSES = (
    *("where", "group", "having", "window", "qualify", "order"),
    *("cluster", "distribute", "sort", "zorder", "limit", "offset"),
)
_PLACES = {clause: place for place, clause in enumerate(_CLAUSES)}


#: `project.schema.table.column`, in tokens; of a longer name in a list the column is not known.
_LONGEST_COLUMN = 8

_NAMES = (Kind.WORD, Kind.NAME)


class Queries(Expressions):
    """Takes queries, and remembers the names that they read from."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self.sources: set[str] = set()

    def is_query(self) -> bool:
        """Return whether a query comes next, in brackets or not."""
        ahead = 0
        while self.is_mark("(", ahead=ahead):
            ahead += 1
        return self.is_word(*QUERY_STARTS, ahead=ahead)

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
        self.separated(self._common_table)

    def _common_table(self) -> None:
        name = self.name()
        self.references.declare_column(name)
        if self.is_mark("("):
            self.new_columns()
        self.expect_word("as")
        with self.brackets(), self.references.subquery(name):
            self.query()

    def set_operations(self) -> None:
        """Take `union …` as often as there is one, and the clauses behind the last."""
        while self.take_word(*_SET_OPERATORS):
            self.take_word("all", "distinct")
            self._term()
        self.clauses()

    def _term(self) -> None:
        if self.is_word("select"):
            self.select()
        elif self.is_mark("("):
            self._in_brackets()
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

    def _in_brackets(self) -> None:
        """Take a query in brackets, however many: generated unions have hundreds in each other."""
        opened = 0
        while self.take_mark("("):
            opened += 1
        with self.deeper():
            self.query()
        while True:
            self.expect_mark(")")
            self.clauses()
            opened -= 1
            if not opened:
                return
            # The query in the next bracket: what was in this one is its first part.
            self.set_operations()

    def select(self) -> None:
        """Take `select …` with all of its clauses."""
        with self.references.query():
            self._select()

    def _select(self) -> None:
        self.expect_word("select")
        self.take_word("all", "distinct")
        self.separated(self._item)
        if self.take_word("from"):
            self.joined_sources()
        elif self.is_word("lateral"):
            self.lateral_views()
        self.clauses()

    def _item(self) -> None:
        if self.is_mark("*"):
            self._star()
            return
        start = self._at
        self.expression()
        end = self._at
        if self.take_mark("."):
            self._star()
            return
        alias = self.alias()
        is_column = end - start < _LONGEST_COLUMN and self._tokens[end - 1].kind in _NAMES
        if alias or is_column:
            self.references.declare_output(alias or self._tokens[end - 1].text)

    def _star(self) -> None:
        self.expect_mark("*")
        self.references.pass_columns_at_end()
        if self.take_before_bracket("except", "exclude"):
            self.names_in_brackets()
        if self.take_before_bracket("replace"):
            with self.brackets():
                self.items_with_aliases()

    def clauses(self, *, until: str = "offset") -> None:
        """Take the clauses behind the sources, each once and in their order."""
        last = _PLACES[until]
        place = 0
        while place <= _PLACES.get(self.peek().word, -1) <= last:
            clause = self.peek().word
            if clause == "offset" and self.is_mark(",", ahead=1):
                return
            place = _PLACES[clause] + 1
            self._clause(clause)

    def _clause(self, clause: str) -> None:
        if clause in {"order", "sort"}:
            self.ordering()
            return
        self.take()
        if clause in {"group", "cluster", "distribute", "zorder"}:
            self.expect_word("by")
        if clause == "window":
            self.separated(self._window)
        elif clause == "group":
            self._grouping()
        else:
            self.expressions()
            if clause == "offset":
                self.take_word("row", "rows")

    def _window(self) -> None:
        self.name()
        self.expect_word("as")
        self.window()

    def _grouping(self) -> None:
        self.separated(self._group_key)
        if self.take_words("with", "rollup") or self.take_words("with", "cube"):
            return
        if self.take_words("grouping", "sets"):
            self.operand()

    def _group_key(self) -> None:
        if self.take_words("grouping", "sets"):
            self.operand()
        elif not self.take_word("all"):
            self.expression()

    def joined_sources(self) -> None:
        """Take what stands behind `from`."""
        self._source()
        while self._join():
            pass

    def _join(self) -> bool:
        token = self.peek()
        if token.word not in _JOINING and token.text != ",":
            return False
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
            self.called(self.dotted_name().split("."))
            self.call()
            self.references.declare_source(self.name())
            if self.take_word("as"):
                self.separated(lambda: self.references.declare_source(self.name()))

    def _source(self) -> None:
        if self.is_mark("("):
            self._source_in_brackets()
        elif self.take_word("values"):
            self.expressions()
        elif self.peek().kind is _VARIABLE:
            self.references.declare_table(self.take().text)
        else:
            self._table()
            return
        self._table_alias()
        self._behind_alias()

    def _source_in_brackets(self) -> bool:
        """Take a query or sources in brackets; return whether it is a query and nothing else."""
        is_query = may_have_alias = True
        with self.brackets(levels=1):
            if self.is_word(*QUERY_STARTS):
                with self.deeper(), self.references.subquery():
                    self.query()
            elif self.is_mark("("):
                is_query = self._source_in_brackets()
                if is_query:
                    with self.references.subquery():
                        self.clauses()
                        self.set_operations()
            else:
                is_query = may_have_alias = False
                self._source()
            # What looked like a query may have been the first of several sources.
            if may_have_alias and self._table_alias():
                is_query = False
            while self._join():
                is_query = False
        return is_query

    def _behind_alias(self) -> None:
        if not self.is_word("tablesample", "pivot", "unpivot"):
            return
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
        self.references.declare_table(name)
        if self.is_mark("("):
            self.called(name.split("."))
            self.arguments()
        if self.is_word("timestamp", "version"):
            self._time_travel()
        self._sample()
        # Behind an alias the name of the table itself leads nowhere.
        if not self._table_alias():
            self.references.declare_source(name)
        self._behind_alias()

    def _time_travel(self) -> None:
        word = self.peek().word
        if self.take_words(word, "between") or self.take_words(word, "as", "of"):
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
        if self.peek().kind is _MARK:
            return False
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
        self.separated(self._item_with_alias)

    def _item_with_alias(self) -> None:
        self.expression()
        self.alias()
