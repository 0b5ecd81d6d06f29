"""The board: one message in a channel that lists its active runs, and what is said about it.

All times on it are absolute, so that it never claims to be newer than it is.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.messages import blocks as b
from odps_bot.messages import text as t
from odps_bot.messages.message import Message
from odps_bot.messages.run.buttons import QUESTION, is_sql_known
from odps_bot.messages.run.findings import FINDING_EMOJI, finding_in_short
from odps_bot.messages.run.outcomes import queue_in_words
from odps_bot.messages.run.refusals import trouble_in_short
from odps_bot.messages.run.states import WORDS, since_or_duration, state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.messages.sentences import SENTENCES, sentence_for
from odps_bot.messages.sql_preview import sql_as_code
from odps_bot.runs.progress import progress_percent_of
from odps_bot.runs.run import Run, RunState

MOVE_BOARD = "move_board"
END_BOARD = "end_board"

#: Rows of a board: a screenful.
MOST_ROWS = 20

#: Slack's sections take 3,000 characters; a row has 400 at most.
SECTION_ROWS = 5

SQL_CHARACTERS = 60
WORDS_CHARACTERS = 80

#: Slack takes 4,000 characters of text in an update.
TEXT_CHARACTERS = 3_900

#: A figure that was found out so long before the time of the board has a time of its own.
OLD_FIGURE = timedelta(seconds=30)

ENDED = ":black_square_for_stop:"
HOW_IT_ENDS = "`/odps board off` ends this board."


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """An active run on a board."""

    run: Run
    is_here: bool  #: it is one of the board's channel, which may see its statement


@dataclass(frozen=True, kw_only=True)
class BoardView:
    """What a board shows."""

    now: datetime
    project: str | None
    rows: Sequence[BoardRow]  #: the first of them, in their order
    total: int
    is_total_known: bool = True  #: False: there may be more
    last: Run | None = None  #: the last run that has ended


def board_message(view: BoardView, *, names_people: bool) -> Message:
    """Return the board.

    A message that is posted notifies whoever it names, an update of it nobody: so the first one
    names nobody.
    """
    lines = [_row(row, view, names_people=names_people) for row in view.rows]
    left = view.total - len(lines)
    if left > 0:
        lines.append(f"and {_count(left, view)} more ({t.code(_list_command(view))})")
    notes = " ".join(_notes(view))
    starts = range(0, len(lines), SECTION_ROWS)
    blocks = [
        b.section(_headline(view)),
        *(b.section("\n".join(lines[start : start + SECTION_ROWS])) for start in starts),
        b.context(notes),
    ]
    return Message(_text(_headline(view), lines, notes), blocks)


def content_digest(view: BoardView) -> str:
    """Return the same for views that show the same but for the time as of which they do."""
    shown = [_row(row, view, names_people=True, is_dated=False) for row in view.rows]
    last = f"{view.last.run_id} {view.last.state}" if view.last else ""
    said = "\n".join([str(view.project), str(view.total), last, *shown])
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:16]


def moved_board(url: str) -> Message:
    """Return what a board's former message says; `url` is that of the new one, if it is known."""
    where = f"<{t.escape(url)}|here it is>" if url else "it is further below"
    return Message(f":arrow_down: This board has moved: {where}.")


def ended_board(*, ended_by: str, now: datetime) -> Message:
    """Return what is left of a board that a person has ended, or nobody: nothing has run."""
    if ended_by:
        return Message(
            f"{ENDED} {t.mention(ended_by)} ended this board, {t.day_and_time(now)}."
            " `/odps board` posts a new one."
        )
    return Message(
        f"{ENDED} This board has ended, {t.day_and_time(now)}: nothing has run here for a"
        " day. `/odps board` posts a new one."
    )


def no_longer_allowed(*, now: datetime) -> Message:
    """Return what is left of a board whose channel isn't allowed to have it any more."""
    return Message(
        f"{ENDED} This board has ended, {t.day_and_time(now)}: the team's rules no longer"
        " allow it in this channel."
    )


