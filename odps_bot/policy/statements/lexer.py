"""Cut a SQL text into tokens, or say why two readers would cut it differently. Pure.

Lexical rules: OdpsLexer.g4 of aliyun/aliyun-odps-java-sdk. Clients of MaxCompute do not agree on
block comments, raw literals and odd blanks; a text whose meaning hangs on them is doubtful.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from odps_bot.policy.statements.doubts import DoubtError
from odps_bot.policy.statements.words import KEYWORDS


class Kind(Enum):
    """What a token is."""

    WORD = auto()  #: a keyword or a name without quotes
    NAME = auto()  #: a name between back-ticks
    STRING = auto()
    NUMBER = auto()
    VARIABLE = auto()  #: `@name`
    MARK = auto()  #: an operator, a bracket, or a character that means nothing to us
    SEMICOLON = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text."""

    kind: Kind
    text: str  #: as it stands; a string with its quotes, a name without its back-ticks
    offset: int  #: in characters
    word: str = ""  #: of a WORD: in lower case, ASCII letters only
    end: int = 0  #: the offset behind it


#: What a name may hold. Some of it is a blank or a keyword to others: see `_word`.
_LETTERS = (
    "0-9A-Za-z_$\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3040-\u318f\u3300-\u337f\u3400-\u3d2d"
    "\u4e00-\u9fff\uf900-\ufaff"
)

_TOKEN = re.compile(
    rf"""
      (?P<blank> [ \t\r\n]++ )
    | (?P<comment> --[^\r\n]*+ )
    | (?P<hint> /\*[ \t\r\n]*+\+ (?P<hint_body>.*?) \*/ )
    | (?P<block> /\* (?P<block_body>.*?) \*/ )
    | (?P<raw> [rR](?=['"]) )
    | (?P<string> '(?:[^'\\]|\\.)*+' | "(?:[^"\\]|\\.)*+" )
    | (?P<name> `(?:[^`]|``)*+` )
    | (?P<number> [0-9]+(?:\.[0-9]*+(?:[eE][+-]?[0-9]+)?(?:[bB][dD])? | [eE][+-]?[0-9]+
        | (?:[lLsSyYbBkKmMgG]|[bB][dD])?) (?![{_LETTERS}]) )
    | (?P<variable> @[A-Za-z0-9_]+ )
    | (?P<word> (?: \$\{{[A-Za-z0-9_]+\}} | [{_LETTERS}] )++ )
    | (?P<semicolon> ; )
    | (?P<mark> <=>|<>|<=|>=|!=|==|:=|->|\|\||. )
    """,
    re.VERBOSE | re.DOTALL,
)

#: `R"mark(any text)mark"`: known to odpscmd, not to the published grammar.
_RAW = re.compile(r"""[rR](['"])([^()\\\s'"]*+)\((.*?)\)\2\1""", re.DOTALL)
_STRING = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\"""", re.DOTALL)

#: Nothing in a hint may look like the end of anything, whoever reads it.
_HINT_BODY = re.compile(rf"""(?:[{_LETTERS} \t\r\n,.():=]|'[^'"\\;`*/-]*+')*+""")

