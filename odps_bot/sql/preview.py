"""What of a text is shown where there is no room for all of it: its statement comes first. Pure."""

from typing import NamedTuple

from odps_bot.sql.settings import WHITESPACE
from odps_bot.sql.statements import Kind, Statement, cut

#: Far behind the settings and comments that people write first.
_SEARCHED = 20_000


class Beginning(NamedTuple):
    """Where the first statement begins that is no setting."""

    statement: str  #: the text from there on
    settings: int  #: how many `set` lines stand before it


def from_statement_on(sql: str) -> Beginning:
    """Return `sql` from its first statement on, without the settings and comments before it.

    A text that has nothing else is returned as it is. Comments inside the statement stay.
    """
    head = sql[:_SEARCHED]
    settings = 0
    for part in cut(head):
        if part.setting is not None:
            settings += 1
        elif part.bare:
            return Beginning(sql[_offset(part) :].strip(WHITESPACE), settings)
    return Beginning(sql.strip(WHITESPACE), 0)


def statement_in_short(sql: str, *, limit: int) -> str:
    """Return the first statement and what follows for one line: without comments and settings.

    At least the first `limit` characters of that, and not much more.
    """
    shown = ""
    # A comment that a line break ends would hide the rest on one line.
    for part in cut(from_statement_on(sql).statement[: max(_SEARCHED, 4 * limit)]):
        if part.bare:
            shown += f"; {part.bare}" if shown else part.bare
        if len(shown) > 4 * limit:
            break
    return shown or sql


def _offset(part: Statement) -> int:
    tokens = (token for token in part.tokens if token.kind is not Kind.COMMENT)
    return next(token.offset for token in tokens if token.text.strip(WHITESPACE))
