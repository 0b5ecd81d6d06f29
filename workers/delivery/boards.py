"""Keep the boards of channels: a message each, updated in place as its runs go on.

A turn reads what runs and updates the message if that is worth an update; the record says what was
shown, and when. Whatever dies on the way is done again at the next turn.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import msgspec

from odps_bot.messages import Message
from odps_bot.messages import board as words
from odps_bot.policy.effective_role import NEEDED, Permission
from odps_bot.services import Services
from odps_bot.slack.errors import MessageGoneError, PlaceError, RefusedError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store import keys
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.boards import Board
from odps_bot.store.message_leases import UPDATE_INTERVAL
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery import board_pace as pace
from workers.delivery.board_view import has_begun_since, poll_soon, view_of

log = logging.getLogger(__name__)

#: Final cards are claimed before boards, and boards before all others: they need leave nothing.
RESERVE_OF_BOARDS = 0

#: A closed channel is tried again after a share of how long it has been closed, for so long.
SHORTEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = keys.closed_channel.life
PAUSE_BY_AGE = 0.25
PATIENCE = timedelta(days=14)

AT_ONCE = timedelta(0)


def deliver_board(board_id: str, services: Services) -> timedelta | None:
    """Give a board its turn: post, update, move or end its message, if there is a reason to.

    Returns when to try again, or None: its next turn comes by itself. Raises SlackError when it
    must wait. Safe to run twice.
    """
    team_id, _, channel_id = board_id.partition(" ")
    board = services.stores.boards.find(team_id, channel_id)
    if board is None:
        services.stores.boards.forget_turn(board_id)
        return None
    if not services.stores.message_leases.begin_update_interval(NotificationKind.BOARD, board_id):
        return UPDATE_INTERVAL
    now = services.clock()
    if board.closed_since is not None:
        if now - board.closed_since >= PATIENCE:
            _forget(board, "its channel was closed for 14 days", services)
            return None
        wait = services.stores.closed_channels.wait(channel_id)
        if wait != AT_ONCE:
            services.stores.boards.schedule(board, now + wait)
            return None
    try:
        _take_turn(board, services, now=now)
    except MessageGoneError as error:
        _message_gone(board, error, services, now=now)
    except PlaceError as error:
        _channel_closed(board, error, services, now=now)
    else:
        if board.closed_since is not None:
            services.stores.closed_channels.reopen(channel_id)
            _change(board, {"closed_since": None}, services)
    return None


def _take_turn(board: Board, services: Services, *, now: datetime) -> None:
    if board.ended_by:
        message = words.ended_board(ended_by=board.ended_by, now=now)
        _end(board, message, "ended", services)
    elif not _is_allowed(board, services):
        _end(board, words.no_longer_allowed(now=now), "no longer allowed", services)
    elif board.ts is None:
        _post(board, services, now=now)
    elif board.former_ts is not None:
        _say_moved(board, board.former_ts, services, now=now)
    else:
        _refresh(board, board.ts, services, now=now)


def _is_allowed(board: Board, services: Services) -> bool:
    """Return whether the channel may still have the board: the rules may have changed."""
    channel = services.rules.channel(board.channel_id)
    is_allowed = channel.highest_role.includes(NEEDED[Permission.SEE])
    return is_allowed and (board.project is None or channel.allows(board.project))


def _post(board: Board, services: Services, *, now: datetime) -> None:
    """Post the board's message, which names nobody: its next update does."""
    view = view_of(board, services, now=now)
    subject = f"{board.id} {board.created_at.timestamp()}"
    post_id = PostId(
        kind=NotificationKind.BOARD,
        subject_id=hashlib.sha256(subject.encode()).hexdigest()[:24],
        field="board_id",
        after=board.posts,
    )
    try:
        posted = services.slack.gateway.post_once(
            post_id, [words.board_message(view, names_people=False)], Place(board.channel_id)
        )
    except RefusedError as error:
        log.warning("the board of channel %s is not posted: %s", board.channel_id, error)
        if board.posts == 0:
            answer = words.not_posted(error.code)
            services.stores.ephemeral_replies.give(board.interaction_id, answer)
            services.jobs.deliver()
        _forget(board, f"not posted: {error.code}", services)
        return
    shown = (
        {"shown": "", "shown_at": None} if view.rows else _shown(view, words.content_digest(view))
    )
    url = services.stores.workspace_urls.of(board.team_id, services.slack.gateway)
    facts = {"ts": posted.ts, "posts": board.posts + 1, "workspace_url": url, **shown}
    _change(board, facts, services, turn=now + UPDATE_INTERVAL)


def _say_moved(board: Board, former_ts: str, services: Services, *, now: datetime) -> None:
    """Update the message that the board has left; one that is gone need not say it."""
    message = words.moved_board(board.url)
    try:
        _update(board, former_ts, message, services)
    except MessageGoneError as error:
        log.info("a former message of the board is gone: %s", error)
    _change(board, {"former_ts": None}, services, turn=now)


