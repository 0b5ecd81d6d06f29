"""`/odps board`: one message in the channel that lists its active runs and is kept up to date."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError, UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.did_you_mean import unknown_word
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message
from odps_bot.messages import board as words
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services
from odps_bot.store.boards import MOST_BOARDS, Board
from odps_bot.store.notification_kind import NotificationKind

USAGE = "/odps board [project P] [move / off]"

_PROJECT_WORDS = frozenset({"project", "--project", "-p", "\u2014project"})
_OFF = frozenset({"off", "end", "stop", "remove", "close", "delete"})
_MOVE = frozenset({"move", "again", "anew", "new", "repost"})
_FILLERS = frozenset({"on", "here", "of", "in", "for", "the", "show"})


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was typed."""

    project: str | None = None
    is_off: bool = False
    is_move: bool = False


def answer(request: Request, services: Services) -> Answer:
    """Put a board in the channel, say where it is, or move or end it."""
    wish = read_wish(request.text)
    if not request.channel_id or request.channel_id.startswith("D"):
        raise CommandError(
            "A board belongs to a channel: type `/odps board` there. Your own runs are in"
            " `/odps list` and in my Home tab. No board was posted."
        )
    found = services.stores.boards.find(request.team_id, request.channel_id)
    standing = found if found is not None and not found.ended_by else None
    if wish.is_off:
        return _end(standing, request, services)
    if wish.is_move:
        return _move(standing, request, services)
    project = wish.project and allowed_project(
        wish.project, request, services, undone="Nothing was changed."
    )
    require_permission(request, services, Permission.BOARD, project=project)
    if standing is None:
        return _begin(project, request, services)
    return _point_to(standing, project if wish.project else standing.project, request, services)


def read_wish(text: str) -> Wish:
    """Return what was typed after the verb, in any order. Raises UsageError."""
    project: str | None = None
    is_off = is_move = False
    words_ = iter(text.replace("=", " ").split())
    for word in words_:
        name = word.lower().strip("`,;")
        if name in _PROJECT_WORDS:
            project = next(words_, "").strip("`'\",;")
            if not project:
                raise UsageError("The name of the project is missing.", usage=USAGE)
        elif name in _OFF:
            is_off = True
        elif name in _MOVE:
            is_move = True
        elif name not in _FILLERS:
            known = ("project", "move", "off")
            raise unknown_word(word, known, usage=USAGE, end="Nothing was changed.")
    if is_off and (is_move or project):
        raise UsageError("`off` ends the channel's board; it takes nothing else.", usage=USAGE)
    return Wish(project=project, is_off=is_off, is_move=is_move)


def move_board(value: str, request: Request, services: Services) -> Answer:
    """Post the board that the button names anew, at the bottom of its channel."""
    return _move(_named(value, request, services), request, services)


def end_board(value: str, request: Request, services: Services) -> Answer:
    """End the board that the button names."""
    return _end(_named(value, request, services), request, services)


def _named(value: str, request: Request, services: Services) -> Board:
    found = services.stores.boards.find(request.team_id, request.channel_id)
    if found is None or found.ended_by or found.interaction_id != value:
        raise CommandError("This board has changed since. Type `/odps board` again.")
    return found


def _begin(project: str | None, request: Request, services: Services) -> Answer:
    """Store a new board, which a worker posts; what is left of a former one goes with it."""
    if len(services.stores.boards.of_team(request.team_id)) >= MOST_BOARDS:
        raise CommandError(
            f"This workspace has {MOST_BOARDS} boards already, which is the most. End one with"
            " `/odps board off` in its channel. No board was posted."
        )
    new = Board(
        **request.who,
        created_at=services.clock(),
        interaction_id=request.interaction_id,
        project=project,
    )
    _change(partial(_in_place_of, new=new), request, services)
    if request.thread_ts is None:
        return None
    return Message(":bar_chart: The board goes into the channel, not into this thread.")


def _in_place_of(before: Board | None, *, new: Board) -> Board:
    if before is None:
        return new
    if before.interaction_id == new.interaction_id or not before.ended_by:
        return before  # the same command, delivered again, or another one came first
    return msgspec.structs.replace(new, former_ts=before.ts or before.former_ts)


def _point_to(board: Board, project: str | None, request: Request, services: Services) -> Answer:
    """Say where the channel's board is; it lists another project from now on if one was named."""
    is_changed = project != board.project
    facts: dict[str, object] = {}
    if is_changed:
        # Shown at the next turn, which does not wait: it has shown nothing of this yet.
        facts = {"project": project, "shown": "", "shown_at": None, "idle_since": None}
    # It has a turn in any case: that of a restored backup has none.
    _change(partial(_with, board=board, facts=facts), request, services)
    return words.board_exists(
        board.url, project=project, is_changed=is_changed, value=board.interaction_id
    )


def _move(board: Board | None, request: Request, services: Services) -> Answer:
    require_permission(
        request, services, Permission.BOARD, project=board.project if board else None
    )
    if board is None:
        return _begin(None, request, services)
    facts = {
        "user_id": request.user_id,
        "interaction_id": request.interaction_id,
        "ts": None,
        "former_ts": board.ts or board.former_ts,
        "is_reposted": False,
        "closed_since": None,
    }
    _change(partial(_with, board=board, facts=facts), request, services)
    return (
        Message(":bar_chart: The board moves to the bottom.") if request.answers_question else None
    )


def _end(board: Board | None, request: Request, services: Services) -> Answer:
    require_permission(request, services, Permission.BOARD)
    if board is None:
        raise CommandError("This channel has no board. `/odps board` posts one.")
    facts = {"ended_by": request.user_id}
    _change(partial(_with, board=board, facts=facts), request, services)
    return words.board_ended()


def _with(current: Board | None, *, board: Board, facts: Mapping[str, object]) -> Board | None:
    """Return the board with these facts, if it is still the one that was found."""
    if current is None or current.interaction_id != board.interaction_id or current.ended_by:
        return current
    return msgspec.structs.replace(current, **facts)


def _change(
    decide: Callable[[Board | None], Board | None], request: Request, services: Services
) -> None:
    """Change the channel's board, and give it a turn at once."""
    services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
    now = services.clock()
    _, board = services.stores.boards.change(request.team_id, request.channel_id, decide, turn=now)
    if board is not None:
        services.stores.outbox.enqueue(NotificationKind.BOARD, board.id)
        services.jobs.deliver()


COMMAND = Command(
    usage=USAGE,
    group=Group.FOLLOW,
    summary="Keep one message here that lists the active runs, updated every 15 to 30 seconds",
    examples=(
        "/odps board",
        "/odps board project analytics",
        "/odps board move",
        "/odps board off",
    ),
    answer=answer,
    permission=Permission.BOARD,
)
