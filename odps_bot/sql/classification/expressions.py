"""Expressions of MaxCompute's dialect, taken from the tokens without looking at precedence. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `expression`, `atomExpression`,
`function`, `builtinFunctionStructure`). What it does not know is unproven.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from odps_bot.sql.classification.called_functions import CalledFunctions
from odps_bot.sql.classification.classes import qualifier_of
from odps_bot.sql.classification.java_names import clipped
from odps_bot.sql.keywords import RESERVED, words
from odps_bot.sql.statements import Kind
from odps_bot.sql.unproven import UnprovenError

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_WORD, _STRING, _NUMBER, _VARIABLE, _MARK = (
    Kind.WORD,
    Kind.STRING,
    Kind.NUMBER,
    Kind.VARIABLE,
    Kind.MARK,
)

#: What a query begins with, unless with a bracket.
QUERY_STARTS = ("select", "with", "from", "values")

#: Takes what stands behind an expression; returns whether another one comes next inside.
Rest = Callable[[], bool]

_PREFIXES = frozenset("+-~!")
_OPERATORS = frozenset("+-*/%&|^=<>:") | {"||", "==", "<=>", "<>", "!=", "<=", ">=", "->"}
_NEGATABLE_OPERATORS = ("like", "ilike", "rlike", "regexp", "between", "in", "escape")
_WORD_OPERATORS = ("and", "or", "div", *_NEGATABLE_OPERATORS)
_OPERATOR_WORDS = frozenset({"is", "not", *_WORD_OPERATORS})

_QUANTIFIERS = ("any", "all", "some")

_TYPED_LITERALS = ("date", "datetime", "timestamp", "timestamp_ntz", "json", "decimal", "x")

_KEYWORDS_OF_OPERANDS = frozenset(
    {"null", "true", "false", "case", "cast", "try_cast", "safe_cast", "interval", *_TYPED_LITERALS}
)

_NOT_PLAIN = RESERVED | _KEYWORDS_OF_OPERANDS
_ACCESSORS = frozenset(".[")
_BEHIND_A_PATH = frozenset(".(:")

#: What may follow an expression in CASE, by the word before it.
_AFTER_WORD_OF_CASE = {
    "case": ("when",),
    "when": ("then",),
    "then": ("when", "else", "end"),
    "else": ("end",),
    "end": (),
}

#: Keywords that are functions too.
_ALSO_FUNCTIONS = frozenset({"left", "right", "exists"})

_UNITS = words("year month week day hour minute second")
_UNITS |= {f"{unit}s" for unit in _UNITS}


class Expressions(CalledFunctions, ABC):
    """Takes expressions and functions' arguments."""

    @abstractmethod
    def query(self) -> None:
        """Take a query."""

    @abstractmethod
    def set_operations(self) -> None:
        """Take the rest of a union whose first part is taken, and the clauses behind it."""

    def expression(self) -> None:
        """Take one expression.

        What is open in it is kept in a list, not on Python's stack: generated SQL has hundreds of
        brackets in each other, and long expressions are where the time goes.
        """
        self._expression(is_operand=False)

    def operand(self) -> None:
        """Take an expression without operators outside of brackets."""
        self._expression(is_operand=True)

    def _expression(self, *, is_operand: bool) -> None:
        opened: list[Rest] = []
        while True:
            if not self._take_plain():
                rest = self._operand() if is_operand and not opened else self._prefixed()
                if rest:
                    opened.append(rest)
                    continue
            # An operand is complete: something goes on with it, or with what it stands in.
            while True:
                if self._accessor():
                    opened.append(self._rest_of_index)
                    break
                if (opened or not is_operand) and self._operator():
                    break
                if not opened:
                    return
                if opened[-1]():
                    break
                opened.pop()

    def _take_plain(self) -> bool:
        """Take a number, or a word that can only be a column: most operands are."""
        token = self.peek()
        is_column = token.kind is _WORD and token.word not in _NOT_PLAIN
        if (
            not (is_column and self.peek(1).text not in _BEHIND_A_PATH)
            and token.kind is not _NUMBER
        ):
            return False
        self._at += 1
        return True

    def _operator(self) -> bool:
        """Take an operator; return whether an operand comes next."""
        token = self.peek()
        if token.kind is _MARK:
            if token.text == "->":
                self.declare_parameters()
            if is_operator := token.text in _OPERATORS:
                self.take()
                self.take_before_bracket(*_QUANTIFIERS)
            return is_operator
        if token.word not in _OPERATOR_WORDS:
            return False
        while self.take_word("is"):
            self.take_word("not")
            if self.take_words("distinct", "from"):
                return True
            self.expect_word("null", "true", "false")
        if self.is_word("not") and self.is_word(*_NEGATABLE_OPERATORS, ahead=1):
            self.take()
        if self.take_mark(*_OPERATORS):
            return True
        if not self.take_word(*_WORD_OPERATORS):
            return False
        self.take_word(*_QUANTIFIERS)
        return True

    def _prefixed(self) -> Rest | None:
        while self.is_mark(*_PREFIXES) or self.is_word("not"):
            self.take()
        return self._operand()

    def _operand(self) -> Rest | None:
        """Take an operand up to the next expression in it; return what takes the rest of it."""
        token = self.peek()
        if token.kind is _WORD:
            if token.word in _KEYWORDS_OF_OPERANDS:
                is_taken, rest = self._keyword_operand()
                return rest if is_taken else self._reference()
            return self._reference()
        if token.kind is _STRING:
            while self.peek().kind is _STRING:
                self.take()
        elif token.kind is _NUMBER:
            self.take()
        elif token.kind is _VARIABLE:
            self.take()
            if self.is_mark("("):
                return self._arguments()
        elif self.is_mark("("):
            return self._group()
        else:
            return self._reference()
        return None

    def _keyword_operand(self) -> tuple[bool, Rest | None]:
        """Take an operand that begins with a keyword of its own; return whether there is one."""
        if self.take_word("null", "true", "false"):
            return True, None
        if self.take_word("case"):
            return True, self._case()
        if self.take_before_bracket("cast", "try_cast", "safe_cast"):
            self.expect_mark("(")
            return True, self._rest_of_cast
        if self.peek(1).kind is _STRING and self.take_word(*_TYPED_LITERALS):
            self.take()
            return True, None
        return self._interval(), None

    def _rest_of_cast(self) -> bool:
        self.expect_word("as")
        self.type()
        # https://www.alibabacloud.com/help/en/maxcompute/user-guide/cast
        if self.take_word("format") and not self.is_mark(")"):
            self.expression()
        self.expect_mark(")")
        return False

    def _interval(self) -> bool:
        is_literal = self.peek(1).kind in (_STRING, _NUMBER)
        if not (is_literal or self.is_mark("(", "-", ahead=1)) or not self.take_word("interval"):
            return False
        self.take_mark("-")
        with self.deeper():
            self.operand()
        self.expect_word(*_UNITS)
        if self.take_word("to"):
            self.expect_word(*_UNITS)
        return True

    def _case(self) -> Rest:
        """Return what takes each next keyword of CASE, and says whether it was not the last."""
        follows = _AFTER_WORD_OF_CASE["when" if self.take_word("when") else "case"]

        def rest() -> bool:
            nonlocal follows
            word = self.expect_word(*follows)
            follows = _AFTER_WORD_OF_CASE[word]
            return word != "end"

        return rest

    def _group(self) -> Rest | None:
        self.expect_mark("(")
        if self.take_mark(")"):
            return None
        if not self.is_word(*QUERY_STARTS):
            return self._rest_of_group
        with self.deeper():
            self.query()
        self.expect_mark(")")
        return None

    def _rest_of_group(self) -> bool:
        if self.take_mark(","):
            return True
        self.set_operations()
        self.expect_mark(")")
        return False

    def _reference(self) -> Rest | None:
        """Take a column, or a dotted path to one, or the same with a bracket behind it: a call."""
        is_function = self.is_mark("(", ahead=1) and self.peek().word in _ALSO_FUNCTIONS
        first = self.take().text if is_function else self.name()
        parts = [first]
        while self.is_mark(".") and not self.is_mark("*", ahead=1):
            self.take()
            parts.append(self.member())
        before = -2 * len(parts)
        is_of_project = self.is_mark(":", ahead=before) and self.is_name(ahead=before - 1)
        # project:function(…), project:schema.function(…)
        if self.is_mark(":"):
            self.qualifiers.add(first.lower())
            if self._is_function_of_project():
                self.places.add_project(first)
        if not self.is_mark("("):
            self.references.use(parts)
            return None
        name = ".".join(parts)
        if qualifier := qualifier_of(name):
            self.qualifiers.add(qualifier)
        if not is_of_project:
            self.places.add(name)
        self.called(parts, is_of_project=is_of_project)
        return self._call()

    def _is_function_of_project(self) -> bool:
        ahead = 1
        while self.is_name(ahead=ahead) and self.is_mark(".", ahead=ahead + 1):
            ahead += 2
        return self.is_name(ahead=ahead) and self.is_mark("(", ahead=ahead + 1)

    def _accessor(self) -> bool:
        """Take `.field` behind an operand; return whether an index opens. A method is Java."""
        if self.peek().text not in _ACCESSORS:
            return False
        while self.is_mark(".") and not self.is_mark("*", ahead=1):
            self.take()
            method = self.member()
            if self.is_mark("("):
                raise UnprovenError(f"It calls a Java method (`{clipped(method)}`).")
        return bool(self.take_mark("["))

    def _rest_of_index(self) -> bool:
        self.expect_mark("]")
        return False

    def alias(self) -> str:
        """Return a new name, with or without `as`, if there is one; otherwise an empty text."""
        if self.peek().kind is _MARK:
            return ""
        is_announced = self.take_word("as")
        if is_announced and self.is_mark("("):
            self.new_columns()
            return ""
        if self.is_quoted_alias() or (is_announced and self.peek().kind is _STRING):
            name = self.take().text[1:-1]
        elif is_announced or self.is_name():
            name = self.name()
        else:
            return ""
        self.references.declare_column(name)
        return name

    def is_quoted_alias(self) -> bool:
        """Return whether a string in double quotes comes next, which may be a new name."""
        return self.peek().kind is _STRING and self.peek().text.startswith('"')

    def call(self) -> None:
        """Take a function's arguments, and what may follow them."""
        self._until_closed(self._call())

    def arguments(self) -> None:
        """Take a function's arguments and their brackets."""
        self._until_closed(self._arguments())

    def _until_closed(self, rest: Rest | None) -> None:
        while rest:
            self.expression()
            if not rest():
                return

    def _call(self) -> Rest | None:
        """Take a call up to its first argument; return what takes each next one, and the rest."""
        rest = self._arguments()
        if rest is None:
            self._behind_arguments()
            return None
        return self._rest_of_call

    def _rest_of_call(self) -> bool:
        if self._rest_of_arguments():
            return True
        self._behind_arguments()
        return False

    def _behind_arguments(self) -> None:
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

    def _arguments(self) -> Rest | None:
        self.expect_mark("(")
        if self.take_mark(")"):
            return None
        if self.is_word(*QUERY_STARTS):
            with self.deeper():
                self.query()
            self.expect_mark(")")
            return None
        self.take_word("distinct", "all")
        if self.is_word("both", "leading", "trailing") and not self.is_mark(",", ")", ahead=1):
            self.take()
        return self._rest_of_arguments if self._next_argument() else None

    def _next_argument(self) -> bool:
        """Take arguments that are a star; return whether an expression comes next."""
        while self.take_mark("*"):
            if not self.take_mark(","):
                self._end_arguments()
                return False
        return True

    def _rest_of_arguments(self) -> bool:
        if self.take_mark("."):
            self.expect_mark("*")
        # extract(unit from x), substring(x from a for b), trim(x from y)
        for word in ("from", "for"):
            if self.take_word(word):
                with self.deeper():
                    self.expression()
        if self.take_mark(","):
            return self._next_argument()
        self._end_arguments()
        return False

    def _end_arguments(self) -> None:
        if self.is_word("order"):
            self.ordering()
        self.expect_mark(")")
