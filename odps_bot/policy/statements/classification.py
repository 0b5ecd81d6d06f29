"""What a text does: each statement of it, its settings, and the strongest of all. Pure.

The wall: a text is cut by MaxCompute's published lexical rules, and a statement is a read only if
all of it fits the published grammar of queries or the shape of an inquiry. Whatever is not proven,
and whatever two readers of the text would read differently, is UNKNOWN.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from odps_bot.maxcompute.statements import settings_in, split_statements
from odps_bot.policy.statements import shapes
from odps_bot.policy.statements.calls import QUERY_STARTS
from odps_bot.policy.statements.classes import (
    Classification,
    Setting,
    StatementClass,
    StatementInfo,
)
from odps_bot.policy.statements.definitions import definition
from odps_bot.policy.statements.doubts import DoubtError
from odps_bot.policy.statements.lexer import Kind, Token, tokens_of, words_in
from odps_bot.policy.statements.setting_lines import (
    class_of_setting,
    doubt_about,
    is_setting,
    setting_beside,
    setting_of,
    why_forbidden,
)
from odps_bot.policy.statements.writes import Statements

#: Longer texts are not read: in so many characters.
LONGEST = 300_000

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9._-]+)\}")

_WORD = re.compile(r"\w+")

_NO_HINTS: Mapping[str, str] = MappingProxyType({})

_NO_STATEMENT = "There is no statement."
_CUT_DIFFERENTLY = "It would be split into other statements when it is sent."


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
        pieces = [piece for piece in _pieces(sql) if piece]
        written = tuple(setting_of(piece, sql) for piece in pieces if is_setting(piece))
        settings = (*written, *(setting_beside(key, value) for key, value in hints))
        statements = tuple(_statement(piece) for piece in pieces if not is_setting(piece))
        _check_what_is_sent(sql, written, len(pieces))
        _check_substitutions(sql, settings)
    except DoubtError as doubt:
        return _unknown(sql, hints, str(doubt))
    except RecursionError:  # pragma: no cover -- depth is bounded; the caller's stack may be deep
        return _unknown(sql, hints, "It is nested too deeply.")
    return _whole(statements, settings) if pieces else _unknown(sql, hints, _NO_STATEMENT)


def is_plainly_a_read(sql: str) -> bool:
    """Return whether `sql` is one statement that can only read: it may be sent twice."""
    classification = classify(sql)
    return classification.is_read and len(classification.statements) == 1


def _whole(statements: tuple[StatementInfo, ...], settings: tuple[Setting, ...]) -> Classification:
    classes = [statement.statement_class for statement in statements]
    classes += [class_of_setting(setting) for setting in settings]
    doubts = [statement.doubt for statement in statements if statement.doubt]
    doubts += [
        doubt_about(setting)
        for setting in settings
        if class_of_setting(setting) is StatementClass.UNKNOWN
    ]
    return Classification(
        statement_class=max(classes),
        statements=statements,
        settings=settings,
        forbidden_settings=tuple(filter(None, map(why_forbidden, settings))),
        doubt=doubts[0] if doubts else "",
    )


def _unknown(sql: str, hints: tuple[tuple[str, str], ...], doubt: str) -> Classification:
    """Return the class of what cannot be read as a whole; what it sets may be read all the same."""
    pairs = (*settings_in(sql).items(), *hints)
    settings = (Setting(key=key, value=value, offset=0) for key, value in pairs)
    return Classification(
        statement_class=StatementClass.UNKNOWN,
        qualifiers=frozenset(_WORD.findall(sql.lower())),
        forbidden_settings=tuple(filter(None, map(why_forbidden, settings))),
        doubt=doubt,
    )


def _pieces(sql: str) -> Iterator[list[Token]]:
    """Yield the tokens of each statement, none of them where there is nothing."""
    piece: list[Token] = []
    for token in tokens_of(sql):
        if token.kind is Kind.SEMICOLON:
            yield piece
            piece = []
        else:
            piece.append(token)
    yield piece


def _statement(tokens: Sequence[Token]) -> StatementInfo:
    try:
        return _proven(tokens)
    except DoubtError as doubt:
        return StatementInfo(
            statement_class=StatementClass.UNKNOWN,
            verb=tokens[0].word.upper() if tokens[0].word.isascii() else "",
            offset=tokens[0].offset,
            qualifiers=words_in(tokens) | _words_of_texts(tokens),
            doubt=str(doubt),
        )


def _words_of_texts(tokens: Sequence[Token]) -> frozenset[str]:
    """Return all words in quotes: of PAI commands, they may name tables."""
    texts = (token.text.lower() for token in tokens if token.kind is Kind.STRING)
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _proven(tokens: Sequence[Token]) -> StatementInfo:  # noqa: PLR0911  -- a table of first words
    first = tokens[0]
    second = tokens[1].word if len(tokens) > 1 else ""
    if first.word in {*QUERY_STARTS, "insert"} or first.text == "(":
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
    return definition(tokens)


def _inquiry(tokens: Sequence[Token]) -> StatementInfo:
    if not shapes.is_inquiry(tokens):
        raise DoubtError("It isn't a known form of read.")
    return StatementInfo(
        statement_class=StatementClass.READ,
        verb=tokens[0].word.upper(),
        offset=tokens[0].offset,
        qualifiers=words_in(tokens),
        is_repeatable=True,
    )


def _check_what_is_sent(sql: str, settings: tuple[Setting, ...], count: int) -> None:
    """Raise DoubtError if the client that sends the text reads it in another way."""
    ours = {setting.key: setting.value for setting in settings}
    if len(split_statements(sql)) != count or settings_in(sql) != ours:
        raise DoubtError(_CUT_DIFFERENTLY)


def _check_substitutions(sql: str, settings: Iterable[Setting]) -> None:
    """Raise DoubtError if a `${name}` could stand for a setting's value."""
    keys = {setting.key for setting in settings}
    for substitution in _SUBSTITUTION.finditer(sql):
        if substitution[1] in keys:
            raise DoubtError(f"`{substitution[0]}` may expand to more than a name.")
