"""Tokens of a statement, or why two readers would find others. Pure.

Lexical rules: OdpsLexer.g4 of aliyun/aliyun-odps-java-sdk. Clients of MaxCompute do not agree on
block comments, raw literals and odd spaces; a text whose meaning hangs on them is unproven. What is
judged is what is sent: strings, comments and semicolons are those of `odps_bot.sql.statements`.
"""

import functools
import re
from collections.abc import Iterable, Iterator

from odps_bot.sql.characters import is_invisible, why_name_is_unproven
from odps_bot.sql.keywords import KEYWORDS, look_alikes
from odps_bot.sql.other_readers import may_end_early
from odps_bot.sql.statements import Kind, Statement, Token
from odps_bot.sql.unproven import UnprovenError

#: What a name may hold. Some of it is a space or a keyword to others: see `_word`.
_LETTERS_BUT_DOLLAR = (
    "0-9A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3040-\u318f\u3300-\u337f\u3400-\u3d2d"
    "\u4e00-\u9fff\uf900-\ufaff"
)
_LETTERS = f"{_LETTERS_BUT_DOLLAR}$"

#: A token with the spaces behind it, or the spaces before the first.
_TOKEN = re.compile(
    rf"""
    (?:
      (?P<NUMBER> [0-9]+(?:\.[0-9]*+(?:[eE][+-]?[0-9]+)?(?:[bB][dD])? | [eE][+-]?[0-9]+
        | (?:[lLsSyYbBkKmMgG]|[bB][dD])?) (?![{_LETTERS}]) )
    | (?P<VARIABLE> @[A-Za-z0-9_]+ )
    | (?P<WORD> (?: [{_LETTERS_BUT_DOLLAR}]++ | \$\{{[A-Za-z0-9_]+\}} | \$ )++ )
    | (?P<MARK> <=>|<>|<=|>=|!=|==|:=|->|\|\||[^ \t\r\n] )
    ) [ \t\r\n]*+
    | [ \t\r\n]++
    """,
    re.VERBOSE | re.DOTALL,
)

#: By the number of their group in the pattern.
_KINDS = (None, Kind.NUMBER, Kind.VARIABLE, Kind.WORD, Kind.MARK)
_CODE, _STRING, _WORD, _MARK = Kind.CODE, Kind.STRING, Kind.WORD, Kind.MARK
_PLAIN_MARKS = frozenset("()[],.:=<>+-*/%&|^~!@?") | {"<=>", "<>", "<=", ">=", "!=", "==", ":="}

#: `R"mark(any text)mark"`: known to odpscmd, not to the published grammar.
_RAW = re.compile(r"""[rR](['"])([^()\\\s'"]*+)\((.*?)\)\2\1""", re.DOTALL)

#: Nothing in a hint may look like the end of anything, whoever reads it.
_HINT = re.compile(r"/\*[ \t\r\n]*+\+(?P<body>.*)\*/", re.DOTALL)
_HINT_BODY = re.compile(rf"""(?:[{_LETTERS} \t\r\n,.():=]|'[^'"\\;`*/-]*+')*+""")

#: A name in what `spaced` returns, for a pattern.
SPACED_NAME = r"(?:`[^`]++`|[^\s`'\"(),.;=-]++)"

_OPENING = {"'": "a string", '"': "a string", "`": "a name"}
_WIDE = {"\uff08": "(", "\uff09": ")", "\uff0c": ","}


def tokens_of(statement: Statement) -> list[Token]:
    """Return the tokens without comments, hints and spaces; the semicolon is none.

    Raises UnprovenError where readers of the same text would find other tokens.
    """
    tokens: list[Token] = []
    for at, token in enumerate(statement.tokens, start=1):
        kind = token.kind
        if kind is _CODE:
            tokens += _tokens_of_code(token)
        elif kind is _STRING:
            is_raw = tokens and tokens[-1].word == "r" and tokens[-1].end == token.offset
            tokens.append(_raw(tokens.pop(), token) if is_raw else token)
        elif kind is Kind.COMMENT:
            behind = statement.tokens[at].text if at < len(statement.tokens) else ""
            is_of_setting = statement.setting is not None
            _check_comment(token.text, followed_by=behind, is_of_setting=is_of_setting)
        elif kind is Kind.NAME:
            tokens.append(token._replace(text=_name(token.text)))
        elif kind is Kind.OPEN:
            raise UnprovenError(f"The end of {_OPENING[token.text[0]]} is missing.")
    return tokens


