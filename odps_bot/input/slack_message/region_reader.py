"""The statement in one region of a message, with gaps where it is not known. Pure.

Nothing that a person sees in code is left out: it is part of the statement, or of `more`. Prose
that could belong to the statement is shown in a gap, for whoever wants to run it to decide.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from odps_bot.input.slack_message.mrkdwn import without_line_marks
from odps_bot.input.slack_message.pieces import Piece, gap, line_end, text_of
from odps_bot.input.slack_message.prose_around_code import could_belong
from odps_bot.input.slack_message.regions import Region
from odps_bot.input.slack_message.stretches import (
    SEMICOLON,
    Stretch,
    cut_into_stretches,
    is_settings,
)
from odps_bot.input.sql_input import normalize_sql
from odps_bot.sql.beginnings import looks_like_sql
from odps_bot.sql.statements import SqlText


class Kind(IntEnum):
    """What the statement of a region was read from, the surest first."""

    SQL_CODE = 1  #: code that begins as SQL does
    SQL_TEXT = 2  #: text without code that begins so
    CODE = 3
    TEXT = 4


@dataclass(frozen=True, kw_only=True)
class Found:
    """The statement of a region."""

    region: Region
    kind: Kind
    sql: str
    used: Sequence[Piece]  #: what it is made of
    more: Sequence[str] = field(default_factory=tuple)  #: further code
    has_words_in_gap: bool = False  #: a gap shows prose that stands beside the code
    leaves_words_out: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether a gap stands for something that cannot be read."""
        return not all(piece.is_exact for piece in self.used)


def read_region(region: Region) -> Found:
    """Return the statement that a region holds, or its text if it holds none."""
    region = _with_sql_as_code(region)
    stretches, prose = _visible(*cut_into_stretches(region.pieces))
    has_sql = any(stretch.is_sql for stretch in stretches)
    everything = _as_statement(region.pieces)
    is_sql = looks_like_sql(everything)
    if not stretches or (not has_sql and is_sql and all(s.is_name for s in stretches)):
        kind = Kind.SQL_TEXT if is_sql else Kind.TEXT
        return Found(region=region, kind=kind, sql=everything, used=region.pieces)
    return _Assembly(stretches, prose, is_all_sql=is_sql and not has_sql).found(region)


def _visible(
    stretches: Sequence[Stretch], prose: Sequence[list[Piece]]
) -> tuple[list[Stretch], list[list[Piece]]]:
    """Return both without code in which nothing can be seen."""
    shown: list[Stretch] = []
    around = [list(prose[0])]
    for stretch, behind in zip(stretches, prose[1:], strict=True):
        if stretch.is_empty:
            around[-1] += behind
        else:
            shown.append(stretch)
            around.append(list(behind))
    return shown, around


def _with_sql_as_code(region: Region) -> Region:
    """Return a region whose paragraphs that are SQL are code, if it has none but has several.

    Apps put a statement into a block of its own. A part of it may stand in the next one.
    """
    if len(region.paragraphs) == 1 or any(piece.is_code for piece in region.pieces):
        return region
    paragraphs = [
        [replace(piece, is_code=True, is_fenced=True) for piece in paragraph]
        if looks_like_sql(_as_statement(paragraph))
        else paragraph
        for paragraph in region.paragraphs
    ]
    return replace(region, paragraphs=paragraphs)


def _as_statement(pieces: Sequence[Piece]) -> str:
    shown = "".join(
        f"`{piece.shown}`" if piece.is_code and not piece.is_fenced else piece.shown
        for piece in pieces
    )
    return normalize_sql(without_line_marks(shown))


def _without_marks(text: str) -> str:
    """Return the text without marks of a style, which may stand in the midst of a word."""
    return re.sub(r"[*~]", "", text)


def _as_read(stretch: Stretch) -> Iterator[Piece]:
    """Yield what of a stretch was read, closed by a line end."""
    yield from (piece for piece in stretch.pieces if piece is not SEMICOLON)
    yield line_end()


