"""Statements that change rows, and what stands before a query: WITH, FROM, EXPLAIN, `@x :=`. Pure.

Grammar: OdpsParser.g4 of aliyun/aliyun-odps-java-sdk (rules `queryStatement`, `insertClause`,
`updateStatement`, `deleteStatement`, `mergeStatement`, `loadStatement`, `assignStatement`).
"""

from collections.abc import Sequence

from odps_bot.sql.classification.classes import (
    Destruction,
    DestructionKind,
    StatementClass,
    StatementInfo,
)
from odps_bot.sql.classification.destruction import holds_for_every_row, shown
from odps_bot.sql.classification.queries import Queries
from odps_bot.sql.classification.references import refuse_java_in
from odps_bot.sql.statements import Kind, Token

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_STRING, _NUMBER = Kind.STRING, Kind.NUMBER

_EXPLAIN_OPTIONS = ("extended", "formatted", "dependency", "logical", "authorization", "rewrite")


class Statements(Queries):
    """Takes one statement about rows, from its first token to its last."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self._targets: list[str] = []
        self._is_repeatable = True
        self._destroys: list[Destruction] = []
        self._partition_text = ""  #: of the target that was taken last
        self._is_in_partition = False  #: it names a value for a partition of it

    def query_or_insert(self) -> StatementInfo:
        """Take a query, or an insert whatever stands before it."""
        self.common_tables()
        if self.is_word("insert"):
            return self._insert()
        if self.is_word("from"):
            return self._from_first()
        verb = "SELECT" if self.is_query() and not self.is_word("values") else "VALUES"
        self.query()
        return self._read(verb)

    def explain(self) -> StatementInfo:
        """Take EXPLAIN or COST SQL of a query or an insert: nothing runs."""
        if self.take_words("cost", "sql"):
            verb = "COST SQL"
        else:
            self.expect_word("explain")
            verb = "EXPLAIN"
        while self.take_word(*_EXPLAIN_OPTIONS):
            pass
        self.query_or_insert()
        self._targets.clear()
        self._destroys.clear()
        self._is_repeatable = True
        return self._read(verb)

    def assignment(self) -> StatementInfo:
        """Take `@name := query` or `@name type := expression` of a script."""
        self.take()
        if not self.is_mark(":="):
            self.type()
        if self.take_mark(":="):
            self.take_words("cache", "on")
            if self.is_query():
                self.query()
            else:
                self.expression()
        return self._read(":=")

    def update(self) -> StatementInfo:
        """Take UPDATE."""
        self.expect_word("update")
        self._target()
        self._optional_alias("set")
        self.expect_word("set")
        self.expressions()
        if self.take_word("from"):
            self.joined_sources()
        self._condition(DestructionKind.UPDATE)
        return self._write("UPDATE")

    def delete(self) -> StatementInfo:
        """Take DELETE FROM."""
        self.expect_word("delete")
        self.expect_word("from")
        self._target()
        self._optional_alias("where")
        self._condition(DestructionKind.DELETE)
        return self._write("DELETE")

    def _condition(self, kind: DestructionKind) -> None:
        """Take WHERE, or note that every row is meant."""
        start = self._at
        self.clauses(until="where")
        if holds_for_every_row(self._tokens[start + 1 : self._at]):
            self._destroy(kind)

    def _destroy(self, kind: DestructionKind) -> None:
        self._destroys.append(
            Destruction(kind=kind, name=self._targets[-1], partition=self._partition_text)
        )

    def _overwrite(self) -> None:
        """Note that a table is overwritten; one partition of it is no whole table."""
        if self._is_in_partition:
            return
        has_partitions = bool(self._partition_text)
        self._partition_text = ""
        self._destroy(
            DestructionKind.OVERWRITE_PARTITIONS if has_partitions else DestructionKind.OVERWRITE
        )

    def merge(self) -> StatementInfo:
        """Take MERGE INTO."""
        self.expect_word("merge")
        self.expect_word("into")
        self._target()
        self._optional_alias("using")
        self.expect_word("using")
        self.joined_sources()
        is_every_row = False
        while self.take_word("on"):
            start = self._at
            self.expression()
            is_every_row = is_every_row or holds_for_every_row(self._tokens[start : self._at])
        while self.take_word("when"):
            self._merge_action(is_every_row=is_every_row)
        return self._write("MERGE")

    def transfer(self, verb: str) -> StatementInfo:
        """Take LOAD, UNLOAD, EXPORT or IMPORT; all but the code it may run is as it likes."""
        self.take()
        if verb == "LOAD" and (how := self.take_word("into", "overwrite")):
            self.expect_word("table")
            self._target()
            if how == "overwrite":
                self._overwrite()
        elif verb == "UNLOAD":
            self.expect_word("from")
            self._unloaded()
        else:
            self.take_word("external")
            self.expect_word("table")
            self._target()
            if verb == "EXPORT":
                self._targets.clear()
        refuse_java_in(self._tokens[self._at :])
        for token in self._tokens:
            if token.kind is Kind.STRING:
                self.places.add_of_text(token.text[1:-1])
        while not self.is_at_end:
            if self.is_word("using", "new", "begin", "transform"):
                self.reject()
            self.take()
        return self._write(verb)

    def _unloaded(self) -> None:
        if self.is_mark("("):
            with self.brackets():
                self.query()
        else:
            self.sources.add(self.dotted_name())

    def _insert(self) -> StatementInfo:
        verb = self._insert_clause()
        if self.take_word("values"):
            self.expressions()
        else:
            self.query()
        return self._write(verb, is_repeatable=self._is_repeatable)

    def _from_first(self) -> StatementInfo:
        """Take `from … select`, or `from … insert … select …` with one insert or several."""
        self.expect_word("from")
        self.joined_sources()
        if not self.is_word("insert"):
            self._rest_of_query()
            return self._read("SELECT")
        verbs = set()
        while self.is_word("insert"):
            verbs.add(self._insert_clause())
            self._rest_of_query()
        verb = "INSERT INTO" if "INSERT INTO" in verbs else "INSERT OVERWRITE"
        return self._write(verb, is_repeatable=self._is_repeatable)

    def _rest_of_query(self) -> None:
        self.clauses(until="qualify")
        self.select()
        self.set_operations()

    def _insert_clause(self) -> str:
        self.expect_word("insert")
        how = self.expect_word("into", "overwrite")
        self.take_word("table")
        is_static = self._target()
        self._is_repeatable = self._is_repeatable and is_static and how == "overwrite"
        self.take_words("if", "not", "exists")
        if self.is_mark("(") and not self.is_query():
            self.names_in_brackets()
            self._partition()
        if how == "overwrite":
            self._overwrite()
        return f"INSERT {how.upper()}"

    def _target(self) -> bool:
        """Take a table with its partition; return whether that is certain before it runs."""
        self._targets.append(self.dotted_name())
        self.references.declare_table(self._targets[-1])
        self._partition_text, self._is_in_partition = "", False
        return self._partition()

    def _partition(self) -> bool:
        if not self.take_word("partition"):
            return True
        are_static: list[bool] = []
        start = self._at + 1
        with self.brackets():
            self.separated(lambda: are_static.append(self._partition_value()))
        self._partition_text = shown(self._tokens[start : self._at - 1])
        return all(are_static)

    def _partition_value(self) -> bool:
        self.name()
        if not self.take_mark("=", "=="):
            return False
        self._is_in_partition = True
        is_value = self.peek().kind in (_STRING, _NUMBER)
        is_literal = is_value and self.is_mark(",", ")", ahead=1)
        self.expression()
        return is_literal

    def _optional_alias(self, follower: str) -> None:
        if self.is_word(follower):
            self.references.declare_source(self._targets[-1])
        elif name := self.alias():
            self.references.declare_source(name)

    def _merge_action(self, *, is_every_row: bool) -> None:
        is_matched = not self.take_word("not")
        self.expect_word("matched")
        is_by_source = bool(self.take_word("by")) and self.expect_word("source", "target")
        has_condition = self._merge_condition()
        self.expect_word("then")
        action = self.expect_word("insert", "update", "delete")
        if action == "delete" and is_by_source == "source" and not has_condition:
            self._destroy(DestructionKind.DELETE_UNMATCHED)
        elif action != "insert" and is_matched and is_every_row and not has_condition:
            self._destroy(DestructionKind(action))
        if action == "insert":
            if self.is_mark("("):
                self.operand()
            if not self.take_mark("*"):
                self.expect_word("values")
                self.operand()
        elif action == "update":
            self.expect_word("set")
            if not self.take_mark("*"):
                self.expressions()

    def _merge_condition(self) -> bool:
        """Take AND with a condition; return whether there is one that leaves rows out."""
        if not self.take_word("and"):
            return False
        start = self._at
        self.expression()
        return not holds_for_every_row(self._tokens[start : self._at])

    def _read(self, verb: str) -> StatementInfo:
        return self._info(StatementClass.READ, verb, is_repeatable=True)

    def _write(self, verb: str, *, is_repeatable: bool = False) -> StatementInfo:
        return self._info(StatementClass.WRITE, verb, is_repeatable=is_repeatable)

    def _info(
        self, statement_class: StatementClass, verb: str, *, is_repeatable: bool
    ) -> StatementInfo:
        self.expect_end()
        return StatementInfo(
            statement_class=statement_class,
            verb=verb,
            targets=tuple(dict.fromkeys(self._targets)),
            sources=frozenset(self.sources),
            qualifiers=frozenset(self.qualifiers),
            projects=frozenset(self.places.projects),
            containers=frozenset(self.places.containers),
            destroys=tuple(dict.fromkeys(self._destroys)),
            is_repeatable=is_repeatable,
        )