def check_marks(tokens: Iterable[Token]) -> None:
    """Raise UnprovenError for characters that mean nothing outside of quotes, but for settings."""
    for token in tokens:
        if not token.text.isascii() and token.kind is Kind.MARK:
            raise UnprovenError(f"There is a character that only quotes can hold: `{token.text}`.")


def spaced(tokens: Iterable[Token]) -> str:
    """Return the tokens with one space in between, names in their back-ticks: for patterns."""
    return " ".join(f"`{t.text}`" if t.kind is Kind.NAME else t.text for t in tokens)


def words_in(tokens: Iterable[Token]) -> frozenset[str]:
    """Return all words and names, in lower case, the parts of dotted names by themselves."""
    named = (token.text.lower() for token in tokens if token.kind in (Kind.WORD, Kind.NAME))
    return frozenset(part for name in named for part in name.split("."))


def _tokens_of_code(code: Token) -> Iterator[Token]:
    for found in _TOKEN.finditer(code.text):
        group = found.lastindex
        if group is None:
            continue
        kind, text = _KINDS[group], found[group]
        start = code.offset + found.start()
        word = _word(text) if kind is _WORD else ""
        if kind is _MARK and text not in _PLAIN_MARKS:
            text = _mark(text)
        yield tuple.__new__(Token, (kind, text, start, start + len(text), word))


def _raw(prefix: Token, literal: Token) -> Token:
    """Return the literal behind an `R`, if it ends there for everybody."""
    text = prefix.text + literal.text
    raw = _RAW.match(text)
    if raw is None or raw.end() != len(text):
        raise UnprovenError("A raw string ends elsewhere for parsers without raw strings.")
    return literal._replace(text=text, offset=prefix.offset)


@functools.lru_cache(maxsize=4096)
def _word(text: str) -> str:
    """Return the word as keywords are compared: by ASCII letters only, as MaxCompute does."""
    if not text.isascii():
        if not KEYWORDS.isdisjoint(look_alikes(text)):
            raise UnprovenError(f"`{text}` looks like a keyword but isn't one.")
        if why := why_name_is_unproven(text):
            raise UnprovenError(why)
        return text
    word = text.lower()
    # To the published grammar `1insert` is one name, to others a number and a keyword.
    if word[0].isdigit() and word.lstrip("0123456789") in KEYWORDS:
        raise UnprovenError(f"`{text}` can be read as one name, or as a number and a keyword.")
    return word


def _name(text: str) -> str:
    name = text[1:-1].replace("``", "`")
    if any(mark in name for mark in "'\"`\n\r") or "--" in name or "/*" in name:
        raise UnprovenError("A name in backticks contains quotes or comments.")
    if not name.isascii() and (why := why_name_is_unproven(name, is_quoted=True)):
        raise UnprovenError(why)
    return name


def _mark(text: str) -> str:
    if text == "\\":
        raise UnprovenError("There is a backslash outside of quotes.")
    if text == "\uff1b":
        raise UnprovenError("There is a full-width semicolon outside of quotes.")
    if not text.isascii() and is_invisible(text):
        raise UnprovenError("There is an invisible character outside of quotes.")
    if text.isascii() and not text.isprintable():
        raise UnprovenError("There is a control character outside of quotes.")
    return _WIDE.get(text, text)


def _check_comment(text: str, *, followed_by: str, is_of_setting: bool) -> None:
    if text.startswith("--"):
        is_cut_by_lone_cr = followed_by.startswith("\r") and not followed_by.startswith("\r\n")
        if is_cut_by_lone_cr or may_end_early(text, is_of_setting=is_of_setting):
            raise UnprovenError("A comment ends with a character that isn't a line end everywhere.")
    elif not text.endswith("*/") or text == "/*/":
        raise UnprovenError("The end of a comment is missing.")
    elif hint := _HINT.fullmatch(text):
        if not _HINT_BODY.fullmatch(hint["body"]):
            raise UnprovenError("A hint contains more than names, numbers and plain strings.")
    # Other readers let comments stand in comments. Semicolons are the classifier's business.
    elif "/*" in text[2:-2]:
        raise UnprovenError("A block comment contains another comment.")
