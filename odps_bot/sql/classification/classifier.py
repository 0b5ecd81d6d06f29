"""What a text does: each statement of it, its settings, and the strongest of all. Pure.

The wall: a text is cut by MaxCompute's published lexical rules, and a statement is a read only if
all of it fits the published grammar of queries or the shape of an inquiry. Whatever is not proven,
and whatever two readers of the text would read differently, is UNKNOWN.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from odps_bot.sql.classification import shapes
from odps_bot.sql.classification.classes import Classification, StatementClass, StatementInfo
from odps_bot.sql.classification.definitions import definition
from odps_bot.sql.classification.destruction import destroyed_by_definition, perhaps_destroyed
from odps_bot.sql.classification.expressions import QUERY_STARTS
from odps_bot.sql.classification.function_bodies import Body, begins_body
from odps_bot.sql.classification.project_names import (
    places_in_text,
    places_of_inquiry,
    places_of_unproven,
)
from odps_bot.sql.classification.runs_as import with_way
from odps_bot.sql.classification.settings import (
    class_of_setting,
    setting_beside,
    setting_of,
    why_forbidden,
    why_setting_is_unproven,
)
from odps_bot.sql.classification.writes import Statements
from odps_bot.sql.other_readers import statements_behind_semicolons
from odps_bot.sql.settings import Setting
from odps_bot.sql.statements import Kind, Statement, Token, cut
from odps_bot.sql.tokenizer import check_marks, tokens_of, words_in
from odps_bot.sql.unproven import UnprovenError

#: Longer texts are not read, in characters: MaxCompute takes no longer ones, either.
#: https://www.alibabacloud.com/help/en/maxcompute/product-overview/limits-6
LONGEST = 2 * 1024 * 1024

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9._-]+)\}")

_WORD = re.compile(r"\w+")

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_COMMENT, _NAME = Kind.COMMENT, Kind.NAME

_ABOUT_ROWS = frozenset({*QUERY_STARTS, "insert"})

_NO_HINTS: Mapping[str, str] = MappingProxyType({})

_NO_STATEMENT = "There is no statement."


def classify(sql: str, hints: Mapping[str, str] = _NO_HINTS) -> Classification:
    """Return what the text does; never raises, and takes at most a second or two.

    `hints` are settings that are sent beside the text: they count as those in it. What people typed
    comes with `odps_bot.input.sql_input` already applied: this is about the text that is sent.
    """
    return _classify(sql, tuple(hints.items()))


# The same statement is asked about by a command, at each click and before it is submitted, and
# people wait for the answer.
@functools.lru_cache(maxsize=32)
def _classify(sql: str, hints: tuple[tuple[str, str], ...]) -> Classification:
    if len(sql) > LONGEST:
        return _unknown(sql, hints, f"It has more than {LONGEST:,} characters.")
    try:
        statements, settings = _proven_parts(sql)
        is_empty = not statements and not settings
        settings += [setting_beside(key, value) for key, value in hints]
        _check_substitutions(sql, settings)
    except UnprovenError as error:
        return _unknown(sql, hints, str(error))
    except RecursionError:  # pragma: no cover -- depth is bounded; the caller's stack may be deep
        return _unknown(sql, hints, "It is nested too deeply.")
    return _unknown(sql, hints, _NO_STATEMENT) if is_empty else _whole(statements, settings)


def is_plainly_a_read(sql: str, hints: Mapping[str, str] = _NO_HINTS) -> bool:
    """Return whether this is one statement that can only read: it may be sent twice."""
    classification = classify(sql, hints)
    return classification.is_read and len(classification.statements) == 1


def _proven_parts(sql: str) -> tuple[list[StatementInfo], list[Setting]]:
    """Return what the statements do, and what the text sets.

    Raises UnprovenError where readers of the text would find others.
    """
    if "\0" in sql:
        raise UnprovenError("It contains a null character.")
    statements: list[StatementInfo] = []
    settings: list[Setting] = []
    known: dict[str, StatementInfo] = {}  # generated scripts repeat themselves
    parts = iter(cut(sql))
    for part in parts:
        if part.bare in known and not part.has_comments:
            statements.append(known[part.bare])
            continue
        _check_other_readers(part)
        if not (tokens := tokens_of(part)):
            continue
        if setting := setting_of(part, tokens):
            settings.append(setting)
        elif begins_body(tokens):
            statements.append(_function(tokens, parts))
        else:
            known[part.bare] = _statement(tokens)
            statements.append(known[part.bare])
    return statements, settings


def _check_other_readers(part: Statement) -> None:
    """Raise UnprovenError if a comment or name holds a statement to others that is no read."""
    for token in part.tokens:
        is_block = token.kind is _COMMENT and not token.text.startswith("--")
        if not is_block and token.kind is not _NAME:
            continue
        for statement in statements_behind_semicolons(token.text):
            # A setting would end there.
            if part.setting or not classify(statement).is_read:
                what = "block comment" if is_block else "name in backticks"
                raise UnprovenError(f"A {what} contains a statement behind a semicolon.")


def _function(head: Sequence[Token], parts: Iterator[Statement]) -> StatementInfo:
    """Return what `create sql function … as begin …; end` does: its body may only read."""
    body = Body(head)
    while not body.is_closed:
        part = next(parts, None)
        if part is None:
            raise UnprovenError("The end of a function's body is missing.")
        _check_other_readers(part)
        body.add(tokens_of(part))
    infos = [_statement(tokens) for tokens in body.statements]
    if reason := next((info.unproven for info in infos if info.unproven), ""):
        raise UnprovenError(reason)
    if any(info.statement_class is not StatementClass.READ for info in infos):
        raise UnprovenError("A function's body changes something.")
    info = definition(body.head)
    return replace(
        info,
        qualifiers=info.qualifiers.union(*(inner.qualifiers for inner in infos)),
        projects=info.projects.union(*(inner.projects for inner in infos)),
        containers=info.containers.union(*(inner.containers for inner in infos)),
    )


def _whole(statements: Sequence[StatementInfo], settings: Sequence[Setting]) -> Classification:
    settings_class = _class_of(settings)
    reasons = [statement.unproven for statement in statements if statement.unproven]
    reasons += [
        why_setting_is_unproven(setting)
        for setting in settings
        if class_of_setting(setting) is StatementClass.UNKNOWN
    ]
    return Classification(
        statement_class=max([settings_class, *(info.statement_class for info in statements)]),
        statements=tuple(statements),
        settings=tuple(settings),
        settings_class=settings_class,
        forbidden_settings=tuple(filter(None, map(why_forbidden, settings))),
        unproven=reasons[0] if reasons else "",
        destroys=tuple(
            dict.fromkeys(
                destruction for statement in statements for destruction in statement.destroys
            )
        ),
    )


def _class_of(settings: Iterable[Setting]) -> StatementClass:
    return max(map(class_of_setting, settings), default=StatementClass.READ)


def _unknown(sql: str, hints: tuple[tuple[str, str], ...], unproven: str) -> Classification:
    """Return the class of what cannot be read as a whole; what it sets may be read all the same."""
    settings = [part.setting for part in cut(sql) if part.setting]
    settings += [Setting(key=key, value=value) for key, value in hints]
    places = places_in_text(sql)
    words = frozenset(_WORD.findall(sql.lower()))
    return Classification(
        statement_class=StatementClass.UNKNOWN,
        qualifiers=words,
        projects=frozenset(places.projects | places.containers),
        settings_class=_class_of(settings),
        forbidden_settings=tuple(filter(None, map(why_forbidden, settings))),
        unproven=unproven,
        destroys=perhaps_destroyed(words),
    )


def _statement(tokens: Sequence[Token]) -> StatementInfo:
    try:
        info = _proven(tokens)
    except UnprovenError as error:
        places = places_of_unproven(tokens)
        info = StatementInfo(
            statement_class=StatementClass.UNKNOWN,
            verb=tokens[0].word.upper() if tokens[0].word.isascii() else "",
            qualifiers=words_in(tokens) | _words_of_texts(tokens),
            projects=frozenset(places.projects),
            containers=frozenset(places.containers),
            unproven=str(error),
            # A PAI command runs an algorithm: its words are options.
            destroys=() if tokens[0].word == "pai" else perhaps_destroyed(t.word for t in tokens),
        )
    return with_way(info, tokens)


def _words_of_texts(tokens: Sequence[Token]) -> frozenset[str]:
    """Return all words in quotes: of PAI commands, they may name tables."""
    texts = (token.text.lower() for token in tokens if token.kind is Kind.STRING)
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _proven(tokens: Sequence[Token]) -> StatementInfo:  # noqa: PLR0911  -- a table of first words
    check_marks(tokens)
    first = tokens[0]
    second = tokens[1].word if len(tokens) > 1 else ""
    if first.word in _ABOUT_ROWS or first.text == "(":
        return Statements(tokens).query_or_insert()
    if first.kind is Kind.VARIABLE:
        return Statements(tokens).assignment()
    if first.word == "explain" or (first.word, second) == ("cost", "sql"):
        return Statements(tokens).explain()
    if first.word == "update":
        return Statements(tokens).update()
    if first.word == "delete" and second == "from":
        return Statements(tokens).delete()
    if first.word == "merge":
        return Statements(tokens).merge()
    if first.word in {"load", "unload", "export", "import"}:
        return Statements(tokens).transfer(first.word.upper())
    if first.word in shapes.VERBS:
        return _inquiry(tokens)
    return replace(definition(tokens), destroys=destroyed_by_definition(tokens))


def _inquiry(tokens: Sequence[Token]) -> StatementInfo:
    if not shapes.is_inquiry(tokens):
        raise UnprovenError("It isn't a known form of read.")
    places = places_of_inquiry(tokens)
    return StatementInfo(
        statement_class=StatementClass.READ,
        verb=tokens[0].word.upper(),
        qualifiers=words_in(tokens),
        projects=frozenset(places.projects),
        containers=frozenset(places.containers),
        is_repeatable=True,
    )


def _check_substitutions(sql: str, settings: Iterable[Setting]) -> None:
    """Raise UnprovenError if a `${name}` could stand for a setting's value."""
    keys = {setting.key.lower() for setting in settings}
    for substitution in _SUBSTITUTION.finditer(sql):
        if substitution[1].lower() in keys:
            raise UnprovenError(f"`{substitution[0]}` may expand to more than a name.")
