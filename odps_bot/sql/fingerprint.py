"""What statements have in common that differ in values only. Pure."""

import hashlib
import re
from collections.abc import Iterator

from odps_bot.sql.statements import Kind, Statement, Token, cut

_NUMBER = re.compile(r"\b\w*\d\w*\b")
_WORD = re.compile(r"\w+|[^\w\s]")

_WITHOUT_VALUE = {Kind.COMMENT: " ", Kind.STRING: "''"}

#: So much of a text is compared.
COMPARED_CHARACTERS = 20_000

#: A piece of code: a name, a number with what belongs to it, or a mark.
_PIECE = re.compile(
    r"(?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?:bd|[lsykmgb])?(?![\w$]))"
    r"|(?P<name>[\w$]+)|(?P<mark>[^\w$\s])",
    re.IGNORECASE,
)

#: What names of tables carry of the day, or of the run that has made them: dates, digests and
#: UUIDs, and all that is at least six digits long.
_CHANGING = re.compile(
    r"""
      [0-9a-f]{8}([_-])[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}
    | (?<=_)(?=[a-z]*\d)(?=\d*[a-f])[0-9a-f]{8,}(?![0-9a-z])
    | (?<=\?_)(?=[a-z]*\d)(?=\d*[a-f])[0-9a-f]{6,}(?![0-9a-z])
    | (?<!\d)(?:19|20)\d\d([_-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12]\d|3[01])(?!\d)
    | \d{6,}
    """,
    re.VERBOSE,
)
_CHANGED = re.compile(r"\?(?:_?\?)+")

_VALUE = "?"
_SIGNS = frozenset("+-")
#: What stands before a sign that belongs to the value behind it.
_BEFORE_SIGN = frozenset("(,=<>+-*/%") | {
    *("in", "values", "between", "and", "or", "select", "then", "else", "when", "by", "limit"),
}
#: What lists of values are made of.
_IN_LISTS = frozenset({"(", ")", ",", _VALUE, "null", "true", "false"})


def statement_fingerprint(sql: str) -> str:
    """Return the same for statements that differ in values, comments and spaces only."""
    statements = cut(sql[:COMPARED_CHARACTERS])
    tokens = (token for statement in statements for token in statement.tokens)
    plain = "".join(_WITHOUT_VALUE.get(token.kind, token.text) for token in tokens)
    words = " ".join(_WORD.findall(_NUMBER.sub("0", plain).lower())).rstrip("; ")
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]


def text_fingerprint(sql: str) -> str:
    """Return the same for statements that do the same by their text.

    They differ in spaces, comments, the case of words and semicolons at the end only. Long ones are
    compared as they stand.
    """
    if len(sql) > COMPARED_CHARACTERS:
        return hashlib.sha256(sql.strip().encode(errors="replace")).hexdigest()[:16]
    tokens = (token for statement in cut(sql) for token in statement.tokens)
    words = " ".join(word for token in tokens for word in _words_of(token)).rstrip("; ")
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]


def _words_of(token: Token) -> list[str]:
    match token.kind:
        case Kind.COMMENT:
            # A hint to the optimizer looks like a comment.
            return [token.text] if token.text.startswith("/*+") else []
        case Kind.CODE:
            return _WORD.findall(token.text.lower())
        case Kind.SEMICOLON:
            return [";"]
        case _:
            return [token.text]


def job_fingerprint(sql: str) -> str:
    """Return the same for statements that differ in values only, as the runs of one job do.

    Literals, however many are in a list, count as one; settings, comments, the case of words and
    what names carry of a day or a run count as nothing. Other names differ: ``t1`` is not ``t2``.
    Empty for a text without statements.
    """
    found: list[str] = []
    for statement in cut(sql[:COMPARED_CHARACTERS]):
        if statement.bare and statement.setting is None:
            words = list(_without_signs(_without_values(statement)))
            found += [*_without_lists(words), ";"]
    return (
        hashlib.sha256(" ".join(found).encode(errors="replace")).hexdigest()[:16] if found else ""
    )


def _without_values(statement: Statement) -> Iterator[str]:
    # The parameters of a PAI command name its tables in quotes.
    is_pai = statement.bare[:4].lower().rstrip() == "pai"
    for token in statement.tokens:
        match token.kind:
            case Kind.COMMENT:
                if token.text.startswith("/*+"):
                    yield _without_changing(token.text.lower())
            case Kind.STRING if is_pai:
                yield _without_changing(token.text)
            case Kind.STRING | Kind.OPEN:
                yield _VALUE
            case Kind.NAME:
                yield _without_changing(token.text[1:-1].lower())
            case Kind.CODE:
                for piece in _PIECE.finditer(token.text.lower()):
                    yield _VALUE if piece["number"] else _without_changing(piece[0])


def _without_changing(name: str) -> str:
    return _CHANGED.sub(_VALUE, _CHANGING.sub(_VALUE, _CHANGING.sub(_VALUE, name)))


def _without_signs(words: Iterator[str]) -> Iterator[str]:
    """Take a value and the sign before it for a value."""
    before, sign = "(", ""
    for word in words:
        if sign and word != _VALUE:
            yield sign
            before = sign
        sign = word if word in _SIGNS and before in _BEFORE_SIGN else ""
        if not sign:
            yield word
            before = word
    if sign:
        yield sign


def _without_lists(words: list[str]) -> Iterator[str]:
    """Take the values in a list behind IN for one value, and so the rows behind VALUES."""
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        yield word
        if word == "in":
            end = _end_of_values(words, at)
            if end > at:
                yield _VALUE
                at = end
        elif word == "values":
            end = _end_of_rows(words, at)
            if end > at:
                yield _VALUE
                at = end


def _end_of_rows(words: list[str], at: int) -> int:
    """Return where the rows of values end that begin there; where they do not, `at`."""
    end = _end_of_values(words, at)
    while end > at and words[end : end + 1] == [","]:
        further = _end_of_values(words, end + 1)
        if further == end + 1:
            break
        end = further
    return end


def _end_of_values(words: list[str], at: int) -> int:
    """Return the end of a bracket with nothing but values in it; `at` where none begins there."""
    depth = 0
    for place in range(at, len(words)):
        word = words[place]
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == ")":
            return place + 1
        if depth == 0 or (word not in _IN_LISTS):
            return at
    return at
