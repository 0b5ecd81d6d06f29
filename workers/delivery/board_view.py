"""What a board shows: the active runs of its channel or project, from the records alone."""

from datetime import datetime, timedelta

from odps_bot.messages.board import MOST_ROWS, BoardRow, BoardView
from odps_bot.policy.visibility import is_visible
from odps_bot.runs import Run, RunState
from odps_bot.runs.progress import has_begun
from odps_bot.services import Services
from odps_bot.store.boards import Board

#: As many of the workspace's open runs are looked through.
MOST_OPEN_RUNS = 2_000

#: Among so many of the channel's newest runs the last one that has ended is looked for.
NEWEST_RUNS = 20

#: A run is stored a moment after the time at which it counts as requested.
MARGIN = timedelta(minutes=1)

#: A figure that is older than this is worth a poll, unless so many polls wait already.
FRESH = timedelta(seconds=15)
MOST_WAITING_POLLS = 40

#: What somebody must do comes first, then what runs.
_LAST = 10**9


def view_of(board: Board, services: Services, *, now: datetime) -> BoardView:
    """Return what the board is to show now."""
    open_runs = services.stores.runs.open_runs(board.team_id, limit=MOST_OPEN_RUNS)
    found = [run for run in open_runs if _belongs(run, board)]
    found.sort(key=_order)
    return BoardView(
        now=now,
        project=board.project,
        rows=[BoardRow(run=run, is_here=_is_here(run, board)) for run in found[:MOST_ROWS]],
        total=len(found),
        is_total_known=len(open_runs) < MOST_OPEN_RUNS,
        last=None if found else _last(board, services),
    )


def has_begun_since(board: Board, services: Services) -> bool:
    """Return whether something may run on a board that says that nothing does."""
    since = board.idle_since
    if since is None or board.project is not None:
        return True
    newest = services.stores.runs.recent(board.team_id, board.channel_id, limit=1)
    return any(run.requested_at > since - (MARGIN * (not run.is_final)) for run in newest)


def poll_soon(view: BoardView, services: Services) -> None:
    """Have the runs on a board polled whose figures are not fresh: the board is updated soon."""
    if services.jobs.waiting_prompts() >= MOST_WAITING_POLLS:
        return
    wanted = {
        row.run.run_id: ""
        for row in view.rows
        if row.run.state in {RunState.RUNNING, RunState.STOPPING}
        and (row.run.polled_at is None or view.now - row.run.polled_at > FRESH)
    }
    for run_id in services.stores.sweeps.request_polls(wanted) if wanted else ():
        services.jobs.poll_now(run_id)


def _belongs(run: Run, board: Board) -> bool:
    if board.project is not None:
        return run.project == board.project
    return _is_here(run, board)


def _is_here(run: Run, board: Board) -> bool:
    """Return whether everybody in the board's channel may see the run."""
    return is_visible(run, team_id=board.team_id, channel_id=board.channel_id, user_id="")


def _order(run: Run) -> tuple[int, int, float]:
    """Order by what waits for somebody, what runs, by age, and what waits, by its place."""
    awaits = run.state is RunState.AWAITING_DECISION
    place = 0 if has_begun(run) else run.queue_position or _LAST
    return 0 if awaits else 1, 0 if awaits else place, run.began_at.timestamp()


def _last(board: Board, services: Services) -> Run | None:
    """Return the channel's last run that has ended."""
    if board.project is not None:
        return None
    newest = services.stores.runs.recent(board.team_id, board.channel_id, limit=NEWEST_RUNS)
    ended = [run for run in newest if run.ended_at is not None]
    return max(ended, key=lambda run: run.ended_at or run.requested_at, default=None)
