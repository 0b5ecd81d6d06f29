"""Five hundred live cards under Slack's limit of fifty edits a minute; some runs end at once."""

import json
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.watch.arrivals import Arrivals
from benchmarks.watch.measure import get, put
from benchmarks.world import bot, runs
from benchmarks.world.processes import Crew
from benchmarks.world.stage import stage
from odps_bot.store import keys


@dataclass(frozen=True, kw_only=True)
class Cards:
    """How many cards are live, and how many of their runs end together."""

    live: int = 500
    ending: int = 60  #: more than Slack allows edits in a minute
    before_s: float = 45
    after_s: float = 90
    in_hand_s: float = (
        1  #: so long a deliverer has an edit in hand when something more urgent comes
    )


@dataclass(frozen=True, kw_only=True)
class Final:
    """The last edit of a card."""

    after_s: float  #: since the outbox knew of it
    overtaken_by: int  #: edits for progress that were made meanwhile, but for those in hand


@dataclass(frozen=True, kw_only=True)
class Told:
    """What Slack was told."""

    finals: list[Final]
    untold_finals: int
    completions_s: list[float]  #: from the entry of the last edit, which comes with theirs
    edits_a_minute: float  #: all of them
    progress_edits_a_minute: float  #: of cards, while no final waited
    refused: int  #: calls for which Slack said 429
    live: int

    oldest_s: float  #: the longest that a card was seen to stay as it was
    span_s: float  #: how long was looked on

    @property
    def worst_age_s(self) -> float:
        """How old the worst card gets: they are edited in turn."""
        return 60 * self.live / self.progress_edits_a_minute


def measure_cards(cards: Cards, *, log: Path | None = None) -> Told:
    """Return what Slack was told by two workers, and when."""
    with stage() as world:
        put(f"{world.maxcompute_url}/count", cards.live)
        runs.watch(cards.live, bot.services(world.environ))
        workers = Crew(world.environ, log)
        try:
            with Arrivals(world.redis, keys.outbox("final")) as arrivals:
                for _ in range(2):
                    workers.start("odps_bot", "worker")
                start_s = time.time()
                time.sleep(cards.before_s)
                end_s = time.time()
                put(f"{world.maxcompute_url}/ends", dict.fromkeys(range(cards.ending), end_s))
                time.sleep(cards.after_s)
                workers.check()
                calls = [_Call(*call) for call in json.loads(get(f"{world.slack_url}/calls"))]
                return _read(calls, arrivals.seen_at_s(), cards, start_s, end_s)
        finally:
            workers.stop()


@dataclass(frozen=True)
class _Call:
    at_s: float
    method: str
    channel: str
    about: str
    kind: str
    is_refused: bool


def _read(
    calls: list[_Call], known_at_s: dict[int, float], cards: Cards, start_s: float, end_s: float
) -> Told:
    now_s = time.time()
    edits = [call for call in calls if call.method == "chat.update" and not call.is_refused]
    last_edits = {call.about: call.at_s for call in edits}
    ended = {runs.card_ts(number) for number in range(cards.ending)}
    progress_s = [call.at_s for call in edits if call.about not in ended]
    finals, completions_s = [], []
    posted_at_s = {c.about: c.at_s for c in calls if c.kind == "completion" and not c.is_refused}
    for number, known_s in known_at_s.items():
        told_s = last_edits.get(runs.card_ts(number), 0.0)
        if told_s >= known_s:
            overtaken = sum(known_s + cards.in_hand_s < at_s < told_s for at_s in progress_s)
            finals.append(Final(after_s=told_s - known_s, overtaken_by=overtaken))
        if posted_s := posted_at_s.get(runs.run_id(number)):
            completions_s.append(posted_s - known_s)
    live = {runs.card_ts(number) for number in range(cards.live)}
    of_cards = [c for c in edits if c.about in live and c.at_s < end_s]
    span_minutes = (end_s - start_s) / 60
    return Told(
        finals=finals,
        untold_finals=cards.ending - len(finals),
        completions_s=completions_s,
        edits_a_minute=len(edits) / ((now_s - start_s) / 60),
        progress_edits_a_minute=len(of_cards) / span_minutes,
        refused=sum(call.is_refused for call in calls),
        live=cards.live,
        oldest_s=max(
            _longest_pause(runs.card_ts(number), edits, start_s, now_s)
            for number in range(cards.ending, cards.live)
        ),
        span_s=now_s - start_s,
    )


def _longest_pause(card_ts: str, edits: list[_Call], start_s: float, end_s: float) -> float:
    """Return the longest time in which the card was not edited."""
    at_s = [start_s, *(call.at_s for call in edits if call.about == card_ts), end_s]
    return max(later - earlier for earlier, later in pairwise(at_s))
