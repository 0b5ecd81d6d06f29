"""Five hundred active runs in ten channels, each with a board, under Slack's limits of updates."""

import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks.watch.arrivals import Arrivals
from benchmarks.watch.measure import get, put
from benchmarks.world import bot, runs
from benchmarks.world.processes import Crew
from benchmarks.world.stage import stage
from odps_bot.commands import board
from odps_bot.input.request import Request
from odps_bot.services import Services
from odps_bot.store import keys


@dataclass(frozen=True, kw_only=True)
class Load:
    """What goes on, and for how long it is looked at."""

    live: int = 500
    channels: int = 10
    boards: int = 10
    settle_s: float = 40  #: until every board is there, and the bucket of updates is as ever
    ending_every_s: float = 6  #: one run after the other
    burst: int = 30  #: so many runs end in one moment
    before_burst_s: float = 60
    after_burst_s: float = 60


@dataclass(frozen=True, kw_only=True)
class Found:
    """What people saw."""

    boards: int
    oldest_board_s: float  #: how old a board's content was at most when it was replaced
    board_interval_s: float  #: between two updates of a board, on average
    finals_s: list[float]  #: from when the outbox knew of an end to the last update of its card
    untold_finals: int
    oldest_claim_s: float  #: of a card that does not say as of when it is
    oldest_card_s: float  #: of one that was updated at all
    updates_a_minute: dict[str, float]  #: by what was updated
    refused: int  #: calls for which Slack said 429


@dataclass(frozen=True)
class _Shown:
    at_s: float
    ts: str
    kind: str
    as_of_s: int


def measure(load: Load, *, log: Path | None = None) -> Found:
    """Return what two workers showed."""
    with stage() as world:
        services = bot.services(world.environ)
        put(f"{world.maxcompute_url}/count", load.live)
        runs.watch(load.live, services, channels=load.channels)
        workers = Crew(world.environ, log)
        try:
            with Arrivals(world.redis, keys.outbox("final")) as arrivals:
                for _ in range(2):
                    workers.start("odps_bot", "worker")
                _put_boards(load, services)
                time.sleep(load.settle_s)
                begin_s = time.time()
                ended = _end_runs(load, world.maxcompute_url, begin_s)
                time.sleep(load.before_burst_s + load.after_burst_s)
                workers.check()
                calls = json.loads(get(f"{world.slack_url}/calls"))
                shown = [_Shown(*one) for one in json.loads(get(f"{world.slack_url}/shown"))]
                return _read(shown, calls, arrivals.seen_at_s(), ended, begin_s, load)
        finally:
            workers.stop()


def _put_boards(load: Load, services: Services) -> None:
    for number in range(load.boards):
        request = Request(
            team_id=runs.TEAM,
            channel_id=runs.channel_id(number, channels=load.channels),
            user_id="U00000001",
            trigger_id=f"board.{number}",
        )
        board.answer(request, services)


def _end_runs(load: Load, maxcompute_url: str, begin_s: float) -> int:
    """Let runs end one after the other, and then many at once; return how many."""
    steady = int((load.before_burst_s + load.after_burst_s - 20) / load.ending_every_s)
    ends = {number: begin_s + number * load.ending_every_s for number in range(steady)}
    burst_s = begin_s + load.before_burst_s
    ends |= dict.fromkeys(range(steady, steady + load.burst), burst_s)
    put(f"{maxcompute_url}/ends", ends)
    return len(ends)


def _read(  # noqa: PLR0917  -- all that was written down
    shown: list[_Shown],
    calls: list[list[object]],
    known_at_s: dict[int, float],
    ended: int,
    begin_s: float,
    load: Load,
) -> Found:
    now_s = time.time()
    boards = {one.ts for one in shown if one.kind == "board"}
    cards = {runs.card_ts(number) for number in range(load.live)}
    by_ts: defaultdict[str, list[_Shown]] = defaultdict(list)
    for one in shown:
        by_ts[one.ts].append(one)
    over = {runs.card_ts(number) for number in known_at_s}
    finals_s = [
        max(0.0, told[-1].at_s - known_s)
        for number, known_s in known_at_s.items()
        if (told := by_ts[runs.card_ts(number)])
    ]
    of_boards = [_ages(by_ts[ts], begin_s, now_s) for ts in boards]
    going = [by_ts[ts] for ts in cards - over if by_ts[ts]]
    minutes = (now_s - begin_s) / 60
    updated = [one for one in shown if one.at_s >= begin_s and one.kind == ""]
    counts = {
        "boards": sum(one.ts in boards for one in updated),
        "final cards": len(finals_s),
        "cards": sum(one.ts in cards for one in updated) - len(finals_s),
    }
    counts["milestones and others"] = len(updated) - sum(counts.values())
    return Found(
        boards=len(boards),
        oldest_board_s=max((max(ages) for ages in of_boards), default=0.0),
        board_interval_s=60 * minutes * len(boards) / max(1, counts["boards"]),
        finals_s=sorted(finals_s),
        untold_finals=ended - len(finals_s),
        oldest_claim_s=max(
            (max(_ages(told, begin_s, now_s, is_undated=True), default=0.0) for told in going),
            default=0.0,
        ),
        oldest_card_s=max((max(_ages(told, begin_s, now_s)) for told in going), default=0.0),
        updates_a_minute={name: count / minutes for name, count in counts.items()},
        refused=sum(bool(call[5]) for call in calls),
    )


def _ages(
    told: list[_Shown], begin_s: float, now_s: float, *, is_undated: bool = False
) -> list[float]:
    """Return how old each content of a message was when the next one came, or is now."""
    following = [*told[1:], _Shown(now_s, "", "", 0)]
    return [
        after.at_s - (one.as_of_s or one.at_s)
        for one, after in zip(told, following, strict=True)
        if after.at_s > begin_s and not (is_undated and one.as_of_s)
    ]