def not_posted(code: str) -> Message:
    """Return why there is no board, for the person who asked for it."""
    unknown = f"Slack doesn't let me post here (`{t.escape(code)}`)."
    why = sentence_for(code, SENTENCES.board_refused, unknown=unknown)
    return Message(f":x: {why} No board was posted.")


def board_exists(url: str, *, project: str | None, is_changed: bool, value: str) -> Message:
    """Return where the channel's board is, and offer to move it; `url` is empty if not known."""
    where = f"see <{t.escape(url)}|the board>" if url else "it is further up"
    lists = f"the active runs in {t.code(project)}" if project else "its active runs"
    verb = "now lists" if is_changed else "lists"
    said = f":bar_chart: This channel's board {verb} {lists}: {where}."
    row = [
        b.button("Move it to the bottom", action_id=MOVE_BOARD, value=value),
        b.button("End it", action_id=END_BOARD, value=value),
    ]
    return Message(said, [b.section(said), b.actions(row, block_id=QUESTION)])


def board_ended() -> Message:
    """Return that the board has ended, for the person who has ended it."""
    return Message(
        ":black_square_for_stop: This channel's board has ended. `/odps board` posts a new one."
    )


def _headline(view: BoardView) -> str:
    where = f" in {t.code(view.project)}" if view.project else ""
    as_of = t.as_of(view.now)
    if view.total:
        return f":bar_chart: *Active runs{where}* · {_count(view.total, view)} · {as_of}"
    parts = [f":zzz: *Nothing is running{where}*", as_of]
    if view.last is not None and view.last.ended_at is not None:
        word, when = WORDS[view.last.state].lower(), t.day_and_time(view.last.ended_at)
        parts.append(f"last: {run_link(view.last)} {word}, {when}")
    return " · ".join(parts)


def _count(number: int, view: BoardView) -> str:
    return f"{number:,}" if view.is_total_known else f"at least {number:,}"


def _list_command(view: BoardView) -> str:
    return f"/odps list project {view.project}" if view.project else "/odps list"


def _notes(view: BoardView) -> list[str]:
    hidden = ["SQL of other channels' runs is hidden."] if view.project else []
    if view.total:
        return [*hidden, "Updated here without notifications.", HOW_IT_ENDS]
    return ["Updated when something runs; it ends after a day without runs.", HOW_IT_ENDS]


def _row(row: BoardRow, view: BoardView, *, names_people: bool, is_dated: bool = True) -> str:
    """Return a run in one line; without `is_dated` it does not depend on the time of the board."""
    run = row.run
    parts = [
        state_in_words(run),
        run_link(run) if row.is_here else f"*{t.escape(run.name)}*",
        t.mention(run.user_id) if names_people else "",
        _progress(run, view.now, is_dated=is_dated),
        since_or_duration(run, view.now),
        sql_as_code(run.sql, limit=SQL_CHARACTERS) if row.is_here and is_sql_known(run) else "",
    ]
    return " · ".join(part for part in parts if part)


def _progress(run: Run, now: datetime, *, is_dated: bool) -> str:
    """Return how far the run is, or why it waits; with the time where that is old."""
    if run.state not in {RunState.RUNNING, RunState.STOPPING}:
        return ""
    parts = []
    if (percent := progress_percent_of(run)) is not None:
        parts.append(f"{t.bar(percent, width=8)} {percent}%")
    if queue := queue_in_words(run.queue_position, run.queue_status):
        parts.append(t.one_line(queue, limit=WORDS_CHARACTERS))
    if parts and is_dated and run.polled_at is not None and now - run.polled_at > OLD_FIGURE:
        parts.append(f"at {t.clock_time(run.polled_at)}")
    if finding := finding_in_short(run):
        parts.append(f"{FINDING_EMOJI} {finding}")
    if trouble := trouble_in_short(run):
        parts.append(f":warning: {t.one_line(trouble, limit=WORDS_CHARACTERS)}")
    return " · ".join(parts)


def _text(headline: str, lines: Sequence[str], notes: str) -> str:
    kept, left = [headline], TEXT_CHARACTERS - len(headline) - len(notes) - 10
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            kept.append(t.ELLIPSIS)
            break
        kept.append(line)
    return "\n".join((*kept, notes))
