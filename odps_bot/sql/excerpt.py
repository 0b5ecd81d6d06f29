"""Where in a person's SQL an error stands: found from MaxCompute's words, and marked. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from odps_bot.sql.settings import WHITESPACE
from odps_bot.sql.statements import SqlText

#: Wider lines are broken by Slack, and the mark would stand below something else.
WIDTH = 72

LINES_BEFORE = 2
LINES_AFTER = 1
TAB_WIDTH = 4

ELLIPSIS = "…"

#: What stands for control and format characters, which could reorder or hide others.
_HIDDEN = {"Cc": "\ufffd", "Cs": "\ufffd", "Cf": ""}

#: So many accents are kept on a letter.
MARKS = 2

#: Rights have brackets of their own (`[4009,4019]`): only those behind a code are a position.
_POSITION = re.compile(r"ODPS-\d{7}\s*:\s*\[(\d{1,7})\s*,\s*(\d{1,7})\]([^\r\n]*)")

#: What stands at the position, if the message names it.
_NAMED = re.compile(
    r"(?:token|input|function or view) '([^']+)'"
    r"|(?:table alias|table|column reference|column|function) ([^\s,'()]+)"
)
_WORD = re.compile(r"`[^`\n]*`|[\w.]+")


@dataclass(frozen=True)
class Position:
    """Line and column in a text, both from 1, counted in characters (a tab is one)."""

    line: int
    column: int


def find_position(error_text: str, *, sql: str, is_estimate: bool = False) -> Position | None:
    """Return where in `sql` the first error with a place stands; None when it names none.

    Positions count in what was sent, which is `sql` with its `set` lines: in the sandbox, and as
    PyODPS sends it. Whether every service counts these lines is not documented, so the name in the
    message decides when it stands at only one of the two places. An estimate is sent without them.
    """
    for line, column, message in _POSITION.findall(error_text):
        if int(line) and int(column):
            places = _places(int(line), int(column), sql, is_estimate=is_estimate)
            names = _names(message)
            named = (place for place in places if _stands_at(place, names, sql))
            return next(named, places[0] if places else None)
    return None


def marked_excerpt(sql: str, position: Position) -> str:
    """Return the lines around a position in fixed width, with carets below what stands there.

    Lines are cut to `WIDTH` around it; wide characters count two.
    """
    lines = sql.split("\n")
    marked = lines[position.line - 1]
    _, begins = _columns(marked)
    column = min(position.column - 1, len(marked))
    start = begins[column]
    found = _WORD.match(marked, column)
    length = begins[found.end()] - start if found else 1
    first = max(1, position.line - LINES_BEFORE)
    last = min(len(lines), position.line + LINES_AFTER)
    gutter = len(str(last))
    room = WIDTH - gutter - len(" | ")
    left = max(0, start - room // 2) if begins[-1] > room else 0
    drawn = []
    for number in range(first, last + 1):
        shown = _window(_columns(lines[number - 1])[0], left, room)
        drawn.append(f"{number:>{gutter}} | {shown}".rstrip())
        if number == position.line:
            carets = "^" * max(1, min(length, room - (start - left)))
            drawn.append(f"{'':>{gutter}} | {' ' * (start - left)}{carets}")
    return "\n".join(drawn)


def _places(line: int, column: int, sql: str, *, is_estimate: bool) -> list[Position]:
    """Return the places in `sql` that line and column may mean, the likeliest first."""
    skipped = _lines_of_settings(sql)
    places = [Position(line, column)]
    if skipped is not None:
        lines, columns = skipped
        without = Position(line + lines, column + (columns if line == 1 else 0))
        places = [without, *places] if is_estimate else [*places, without]
    return [found for place in places if (found := _inside(place, sql))]


def _lines_of_settings(sql: str) -> tuple[int, int] | None:
    """Return how many lines, and columns of the last one, stand before what is no `set`."""
    parts = SqlText(sql).parts
    count = sum(1 for part in parts if part.setting)
    if not 0 < count < len(parts) or not all(part.setting for part in parts[:count]):
        return None
    rest = sql[parts[count - 1].tokens[-1].end :].lstrip(WHITESPACE)
    before = sql[: len(sql) - len(rest)]
    return before.count("\n"), len(before) - (before.rfind("\n") + 1)


def _inside(place: Position, sql: str) -> Position | None:
    lines = sql.split("\n")
    if place.line > len(lines):
        return None
    # The end of the text is a place, too, and so is the semicolon that the client adds to it.
    length = len(lines[place.line - 1])
    if place.column > length + 2:
        return None
    return Position(place.line, min(place.column, length + 1))


def _names(message: str) -> list[str]:
    """Return the first name of a message, whole and without what is before its last dot."""
    found = _NAMED.search(message)
    if found is None:
        return []
    name = next(group for group in found.groups() if group).strip("`").lower()
    return [name, name.rpartition(".")[2]]


def _stands_at(place: Position, names: list[str], sql: str) -> bool:
    rest = sql.split("\n")[place.line - 1][place.column - 1 :].lstrip("`").lower()
    return any(name and rest.startswith(name) for name in names)


def _window(cells: list[str], left: int, room: int) -> str:
    """Return the part of a line that is seen from the column `left` on."""
    seen = cells[left : left + room]
    if left and seen:
        seen[0] = ELLIPSIS
        # Half of a wide character: the other one is not seen.
        seen[1:2] = [cell or " " for cell in seen[1:2]]
    if len(cells) > left + room:
        seen[-1] = ELLIPSIS
    return "".join(seen)


def _columns(line: str) -> tuple[list[str], list[int]]:
    """Return what each column of a line in fixed width shows, and where each character begins.

    A wide character has an empty column behind it. The last number is the line's width.
    """
    cells: list[str] = []
    begins = []
    for character in line:
        begins.append(len(cells))
        shown = _HIDDEN.get(unicodedata.category(character), character) if character != "\r" else ""
        if character == "\t":
            cells += [" "] * TAB_WIDTH
        elif unicodedata.combining(character):
            if cells and len(cells[-1]) <= MARKS:
                cells[-1] += character
        elif shown:
            is_wide = unicodedata.east_asian_width(shown) in {"W", "F"}
            cells += [shown, ""] if is_wide else [shown]
    return cells, [*begins, len(cells)]
