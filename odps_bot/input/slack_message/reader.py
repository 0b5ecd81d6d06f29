"""The statement in a message that somebody wrote, forwarded or let an app post. Pure.

The one reader of messages: for the shortcut, mentions and direct messages. Whatever could belong to
the statement and is not known shows as a gap in it; all other code is announced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from odps_bot.input.slack_message.pieces import Message, has_gap
from odps_bot.input.slack_message.region_reader import Found, Kind, read_region
from odps_bot.input.slack_message.regions import Origin, Region, regions_of
from odps_bot.sql.beginnings import looks_like_sql
from odps_bot.sql.classification import StatementClass, classify


class Note(StrEnum):
    """What whoever runs the statement has to know about how it was read."""

    WORDS = "words"  #: a gap shows words beside the code
    UNREAD = "unread"  #: a gap stands for something that cannot be read
    MORE = "more"  #: the message holds further code
    DIFFERS = "differs"  #: its text says something else than its blocks
    FORWARDED = "forwarded"  #: the statement is that of a forwarded message
    ATTACHED = "attached"  #: the same of an attachment
    DOUBTFUL = "doubtful"  #: it does not look like SQL
    NO_SQL = "no_sql"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The statement as it was read."""

    sql: str = ""  #: with gaps; empty where there is nothing
    notes: tuple[Note, ...] = ()
    more: tuple[str, ...] = ()  #: further code of the message
    leaves_words_out: bool = False  #: words beside the code are known to be no part of it

    @property
    def has_gaps(self) -> bool:
        """Whether something has to be filled in before it can run."""
        return bool({Note.WORDS, Note.UNREAD} & set(self.notes)) and has_gap(self.sql)

    @property
    def leaves_out_what_matters(self) -> bool:
        """Whether words that are left out may have been meant to restrict what is changed.

        Beside a statement that only reads they do no harm.
        """
        return self.leaves_words_out and not classify(self.sql).is_read

    @property
    def is_sure(self) -> bool:
        """Whether this is the one statement that the message holds, to the character."""
        return not set(self.notes) - {Note.DOUBTFUL, Note.NO_SQL}


def read_message(message: Message) -> Reading:
    """Return the statement of a message: its code, else its text if that is SQL."""
    return read_regions(regions_of(message))


def read_regions(regions: Sequence[Region]) -> Reading:
    """Return the statement that stands in these regions.

    What is written above a forwarded message is a comment, unless it holds the only SQL.
    """
    found = [read_region(region) for region in regions]
    if not found:
        return Reading(notes=(Note.NO_SQL,))
    chosen = min(found, key=_rank)
    others = [other for other in found if other is not chosen]
    more = (*chosen.more, *(sql for other in others for sql in _announced(other)))
    return Reading(
        sql=chosen.sql,
        notes=tuple(_notes(chosen, has_more=bool(more))),
        more=more,
        leaves_words_out=chosen.leaves_words_out,
    )


def _rank(found: Found) -> tuple[int, bool]:
    is_comment = found.region.origin is Origin.OWN and found.kind is Kind.SQL_TEXT
    return found.kind, is_comment


def _announced(other: Found) -> Sequence[str]:
    """Return what is said to be in another region: its code, and text that is proven to be SQL."""
    if other.kind in {Kind.SQL_CODE, Kind.CODE}:
        return (other.sql, *other.more)
    is_sql = other.kind is Kind.SQL_TEXT
    is_proven = is_sql and classify(other.sql).statement_class is not StatementClass.UNKNOWN
    return (other.sql,) if is_proven else ()


def _notes(found: Found, *, has_more: bool) -> list[Note]:
    origin = found.region.origin
    is_known = not (found.has_words_in_gap or found.is_unread)
    facts = {
        Note.FORWARDED: origin is Origin.FORWARDED and bool(found.sql),
        Note.ATTACHED: origin is Origin.ATTACHED and bool(found.sql),
        Note.MORE: has_more,
        Note.WORDS: found.has_words_in_gap,
        Note.UNREAD: found.is_unread,
        Note.DIFFERS: found.region.differs(found.used),
        Note.DOUBTFUL: bool(found.sql) and is_known and not looks_like_sql(found.sql),
        Note.NO_SQL: not found.sql,
    }
    return [note for note, is_so in facts.items() if is_so]
