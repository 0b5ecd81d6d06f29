"""When a board is updated. Pure.

Slack's updates are scarce (48 a minute in our bucket), and boards are what is kept fresh with them:
those on which something runs take 30 of them at most, in turn. With ten such boards each has its
turn every 20 s, and none is older than 30 s; with more each is older, and says as of when it is.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from odps_bot.store.boards import Board

#: No board is updated more often than this.
SHORTEST_INTERVAL = timedelta(seconds=15)

#: All boards together take one update in this time, and so leave 18 a minute to cards.
INTERVAL_A_BOARD = timedelta(seconds=2)

#: The times between which a board chooses are so far apart, and this far from others is far enough.
SLOT = timedelta(seconds=0.5)
ALONE = timedelta(seconds=2)

#: The time on a board, while something runs, is as old as this at most before it is written anew.
STAMP_INTERVAL = timedelta(seconds=20)

#: Whether anything has changed is looked at so often, once a board may be updated again.
CHECK_INTERVAL = timedelta(seconds=5)

#: So long before a board is updated, the runs on it are polled.
POLLED_BEFORE = timedelta(seconds=6)

#: A board without active runs is looked at so often, and ends after so long.
IDLE_INTERVAL = timedelta(seconds=15)
IDLE_LIFE = timedelta(days=1)


def interval(active_boards: int) -> timedelta:
    """Return the time between two updates of a board, of so many on which something runs."""
    return max(SHORTEST_INTERVAL, active_boards * INTERVAL_A_BOARD)


def next_update(board: Board, *, is_changed: bool, active_boards: int) -> datetime | None:
    """Return when the board is to be updated; None: at once, because it never was."""
    if board.shown_at is None:
        return None
    # What it says when nothing runs does not age: the first run is shown at once.
    if is_changed and board.idle_since is not None:
        return None
    first = board.next_at or board.shown_at + interval(active_boards)
    return first if is_changed else max(first, board.shown_at + STAMP_INTERVAL)


def next_slot(now: datetime, others: Collection[datetime], *, active_boards: int) -> datetime:
    """Return when a board that was just updated may be updated again.

    It keeps away from when the `others` may be: boards that all want an update in one moment would
    take those with which runs say that they have ended, and wait behind such.
    """
    pace = interval(active_boards)
    longest = max(pace, STAMP_INTERVAL)
    count = int((longest - SHORTEST_INTERVAL) / SLOT) + 1
    slots = [now + pace, *(now + longest - number * SLOT for number in range(count))]
    return max(slots, key=lambda slot: min((*(abs(slot - other) for other in others), ALONE)))


def next_check(board: Board, *, now: datetime, active_boards: int) -> datetime:
    """Return when to look at a board again that is not to be updated yet."""
    shown_at = board.shown_at or now
    first = board.next_at or shown_at + interval(active_boards)
    last = max(first, shown_at + STAMP_INTERVAL)
    return first if now < first else min(last, now + CHECK_INTERVAL)


def is_over(board: Board, *, now: datetime) -> bool:
    """Return whether nothing has run for so long that the board ends."""
    return board.idle_since is not None and now - board.idle_since >= IDLE_LIFE
