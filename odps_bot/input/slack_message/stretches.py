"""The code of a message in stretches: of one statement each, as far as that can be known. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from odps_bot.input.slack_message.pieces import Piece, text_of
from odps_bot.input.slack_message.prose_around_code import could_belong, wants_more, wants_query
from odps_bot.input.sql_input import normalize_sql
from odps_bot.sql.beginnings import STATEMENT_WORDS, first_word, has_statement, looks_like_sql
from odps_bot.sql.statements import SqlText

#: What continues a statement whose first word is one of these.
_PARTS = {
    "select": {"create", "explain", "from", "insert", "with"},
    "with": {"create", "explain", "insert"},
    "set": {"alter", "merge", "update"},
}

#: A name, perhaps with its project and schema.
_NAME = re.compile(r"[\w.:$-]+")

#: In one run: it takes long to read more of them, and nobody writes so many.
MOST_CHUNKS = 50

#: Put behind settings that their author did not close.
SEMICOLON = Piece(text=";", is_code=False)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Pieces of code that only spaces, line ends or styles part."""

    pieces: Sequence[Piece]

    @cached_property
    def sql(self) -> str:
        """The statement, with gaps where it cannot be read."""
        return normalize_sql("".join(piece.shown for piece in self.pieces))

    @property
    def is_sql(self) -> bool:
        """Whether it begins as statements do."""
        return looks_like_sql(self.sql)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be seen of it."""
        return all(piece.is_blank for piece in self.pieces)

    @cached_property
    def is_settings(self) -> bool:
        """Whether all of it is `set key=value`."""
        return is_settings(self.sql)

    @property
    def is_name(self) -> bool:
        """Whether it is a name between back-ticks, as SQL has them."""
        is_word = _NAME.fullmatch(self.sql) is not None
        return is_word and not any(piece.is_fenced for piece in self.pieces)

    def goes_on_with(self, other: "Stretch") -> bool:
        """Return whether `other`, behind this one, could be a part of its statement."""
        word = first_word(other.sql)
        if wants_more(self.sql):
            return True
        if word in STATEMENT_WORDS - {"from"} or other.is_settings:
            begun_with = first_word(self.sql)
            is_query = word in {"select", "with"}
            is_part = begun_with in _PARTS.get(word, ())
            is_open = wants_query(self.sql) or begun_with in {"explain", "from"}
            return is_part and (is_open or not is_query)
        return could_belong(self.sql, before="", behind=other.sql)

    def leads_up_to(self, other: "Stretch") -> bool:
        """Return whether this one, which is no statement, could begin that of `other`."""
        return not self.is_sql and (
            wants_more(self.sql) or could_belong(other.sql, before=self.sql, behind="")
        )


def is_settings(text: str) -> bool:
    """Return whether all of the text is `set key=value`, closed or not."""
    parts = SqlText(text).parts
    return bool(parts) and all(part.setting is not None for part in parts)


def cut_into_stretches(pieces: Sequence[Piece]) -> tuple[list[Stretch], list[list[Piece]]]:
    """Return the stretches of code, and the prose before, between and behind them.

    There is one more stretch of prose than of code; it may be empty.
    """
    stretches: list[Stretch] = []
    prose: list[list[Piece]] = [[]]
    for run, behind in _runs(pieces):
        if run is None:
            prose[-1] += behind
            continue
        for place, stretch in enumerate(_statements_of(run)):
            if place:
                prose.append([])
            stretches.append(stretch)
        prose.append(list(behind))
    return stretches, prose


def _runs(pieces: Sequence[Piece]) -> Iterator[tuple[list[Piece] | None, list[Piece]]]:
    """Yield each run of code with its blanks, and the prose behind it; first that before all."""
    run: list[Piece] | None = None
    between: list[Piece] = []
    for piece in pieces:
        if not piece.is_code:
            between.append(piece)
            continue
        if run is not None and all(part.is_blank for part in between):
            run += [_blank(between, run[-1], piece), piece]
        else:
            yield run, between
            run = [piece]
        between = []
    yield run, between


def _blank(between: Sequence[Piece], before: Piece, behind: Piece) -> Piece:
    """Return what parts two pieces of code; blocks of code are lines of their own."""
    typed = text_of(between)
    spaces = "".join(char for char in typed if char.isspace())
    is_same_block = before.is_fenced and behind.is_fenced and not between
    if (before.is_fenced or behind.is_fenced) and "\n" not in spaces and not is_same_block:
        spaces = "\n"
    # Whether something invisible parts words cannot be known.
    return Piece(text=spaces, is_code=False, is_exact=bool(spaces) or not typed)


def _statements_of(run: Sequence[Piece]) -> Iterator[Stretch]:
    """Yield the run, cut where a piece of code of its own begins another statement."""
    taken: list[Piece] = []
    for place, (chunk, blank) in enumerate(_chunks(run)):
        if place >= MOST_CHUNKS or all(piece.is_blank for piece in chunk):
            taken += [*([blank] if taken and blank else []), *chunk]
            continue
        so_far, new = Stretch(pieces=taken), Stretch(pieces=chunk)
        begins = first_word(new.sql) in STATEMENT_WORDS - {"from"} or new.is_settings
        is_closed = so_far.sql.endswith(";") or not has_statement(so_far.sql)
        if taken and begins and not is_closed and not so_far.goes_on_with(new):
            if so_far.is_settings and not new.is_settings:
                taken.append(SEMICOLON)
            elif first_word(so_far.sql) in STATEMENT_WORDS:
                yield so_far
                taken = []
        taken = [*taken, *([blank] if taken and blank else []), *chunk]
    yield Stretch(pieces=taken)


def _chunks(run: Sequence[Piece]) -> Iterator[tuple[list[Piece], Piece | None]]:
    """Yield the pieces of code that nothing parts, with the blank before them."""
    chunk: list[Piece] = []
    blank: Piece | None = None
    for piece in run:
        if piece.is_code or (piece.is_exact and not piece.text):
            chunk.append(piece)
            continue
        yield chunk, blank
        chunk, blank = [], piece
    yield chunk, blank
