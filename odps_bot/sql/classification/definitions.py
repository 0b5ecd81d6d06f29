"""Statements that change definitions, rights and resources. Pure.

Their first words decide; a query inside must be proven to be one. Sources: rules `ddlStatement`,
`authorizationStatement`, `resourceManagement` of OdpsParser.g4 of aliyun/aliyun-odps-java-sdk.
"""

from collections.abc import Sequence

from odps_bot.sql.classification.classes import StatementClass, StatementInfo, qualifier_of
from odps_bot.sql.classification.project_names import places_of_definition, places_of_rights
from odps_bot.sql.classification.queries import Queries
from odps_bot.sql.classification.references import refuse_java_in
from odps_bot.sql.keywords import words
from odps_bot.sql.statements import Kind, Token
from odps_bot.sql.tokenizer import words_in
from odps_bot.sql.unproven import UnprovenError

#: Words between a verb and what it is about.
_BETWEEN = (
    *("or", "replace", "temporary", "external", "materialized", "sql", "tenant", "delta"),
    # https://www.alibabacloud.com/help/en/maxcompute/bloomfilter-index-beta
    *("bloomfilter", "bitmap"),
)

_DEFINED = words("table view function macro index schema model offlinemodel database")
_GUARDED = words(
    "role package user group policy masking row resource project accountprovider quota network"
    " networklink tenant"
)

_TABLES = ("table", "view")

#: Verbs of definitions, with the words of which one must follow.
_DDL = {
    **dict.fromkeys(("truncate", "clone", "restore", "undo", "redo", "analyze"), ("table",)),
    **dict.fromkeys(("lock", "unlock"), ("table", "database", "schema")),
    "purge": ("table", "all", "temporary"),
    "msck": ("table", "repair"),
    "rebuild": ("vectorindex", "index"),
    "reload": ("function",),
    "exstore": (),
}

_ADMIN = words(
    "grant revoke remove allow disallow install uninstall put clear use setproject kill unset"
    " changeowner"
)

_ADMIN_PAIRS = (
    *("purge privileges", "purge privs", "set label", "set role"),
    *("delete package", "delete role", "delete tenant"),
)
#: What has a class by its two first words.
_PAIRS = {
    **dict.fromkeys(_ADMIN_PAIRS, StatementClass.ADMIN),
    **dict.fromkeys(("add statistic", "remove statistic"), StatementClass.DDL),
}

#: Where code may be named without being run.
_NAMES_CODE = (("create", "function"), ("create", "table"), ("create", "view"))


class Definition(Queries):
    """Takes one statement about definitions, rights or resources."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self._query_start = len(tokens)
        self._changes: set[str] = set()

    def statement(self) -> StatementInfo:
        """Return what the statement does; raises UnprovenError for verbs it does not know."""
        verb, noun = self.peek().word, self._noun()
        statement_class = _class_of(verb, self.peek(1).word, noun)
        if statement_class is StatementClass.UNKNOWN:
            raise UnprovenError("I can't tell what it does.")
        targets = self._targets(verb, noun) if statement_class is StatementClass.DDL else ()
        if statement_class is StatementClass.DDL:
            self._check_inside(names_code=(verb, noun) in _NAMES_CODE)
        self._add_places(statement_class, noun)
        return StatementInfo(
            statement_class=statement_class,
            verb=f"{verb} {noun}".upper() if noun in _DEFINED | _GUARDED else verb.upper(),
            targets=targets,
            sources=frozenset(self.sources),
            qualifiers=self._qualifiers(statement_class, noun),
            projects=frozenset(self.places.projects),
            containers=frozenset(self.places.containers),
            changes=frozenset(self._changes),
        )

    def _qualifiers(self, statement_class: StatementClass, noun: str) -> frozenset[str]:
        if statement_class is not StatementClass.DDL or noun in {"database", "schema"}:
            return words_in(self._tokens)
        # Tables stand behind LIKE, EXCHANGE and more, so that whatever has a dot counts.
        marks = {".", ":"} if noun == "function" else {"."}
        dots = (at for at, token in enumerate(self._tokens) if token.text in marks)
        return frozenset(
            self.qualifiers
            | {self._tokens[at - 1].text.lower() for at in dots if at}
            | {qualifier_of(token.text) for token in self._tokens if token.kind is Kind.NAME}
        ) - {""}

    def _add_places(self, statement_class: StatementClass, noun: str) -> None:
        """Add the places of the names around a query, whose own are known."""
        if statement_class is StatementClass.DDL:
            outside = self._tokens[: self._query_start]
            found = places_of_definition(outside, noun)
            self._changes |= found.changed
        else:
            found = places_of_rights(self._tokens)
        self.places.projects |= found.projects
        self.places.containers |= found.containers

    def _noun(self) -> str:
        ahead = 1
        while self.is_word(*_BETWEEN, ahead=ahead):
            ahead += 1
        return self.peek(ahead).word

    def _targets(self, verb: str, noun: str) -> tuple[str, ...]:
        """Return the table or view that is changed; go on behind its name."""
        self.take()
        while self.take_word(*_BETWEEN, "repair"):
            pass
        is_table = noun in _TABLES or (verb == "msck" and self.is_word("table"))
        if not is_table and not self.is_word(*_DEFINED):
            return ()
        self.take()
        self.take_words("if", "not", "exists")
        self.take_words("if", "exists")
        if not is_table and not self.is_name():
            return ()
        name = self.dotted_name()
        if noun == "index" and self.take_word("on"):
            self.take_word("table")
            return (self.dotted_name(),)
        if verb == "clone":
            start = self._at
            while not self.is_at_end and not self.take_word("to"):
                self.take()
            refuse_java_in(self._tokens[start : self._at])
            name = self.dotted_name()
        return (name,) if is_table else ()

    def _check_inside(self, *, names_code: bool) -> None:
        """Raise UnprovenError if the statement runs code, or holds a query that is not proven."""
        start = self._at
        while not self.is_at_end:
            if self.is_word("begin", "loop", "new") or self.is_mark("#", "{", "}"):
                self.reject()
            if self.is_word("using") and not names_code:
                self.reject()
            if self.take_word("as") and self.is_query():
                refuse_java_in(self._tokens[start : self._at])
                self._query_start = self._at
                self.query()
                self.expect_end()
                return
            if not self.is_at_end:
                self.take()
        refuse_java_in(self._tokens[start:])


def _class_of(verb: str, second: str, noun: str) -> StatementClass:
    if pair := _PAIRS.get(f"{verb} {second}"):
        return pair
    if verb in {"create", "alter", "drop"}:
        if noun in _GUARDED or (verb == "alter" and noun == "database"):
            return StatementClass.ADMIN
        return StatementClass.DDL if noun in _DEFINED else StatementClass.UNKNOWN
    if verb in _DDL:
        is_known = not _DDL[verb] or second in _DDL[verb]
        return StatementClass.DDL if is_known else StatementClass.UNKNOWN
    return StatementClass.ADMIN if verb in _ADMIN or verb == "add" else StatementClass.UNKNOWN


def definition(tokens: Sequence[Token]) -> StatementInfo:
    """Return what a statement about definitions, rights or resources does."""
    if tokens[0].kind is not Kind.WORD:
        raise UnprovenError("It doesn't start with a known keyword.")
    return Definition(tokens).statement()