#: Ends of lines and of texts to some readers, not to others.
_ODD_LINE_ENDS = re.compile("[\0\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_OPENING = {"'": "a string", '"': "a string", "`": "a name"}
_WIDE = {"\uff08": "(", "\uff09": ")", "\uff0c": ","}


def tokens_of(sql: str) -> Iterator[Token]:
    """Yield the tokens without comments, hints and blanks.

    Raises DoubtError where readers of the same text would find other tokens.
    """
    if "\0" in sql:
        raise DoubtError("It contains a null character.")
    position = 0
    while position < len(sql):
        found = _TOKEN.match(sql, position)
        if found is None:  # pragma: no cover -- `.` takes whatever is left
            break
        position = found.end()
        match found.lastgroup:
            case "blank":
                continue
            case "comment":
                _check_comment(found[0], is_cut_by_lone_cr=_is_lone_cr(sql, position))
            case "hint":
                _check_hint(found["hint_body"])
            case "block":
                _check_block(found["block_body"])
            case "raw":
                position = _end_of_raw(sql, found.start())
                yield Token(Kind.STRING, sql[found.start() : position], found.start(), "", position)
            case _:
                yield _token(found)


def words_in(tokens: Iterable[Token]) -> frozenset[str]:
    """Return all words and names, in lower case, the parts of dotted names by themselves."""
    named = (token.text.lower() for token in tokens if token.kind in {Kind.WORD, Kind.NAME})
    return frozenset(part for name in named for part in name.split("."))


def _token(found: re.Match[str]) -> Token:
    text, word = found[0], ""
    match found.lastgroup:
        case "name":
            text = _name(text)
        case "word":
            word = _word(text)
        case "mark":
            text = _mark(text, found)
        case _:
            pass
    kind = Kind[(found.lastgroup or "").upper()]
    return Token(kind, text, found.start(), word, found.end())


def _word(text: str) -> str:
    """Return the word as keywords are compared: by ASCII letters only, as MaxCompute does."""
    if not text.isascii():
        if not KEYWORDS.isdisjoint(_look_alikes(text)):
            raise DoubtError(f"`{text}` looks like a keyword but isn't one.")
        if any(unicodedata.category(letter)[0] in "ZC" for letter in text):
            raise DoubtError("A name contains an invisible character.")
        return text
    word = text.lower()
    # To the published grammar `1insert` is one name, to others a number and a keyword.
    if word[0].isdigit() and word.lstrip("0123456789") in KEYWORDS:
        raise DoubtError(f"`{text}` can be read as one name, or as a number and a keyword.")
    return word


def _look_alikes(text: str) -> set[str]:
    """Return what a reader who folds letters as Unicode has it may take the word for."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {text.casefold(), text.upper().lower(), bare.lower(), bare.upper().lower()}


def _name(text: str) -> str:
    name = text[1:-1].replace("``", "`")
    if any(mark in name for mark in ";'\"`\n\r") or "--" in name or "/*" in name:
        raise DoubtError("A name in backticks contains quotes, comments or semicolons.")
    return name


def _mark(text: str, found: re.Match[str]) -> str:
    if text in _OPENING:
        raise DoubtError(f"The end of {_OPENING[text]} is missing.")
    if text == "/" and found.string.startswith("/*", found.start()):
        raise DoubtError("The end of a comment is missing.")
    if text == "\\":
        raise DoubtError("There is a backslash outside of quotes.")
    if text == "\uff1b":
        raise DoubtError("There is a full-width semicolon outside of quotes.")
    if not text.isascii() and unicodedata.category(text)[0] in "ZC":
        raise DoubtError("There is an invisible character outside of quotes.")
    if text.isascii() and not text.isprintable():
        raise DoubtError("There is a control character outside of quotes.")
    return _WIDE.get(text, text)


def _is_lone_cr(sql: str, position: int) -> bool:
    return sql.startswith("\r", position) and not sql.startswith("\n", position + 1)


def _check_comment(text: str, *, is_cut_by_lone_cr: bool) -> None:
    if is_cut_by_lone_cr or _ODD_LINE_ENDS.search(text):
        raise DoubtError("A comment ends with a character that isn't a line end everywhere.")


def _check_block(body: str) -> None:
    # To the published grammar `/*` is a division and a star: an error, but for what is behind
    # a semicolon. Other readers let comments stand in comments.
    if ";" in body or "\uff1b" in body or "/*" in body:
        raise DoubtError("A block comment contains a semicolon or another comment.")


def _check_hint(body: str) -> None:
    if not _HINT_BODY.fullmatch(body):
        raise DoubtError("A hint contains more than names, numbers and plain strings.")


def _end_of_raw(sql: str, start: int) -> int:
    """Return where the literal at `start` ends, if it ends there for everybody."""
    raw = _RAW.match(sql, start)
    plain = _STRING.match(sql, start + 1)
    if raw is None or plain is None or raw.end() != plain.end():
        raise DoubtError("A raw string ends elsewhere for parsers without raw strings.")
    return raw.end()