def _refresh(board: Board, ts: str, services: Services, *, now: datetime) -> None:
    """Update the message if something has changed, or its time is about to be too old."""
    if board.idle_since is not None and not has_begun_since(board, services):
        _stay_idle(board, services, now=now)
        return
    view = view_of(board, services, now=now)
    shown = words.content_digest(view)
    if board.idle_since is not None and shown == board.shown:
        _stay_idle(board, services, now=now)
        return
    others = _other_active_boards(board, services)
    active_boards = len(others) + 1
    due = pace.next_update(board, is_changed=shown != board.shown, active_boards=active_boards)
    if due is not None and now < due:
        if due - now <= pace.POLLED_BEFORE:
            poll_soon(view, services)
        check = pace.next_check(board, now=now, active_boards=active_boards)
        services.stores.boards.schedule(board, min(check, max(due, now)))
        return
    _update(board, ts, words.board_message(view, names_people=True), services)
    planned = [one.next_at for one in others if one.next_at is not None]
    next_at = pace.next_slot(now, planned, active_boards=active_boards)
    turn = next_at - pace.POLLED_BEFORE if view.total else now + pace.IDLE_INTERVAL
    _change(board, {**_shown(view, shown), "next_at": next_at}, services, turn=turn)


def _stay_idle(board: Board, services: Services, *, now: datetime) -> None:
    """Leave the message as it is, or end the board where nothing has run for a day."""
    if pace.is_over(board, now=now):
        message = words.ended_board(ended_by="", now=now)
        _end(board, message, "nothing has run for a day", services)
    else:
        services.stores.boards.schedule(board, now + pace.IDLE_INTERVAL)


def _shown(view: words.BoardView, digest: str) -> dict[str, object]:
    """Return what is recorded of a board that shows this."""
    idle_since = None if view.total else view.now
    return {
        "shown": digest,
        "shown_at": view.now,
        "active": view.total,
        "idle_since": idle_since,
    }


def _other_active_boards(board: Board, services: Services) -> list[Board]:
    """Return the other boards of the workspace on which something runs."""
    boards = services.stores.boards.of_team(board.team_id)
    return [one for one in boards if one.active > 0 and one.id != board.id]


def _update(board: Board, ts: str, message: Message, services: Services) -> None:
    services.slack.gateway.update(board.channel_id, ts, [message], reserve=RESERVE_OF_BOARDS)


def _end(board: Board, message: Message, why: str, services: Services) -> None:
    """Let the messages say that the board has ended; one that is gone need not."""
    for ts in filter(None, (board.ts, board.former_ts)):
        try:
            _update(board, ts, message, services)
        except MessageGoneError as error:
            log.info("a message of an ended board is gone: %s", error)
    _forget(board, why, services)


def _forget(board: Board, why: str, services: Services) -> None:
    """Remove the board, unless somebody has asked for it anew meanwhile."""
    before, after = services.stores.boards.change(
        board.team_id,
        board.channel_id,
        lambda current: current if current and _is_another(current, board) else None,
    )
    if before is None or after is not None:
        return
    log.info("the board of channel %s has ended: %s", board.channel_id, why)
    services.stores.audit.record(
        AuditLine(
            kind=AuditKind.NOTIFICATION,
            what=NotificationKind.BOARD,
            outcome="ended",
            team_id=board.team_id,
            channel_id=board.channel_id,
            user_id=board.ended_by,
            project=board.project or "",
            detail=why,
        )
    )


def _message_gone(
    board: Board, error: MessageGoneError, services: Services, *, now: datetime
) -> None:
    """Post the board anew, once: somebody who deletes it twice does not want it."""
    if board.is_reposted:
        _forget(board, f"its message is gone: {error.code}", services)
        return
    log.warning("the board of channel %s is posted again: %s", board.channel_id, error)
    _change(board, {"ts": None, "is_reposted": True}, services, turn=now)


def _channel_closed(board: Board, error: PlaceError, services: Services, *, now: datetime) -> None:
    """Leave the board alone while its channel is archived, or the bot is not in it."""
    since = board.closed_since or now
    pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, (now - since) * PAUSE_BY_AGE))
    services.stores.closed_channels.close(board.channel_id, pause=pause)
    log.warning("the board of channel %s can't be updated for now: %s", board.channel_id, error)
    # It takes no updates, so the others need not wait for its turn.
    _change(board, {"closed_since": since, "active": 0}, services, turn=now + pause)


def _change(
    board: Board, facts: Mapping[str, object], services: Services, *, turn: datetime | None = None
) -> None:
    """Record what has become of the board, unless it was ended, moved or replaced meanwhile."""
    decide: Callable[[Board | None], Board | None] = partial(_with, board=board, facts=facts)
    services.stores.boards.change(board.team_id, board.channel_id, decide, turn=turn)


def _with(current: Board | None, *, board: Board, facts: Mapping[str, object]) -> Board | None:
    if current is None or _is_another(current, board):
        return current
    return msgspec.structs.replace(current, **facts)


def _is_another(current: Board, board: Board) -> bool:
    """Return whether somebody has asked for another board, place or end since it was read."""
    mine = (board.created_at, board.interaction_id, board.ended_by)
    return mine != (current.created_at, current.interaction_id, current.ended_by)