class _Assembly:
    """Puts a statement together from the code of a region."""

    def __init__(
        self, stretches: Sequence[Stretch], prose: Sequence[list[Piece]], *, is_all_sql: bool
    ) -> None:
        self._stretches = stretches
        self._prose = prose
        self._is_all_sql = is_all_sql  #: the text is SQL of which the code is a part
        self._has_words_in_gap = False
        self._used_prose: set[int] = set()
        numbers = range(len(stretches))
        sure = (n for n in numbers if stretches[n].is_sql and not stretches[n].is_settings)
        other = (n for n in numbers if not stretches[n].is_settings)
        #: The stretch in which the statement begins.
        self._main = next(sure, next(other, 0))

    def found(self, region: Region) -> Found:
        """Return the statement."""
        first, last = self._first(), self._last()
        settings = [n for n in range(first) if self._stretches[n].is_settings]
        taken = dict.fromkeys([*settings, *range(first, last + 1)])
        parts = [self._closed(self._stretches[n].sql) for n in settings]
        parts += [
            *self._before(first),
            *self._joined(first, last),
            *self._gap_behind(last),
        ]
        stretches = self._stretches
        left = [stretches[n].sql for n in range(len(stretches)) if n not in taken]
        words = (self._prose[n] for n in range(len(self._prose)) if n not in self._used_prose)
        return Found(
            region=region,
            kind=Kind.SQL_CODE if stretches[self._main].is_sql else Kind.CODE,
            sql="\n".join(parts),
            used=[piece for n in taken for piece in _as_read(stretches[n])],
            more=tuple(left),
            has_words_in_gap=self._has_words_in_gap,
            leaves_words_out=any(not piece.is_blank for pieces in words for piece in pieces),
        )

    def _first(self) -> int:
        first = self._main
        while first and not self._stretches[first - 1].is_settings:
            before = self._stretches[first - 1]
            if not (self._is_all_sql or before.leads_up_to(self._stretches[first])):
                break
            first -= 1
        return first

    def _last(self) -> int:
        last = self._main
        while last + 1 < len(self._stretches):
            behind = self._stretches[last + 1]
            if not (self._is_all_sql or self._stretches[last].goes_on_with(behind)):
                break
            last += 1
        return last

    def _joined(self, first: int, last: int) -> Iterator[str]:
        for number in range(first, last + 1):
            if number > first:
                yield from self._in_gap(number)
            yield self._stretches[number].sql

    def _before(self, first: int) -> Iterator[str]:
        """Yield settings before the code, or the prose there if it could belong to the code."""
        prose = text_of(self._prose[first])
        if is_settings(prose) and SqlText(prose).parts[-1].is_closed:
            self._used_prose.add(first)
            yield normalize_sql(prose)
        elif self._could_belong(first, before=prose, behind=""):
            yield from self._in_gap(first)

    def _gap_behind(self, last: int) -> Iterator[str]:
        prose = text_of(self._prose[last + 1])
        if self._could_belong(last, before="", behind=prose):
            yield from self._in_gap(last + 1)

    def _could_belong(self, number: int, *, before: str, behind: str) -> bool:
        stretch = self._stretches[number]
        around = text_of(self._prose[number]), text_of(self._prose[number + 1])
        is_struck = all(around) and around[0].endswith("~") and around[1].startswith("~")
        # Words behind settings begin a statement, or are none of it.
        is_apart = bool(number) and self._stretches[number - 1].is_settings
        # A back-tick that is left over belongs to code of which the other end is not known.
        return (
            self._is_all_sql
            or is_struck
            or "`" in before + behind
            or any(
                could_belong(
                    stretch.sql,
                    before=bare(before),
                    behind=bare(behind),
                    is_before_block=stretch.pieces[0].is_fenced or is_apart,
                    is_behind_block=stretch.pieces[-1].is_fenced,
                )
                for bare in (str, _without_marks)
            )
        )

    def _in_gap(self, number: int) -> Iterator[str]:
        """Yield the prose before a stretch, or behind the last one, in a gap."""
        pieces = self._prose[number]
        if any(not piece.is_blank for piece in pieces):
            self._has_words_in_gap = True
            self._used_prose.add(number)
            yield gap(text_of(pieces))

    @staticmethod
    def _closed(sql: str) -> str:
        return sql if sql.endswith(";") else f"{sql};"
