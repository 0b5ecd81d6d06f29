"""Expressions of MaxCompute's dialect, taken from the tokens without looking at precedence. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `expression`, `atomExpression`,
`function`, `builtinFunctionStructure`, `window_specification`, `type`). What it does not know is
unproven.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from odps_bot.sql.classification.classes import qualifier_of
from odps_bot.sql.classification.cursor import Cursor
from odps_bot.sql.classification.functions import (
    looks_at_named,
    uses_model,
    why_function_is_unproven,
)
from odps_bot.sql.classification.java_names import clipped
from odps_bot.sql.classification.project_names import table_in_text
from odps_bot.sql.keywords import words
from odps_bot.sql.statements import Kind
from odps_bot.sql.unproven import UnprovenError

#: What a query begins with, unless with a bracket.
QUERY_STARTS = ("select", "with", "from", "values")

_PREFIXES = ("+", "-", "~", "!")
_OPERATORS = (
    *("+", "-", "*", "/", "%", "&", "|", "^", "||"),
    *("=", "==", "<=>", "<>", "!=", "<", "<=", ">", ">="),
    *("->", ":"),
)
_NEGATABLE_OPERATORS = ("like", "ilike", "rlike", "regexp", "between", "in", "escape")
_WORD_OPERATORS = ("and", "or", "div", *_NEGATABLE_OPERATORS)

_TYPED_LITERALS = ("date", "datetime", "timestamp", "timestamp_ntz")

#: Keywords that are functions too.
_ALSO_FUNCTIONS = frozenset({"left", "right", "exists"})

_UNITS = words("year month week day hour minute second")
_UNITS |= {f"{unit}s" for unit in _UNITS}


class Expressions(Cursor, ABC):
    """Takes expressions, functions' arguments, windows and types."""

    @abstractmethod
    def query(self) -> None:
        """Take a query."""

    @abstractmethod
    def set_operations(self) -> None:
        """Take the rest of a union whose first part is taken, and the clauses behind it."""

    def expression(self) -> None:
        """Take one expression."""
        self._prefixed()
        while self._operator():
            self._prefixed()

    def _operator(self) -> bool:
        if self.take_word("is"):
            return self._is_operator()
        if self.is_word("not") and self.is_word(*_NEGATABLE_OPERATORS, ahead=1):
            self.take()
        if self.take_mark(*_OPERATORS):
            return True
        if not self.take_word(*_WORD_OPERATORS):
            return False
        self.take_word("any", "all", "some")
        return True

    def _is_operator(self) -> bool:
        """Take the rest of `is [not] null` or of `is [not] distinct from`."""
        self.take_word("not")
        if self.take_words("distinct", "from"):
            return True
        self.expect_word("null", "true", "false")
        return self._operator()

    def _prefixed(self) -> None:
        while self.take_mark(*_PREFIXES) or self.take_word("not"):
            pass
        self.operand()

    def operand(self) -> None:
        """Take an expression without operators outside of brackets."""
        token = self.peek()
        if token.kind is Kind.STRING:
            while self.peek().kind is Kind.STRING:
                self.take()
        elif token.kind in {Kind.NUMBER, Kind.VARIABLE}:
            self.take()
            if token.kind is Kind.VARIABLE and self.is_mark("("):
                self.arguments()
        elif self.is_mark("("):
            self._group()
        elif not self._keyword_operand():
            self._reference()
        self._accessors()

    def _keyword_operand(self) -> bool:
        """Take an operand that begins with a keyword of its own, if there is one."""
        if self.take_word("null", "true", "false"):
            return True
        if self.take_word("case"):
            with self.deeper():
                self._case()
            return True
        if self.take_before_bracket("cast", "try_cast", "safe_cast"):
            with self.brackets():
                self.expression()
                self.expect_word("as")
                self.type()
            return True
        if self.peek(1).kind is Kind.STRING and self.take_word(*_TYPED_LITERALS):
            self.take()
            return True
        return self._interval()

    def _interval(self) -> bool:
        is_literal = self.peek(1).kind in {Kind.STRING, Kind.NUMBER}
        if not (is_literal or self.is_mark("(", "-", ahead=1)) or not self.take_word("interval"):
            return False
        self.take_mark("-")
        with self.deeper():
            self.operand()
        self.expect_word(*_UNITS)
        if self.take_word("to"):
            self.expect_word(*_UNITS)
        return True

    def _case(self) -> None:
        if not self.is_word("when"):
            self.expression()
        self.expect_word("when")
        while True:
            self.expression()
            self.expect_word("then")
            self.expression()
            if not self.take_word("when"):
                break
        if self.take_word("else"):
            self.expression()
        self.expect_word("end")

    def _group(self) -> None:
        with self.brackets():
            if self.is_mark(")"):
                return
            if self.is_word(*QUERY_STARTS):
                self.query()
            else:
                self.expressions()
                self.set_operations()

    def _reference(self) -> None:
        """Take a column, a function's call, or a dotted path to either."""
        is_function = self.is_mark("(", ahead=1) and self.peek().word in _ALSO_FUNCTIONS
        first = self.take().text if is_function else self.name()
        parts = [first]
        while self.is_mark(".") and not self.is_mark("*", ahead=1):
            self.take()
            parts.append(self.member())
        is_of_project = self.peek(-2 * len(parts)).text == ":"
        # project:function(…), project:schema.function(…)
        if self.is_mark(":"):
            self.qualifiers.add(first.lower())
            if self._is_function_of_project():
                self.places.add_project(first)
        if not self.is_mark("("):
            self.references.use(parts)
            return
        self.qualifiers |= {qualifier_of(".".join(parts))} - {""}
        if not is_of_project:
            self.places.add(".".join(parts))
        self.called(parts, is_of_project=is_of_project)
        self.call()

    def _is_function_of_project(self) -> bool:
        dotted = 2 if self.is_mark(".", ahead=2) else 0
        return self.is_name(ahead=1) and self.is_mark("(", ahead=2 + dotted)

    def called(self, parts: Sequence[str], *, is_of_project: bool = False) -> None:
        """Judge the function whose name is taken: whether it is Java, and what it looks at."""
        self.references.call(parts)
        if reason := why_function_is_unproven(parts, is_of_project=is_of_project):
            raise UnprovenError(reason)
        if looks_at_named(parts):
            self._named_by_text()
        elif uses_model(parts) and self.is_name(ahead=1) and self.is_mark(".", ahead=2):
            self._model()

    def _model(self) -> None:
        """Remember the project of the model that is named behind the next bracket."""
        name = self.peek(1).text
        ahead = 2
        while self.is_mark(".", ahead=ahead) and self.is_name(ahead=ahead + 1):
            name += f".{self.peek(ahead + 1).text}"
            ahead += 2
        if self.is_mark(",", ")", ahead=ahead):
            self.places.add(name)
            self.references.declare_model(name)

    def _named_by_text(self) -> None:
        """Remember the project of the table that the text behind the next bracket names."""
        ahead = 1
        texts = []
        while self.peek(ahead).kind is Kind.STRING:
            texts.append(self.peek(ahead).text[1:-1])
            ahead += 1
        if not texts or not self.is_mark(",", ")", ahead=ahead):
            raise UnprovenError("It names a table by something other than a plain string.")
        table = table_in_text("".join(texts))
        if table is None:
            raise UnprovenError("It names a table by a string that isn't the name of one.")
        self.qualifiers |= {qualifier_of(table)} - {""}
        self.places.add(table)

    def _accessors(self) -> None:
        """Take `.field` and `[index]` behind an operand; a method there is one of Java."""
        while True:
            if self.is_mark("["):
                with self.brackets("[", "]"):
                    self.expression()
            elif self.is_mark(".") and not self.is_mark("*", ahead=1):
                self.take()
                method = self.member()
                if self.is_mark("("):
                    raise UnprovenError(f"It calls a Java method (`{clipped(method)}`).")
            else:
                return

    def alias(self) -> str:
        """Return a new name, with or without `as`, if there is one; otherwise an empty text."""
        is_announced = self.take_word("as")
        if is_announced and self.is_mark("("):
            self.new_columns()
            return ""
        if self.is_quoted_alias() or (is_announced and self.peek().kind is Kind.STRING):
            name = self.take().text[1:-1]
        elif is_announced or self.is_name():
            name = self.name()
        else:
            return ""
        self.references.declare_column(name)
        return name

    def is_quoted_alias(self) -> bool:
        """Return whether a string in double quotes comes next, which may be a new name."""
        return self.peek().kind is Kind.STRING and self.peek().text.startswith('"')

    def expressions(self) -> None:
        """Take expressions with commas between them."""
        self.separated(self.expression)

    def call(self) -> None:
        """Take a function's arguments, and what may follow them."""
        self.arguments()
        if self.take_words("within", "group"):
            with self.brackets():
                self.ordering()
        if self.take_before_bracket("filter"):
            with self.brackets():
                self.expect_word("where")
                self.expression()
        if self.is_word("nulls", ahead=1) and self.take_word("ignore", "respect"):
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
            self.separated(self._argument)
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
            self.take() if self.peek().kind in {Kind.WORD, Kind.NAME} else self.reject()
            self.take()
        self.type()
