"""Tokens of a statement, or why two readers would find others. Pure.

Lexical rules: OdpsLexer.g4 of aliyun/aliyun-odps-java-sdk. Clients of MaxCompute do not agree on
block comments, raw literals and odd spaces; a text whose meaning hangs on them is unproven. What is
judged is what is sent: strings, comments and semicolons are those of `odps_bot.sql.statements`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from odps_bot.sql.characters import is_invisible, why_name_is_unproven
from odps_bot.sql.keywords import KEYWORDS
from odps_bot.sql.statements import Kind, Statement, Token
from odps_bot.sql.unproven import UnprovenError

#: What a name may hold. Some of it is a space or a keyword to others: see `_word`.
_LETTERS = (
    "0-9A-Za-z_$\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3040-\u318f\u3300-\u337f\u3400-\u3d2d"
    "\u4e00-\u9fff\uf900-\ufaff"
)

_TOKEN = re.compile(
    rf"""
      [ \t\r\n]++
    | (?P<NUMBER> [0-9]+(?:\.[0-9]*+(?:[eE][+-]?[0-9]+)?(?:[bB][dD])? | [eE][+-]?[0-9]+
        | (?:[lLsSyYbBkKmMgG]|[bB][dD])?) (?![{_LETTERS}]) )
    | (?P<VARIABLE> @[A-Za-z0-9_]+ )
    | (?P<WORD> (?: \$\{{[A-Za-z0-9_]+\}} | [{_LETTERS}] )++ )
    | (?P<MARK> <=>|<>|<=|>=|!=|==|:=|->|\|\||. )
    """,
    re.VERBOSE | re.DOTALL,
)

#: `R"mark(any text)mark"`: known to odpscmd, not to the published grammar.
_RAW = re.compile(r"""[rR](['"])([^()\\\s'"]*+)\((.*?)\)\2\1""", re.DOTALL)

#: Nothing in a hint may look like the end of anything, whoever reads it.
_HINT = re.compile(r"/\*[ \t\r\n]*+\+(?P<body>.*)\*/", re.DOTALL)
_HINT_BODY = re.compile(rf"""(?:[{_LETTERS} \t\r\n,.():=]|'[^'"\\;`*/-]*+')*+""")

#: Ends of lines and of texts to some readers, not to others.
_ODD_LINE_ENDS = re.compile("[\0\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_OPENING = {"'": "a string", '"': "a string", "`": "a name"}
_WIDE = {"\uff08": "(", "\uff09": ")", "\uff0c": ","}


def tokens_of(statement: Statement) -> list[Token]:
    """Return the tokens without comments, hints and spaces; the semicolon is none.

    Raises UnprovenError where readers of the same text would find other tokens.
    """
    tokens: list[Token] = []
    followers = (*statement.tokens[1:], None)
    for token, follower in zip(statement.tokens, followers, strict=True):
        match token.kind:
            case Kind.CODE:
                tokens += _tokens_of_code(token)
            case Kind.COMMENT:
                _check_comment(token.text, followed_by=follower.text if follower else "")
            case Kind.STRING:
                is_raw = tokens[-1:] and tokens[-1].word == "r" and tokens[-1].end == token.offset
                tokens.append(_raw(tokens.pop(), token) if is_raw else token)
            case Kind.NAME:
                tokens.append(token._replace(text=_name(token.text)))
            case Kind.OPEN:
                raise UnprovenError(f"The end of {_OPENING[token.text[0]]} is missing.")
            case _:
                pass
    return tokens


def check_marks(tokens: Iterable[Token]) -> None:
    """Raise UnprovenError for characters that mean nothing outside of quotes, but for settings."""
    for token in tokens:
        if token.kind is Kind.MARK and not token.text.isascii():
            raise UnprovenError(f"There is a character that only quotes can hold: `{token.text}`.")


def words_in(tokens: Iterable[Token]) -> frozenset[str]:
    """Return all words and names, in lower case, the parts of dotted names by themselves."""
    named = (token.text.lower() for token in tokens if token.kind in {Kind.WORD, Kind.NAME})
    return frozenset(part for name in named for part in name.split("."))


def _tokens_of_code(code: Token) -> Iterator[Token]:
    for found in _TOKEN.finditer(code.text):
        if found.lastgroup is None:
            continue
        kind, text = Kind[found.lastgroup], found[0]
        word = _word(text) if kind is Kind.WORD else ""
        if kind is Kind.MARK:
            text = _mark(text)
        yield Token(kind, text, code.offset + found.start(), code.offset + found.end(), word)


def _raw(prefix: Token, literal: Token) -> Token:
    """Return the literal behind an `R`, if it ends there for everybody."""
    text = prefix.text + literal.text
    raw = _RAW.match(text)
    if raw is None or raw.end() != len(text):
        raise UnprovenError("A raw string ends elsewhere for parsers without raw strings.")
    return literal._replace(text=text, offset=prefix.offset)


def _word(text: str) -> str:
    """Return the word as keywords are compared: by ASCII letters only, as MaxCompute does."""
    if not text.isascii():
        if not KEYWORDS.isdisjoint(_look_alikes(text)):
            raise UnprovenError(f"`{text}` looks like a keyword but isn't one.")
        if why := why_name_is_unproven(text):
            raise UnprovenError(why)
        return text
    word = text.lower()
    # To the published grammar `1insert` is one name, to others a number and a keyword.
    if word[0].isdigit() and word.lstrip("0123456789") in KEYWORDS:
        raise UnprovenError(f"`{text}` can be read as one name, or as a number and a keyword.")
    return word


def _look_alikes(text: str) -> set[str]:
    """Return what a reader who folds letters as Unicode has it may take the word for."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {text.casefold(), text.upper().lower(), bare.lower(), bare.upper().lower()}


def _name(text: str) -> str:
    name = text[1:-1].replace("``", "`")
    if any(mark in name for mark in ";'\"`\n\r") or "--" in name or "/*" in name:
        raise UnprovenError("A name in backticks contains quotes, comments or semicolons.")
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


def _check_comment(text: str, *, followed_by: str) -> None:
    if text.startswith("--"):
        is_cut_by_lone_cr = followed_by.startswith("\r") and not followed_by.startswith("\r\n")
        if is_cut_by_lone_cr or _ODD_LINE_ENDS.search(text):
            raise UnprovenError("A comment ends with a character that isn't a line end everywhere.")
    elif not text.endswith("*/") or text == "/*/":
        raise UnprovenError("The end of a comment is missing.")
    elif hint := _HINT.fullmatch(text):
        if not _HINT_BODY.fullmatch(hint["body"]):
            raise UnprovenError("A hint contains more than names, numbers and plain strings.")
    # To the published grammar `/*` is a division and a star: an error, but for what is behind
    # a semicolon. Other readers let comments stand in comments.
    elif any(mark in text[2:-2] for mark in (";", "\uff1b", "/*")):
        raise UnprovenError("A block comment contains a semicolon or another comment.")
