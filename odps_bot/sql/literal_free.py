"""What statements have in common that differ in their literals only. Pure.

Unlike a fingerprint, which may take much for the same, this is what a permission can hang on: every
name, setting, operator and bracket counts, and so does how many literals there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from odps_bot.sql.keywords import RESERVED, words
from odps_bot.sql.statements import Kind, Token, cut
from odps_bot.sql.tokenizer import tokens_of
from odps_bot.sql.unproven import UnprovenError

#: A string behind these is no value, but names a program, a place or a class.
_NAMED_BY_STRINGS = frozenset(
    {"as", "by", "class", "file", "format", "from", "into", "join", "location", "resource"}
    | {"resources", "serde", "table", "using", "with"}
)

#: Literals in calls of these are values. In those of others they may be names: of a table, as in
#: `max_pt('t')`, of a model, of a part of what is read; or anything, in a function of the project.
#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-of-built-in-functions
_TAKE_VALUES = words(
    "abs add_months array avg cast ceil char_length coalesce concat concat_ws count date date_add"
    " date_format date_sub date_trunc dateadd datediff datepart datetrunc day dayofmonth decode"
    " explode floor format_number from_unixtime from_utc_timestamp getdate greatest hour if ifnull"
    " initcap instr isdate isnull last_day least length locate lower lpad ltrim max min minute mod"
    " month months_between next_day nullif nvl posexplode pow power quarter repeat replace round"
    " row_number rpad rtrim second sign split split_part substr substring sum timestamp to_char"
    " to_date to_timestamp tolower toupper translate trim trunc unix_timestamp upper weekday"
    " weekofyear year"
)

_OPENS, _CLOSES = frozenset("(["), frozenset(")]")

#: How the shape shows what may differ.
_VALUES = {Kind.STRING: "'…'", Kind.NUMBER: "0"}


@dataclass(frozen=True)
class LiteralFree:
    """A text without its literals."""

    #: Kind and text of each token, each statement by itself; settings and hints as they stand.
    tokens: tuple[tuple[str, str], ...]
    text: str  #: for people; of the statements that set nothing


def literal_free(sql: str) -> LiteralFree | None:
    """Return the text without its literals; None where readers could find other tokens in it."""
    found: list[tuple[str, str]] = []
    shown: list[str] = []
    try:
        for statement in cut(sql):
            if not statement.bare:
                continue
            if statement.setting is not None:
                found.append(("setting", f"{statement.setting.key}={statement.setting.value}"))
                continue
            found += _comments(statement.tokens)
            tokens = tokens_of(statement)
            found += [*_without_literals(tokens), ("end", ";")]
            shown.append(_text(tokens))
    except UnprovenError:
        return None
    return LiteralFree(tuple(found), "; ".join(shown))


def _comments(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Yield block comments: hints to the optimizer look like some."""
    for token in tokens:
        if token.kind is Kind.COMMENT and token.text.startswith("/*"):
            yield "comment", token.text


def _without_literals(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    return [(token.kind.name, plain) for token, plain in _with_plain(tokens)]


def _with_plain(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Yield each token with its text, or with what stands for it if it is a value."""
    is_value_in = [True]  # for each bracket that is open, and outside of all
    for at, token in enumerate(tokens):
        is_mark = token.kind is Kind.MARK
        if is_mark and token.text in _CLOSES and len(is_value_in) > 1:
            is_value_in.pop()
        is_value = token.kind in _VALUES and is_value_in[-1] and not _is_named(tokens, at)
        yield token, _VALUES[token.kind] if is_value else token.word or token.text
        if is_mark and token.text in _OPENS:
            is_value_in.append(is_value_in[-1] and _takes_values(tokens, at))


def _is_named(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a literal names something by where it stands."""
    before = tokens[at - 1] if at else None
    return before is not None and (before.word in _NAMED_BY_STRINGS or before.text == ".")


def _takes_values(tokens: Sequence[Token], at: int) -> bool:
    """Return whether literals in the bracket that opens there are values."""
    if tokens[at].text == "[":
        return False  # `x['a']` is a part of what is read
    before = tokens[at - 1] if at else tokens[at]
    if before.kind not in (Kind.WORD, Kind.NAME) or before.word in RESERVED:
        return True
    is_qualified = at > 1 and tokens[at - 2].text in {".", ":"}
    return before.word in _TAKE_VALUES and not is_qualified


def _text(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    end = 0
    for token, plain in _with_plain(tokens):
        is_apart = bool(parts) and token.offset > end
        name = f"`{token.text}`" if token.kind is Kind.NAME else ""
        shown = plain if token.kind in _VALUES else name or token.text
        parts.append(f" {shown}" if is_apart else shown)
        end = token.end
    return "".join(parts)
