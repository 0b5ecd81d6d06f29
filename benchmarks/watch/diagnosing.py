"""What it takes to say of a thousand watched instances which are sick, and how soon that is said.

The same load runs twice side by side: with the diagnosis, and with `[diagnosis] enabled = false`.
"""

import random
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from redis import Redis

from benchmarks.watch.arrivals import Arrivals
from benchmarks.watch.bars import Bar, bar_lines, quantile
from benchmarks.watch.designs import OURS, Surroundings
from benchmarks.watch.measure import get, put
from benchmarks.world import bot
from benchmarks.world.diagnosis import RULE_S
from benchmarks.world.maxcompute import LIFE_S
from benchmarks.world.processes import Crew, stand_in
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind

#: Requests with the diagnosis, by those without.
MOST_REQUESTS = 1.3

_FROM_WHEN = (
    "Times are from when the other workers of a stage have ended; the rule for skew is true"
    f" {RULE_S} s later."
)

_SWITCHED_OFF = "[diagnosis]\nenabled = false\n"


@dataclass(frozen=True, kw_only=True)
class Ward:
    """How many instances run, and how many of them are sick."""

    count: int = 1_000
    sick: int = 50
    warm_up_s: float = 45  #: all are seen, and how fast they move is learnt
    falling_ill_s: float = 10  #: the sick fall ill at random within the first seconds
    window_s: float = 330


@dataclass(frozen=True, kw_only=True)
class Diagnosed:
    """What was found about a ward."""

    is_diagnosing: bool
    count: int
    sick: int
    requests_a_minute: float
    cpu_s_a_minute: float
    found_after_s: list[float]  #: of the sick that were found, from when they fell ill
    not_found: int
    wrongly_found: int  #: well ones


def measure_both(ward: Ward, *, log: Path | None = None) -> tuple[Diagnosed, Diagnosed]:
    """Return what was found without the diagnosis, and with it."""
    with ThreadPoolExecutor() as side_by_side:
        without = side_by_side.submit(_measure, ward, is_diagnosing=False, log=log)
        diagnosing = side_by_side.submit(_measure, ward, is_diagnosing=True, log=log)
        return without.result(), diagnosing.result()


def _measure(ward: Ward, *, is_diagnosing: bool, log: Path | None) -> Diagnosed:
    with (
        TemporaryDirectory() as folder,
        EmbeddedRedis() as server,
        stand_in("benchmarks.world.maxcompute") as maxcompute_url,
        stand_in("benchmarks.world.slack") as slack_url,
        Redis.from_url(server.url) as redis,
    ):
        rules = Path(folder) / "odps-bot.toml"
        rules.write_text("" if is_diagnosing else _SWITCHED_OFF)
        environ = bot.environ(
            redis_url=server.url,
            maxcompute_url=maxcompute_url,
            slack_url=slack_url,
            bot_port=bot.free_port(),
        ) | {"ODPS_BOT_RULES": str(rules)}
        crew = Crew(environ, log)
        put(f"{maxcompute_url}/count", ward.count)
        # What the list tells of instances is the same from the beginning.
        put(f"{maxcompute_url}/sick", {ward.count: time.time() + LIFE_S})
        try:
            with Arrivals(redis, keys.outbox(NotificationKind.FINDING)) as arrivals:
                around = Surroundings(redis=redis, environ=environ, crew=crew)
                OURS.start(around, ward.count)
                time.sleep(ward.warm_up_s)
                return _observe(ward, crew, arrivals, maxcompute_url, is_diagnosing=is_diagnosing)
        finally:
            crew.stop()


def _observe(
    ward: Ward, crew: Crew, arrivals: Arrivals, maxcompute_url: str, *, is_diagnosing: bool
) -> Diagnosed:
    crew.check()
    began_s, before = time.time(), int(get(f"{maxcompute_url}/requests"))
    cpu_s = crew.cpu_s()
    sick, ends = _plan(ward, began_s)
    put(f"{maxcompute_url}/sick", sick)
    put(f"{maxcompute_url}/ends", ends)
    time.sleep(ward.window_s)
    crew.check()
    minutes = (time.time() - began_s) / 60
    requests = int(get(f"{maxcompute_url}/requests")) - before
    found = arrivals.seen_at_s()
    return Diagnosed(
        is_diagnosing=is_diagnosing,
        count=ward.count,
        sick=ward.sick,
        requests_a_minute=requests / minutes,
        cpu_s_a_minute=(crew.cpu_s() - cpu_s) / minutes,
        found_after_s=[found[one] - since for one, since in sick.items() if one in found],
        not_found=sum(one not in found for one in sick),
        wrongly_found=sum(one not in sick for one in found),
    )


def _plan(
    ward: Ward, start_s: float, *, seed: int = 17
) -> tuple[dict[int, float], dict[int, float]]:
    """Return when some fall ill, and when others end: as many as if each took an hour."""
    chance = random.Random(seed)
    ended = round(ward.count * ward.window_s / LIFE_S)
    chosen = chance.sample(range(ward.count), ward.sick + ended)
    sick = {n: start_s + chance.random() * ward.falling_ill_s for n in chosen[: ward.sick]}
    return sick, {n: start_s + chance.random() * ward.window_s for n in chosen[ward.sick :]}


def bars_of(without: Diagnosed, diagnosing: Diagnosed) -> list[Bar]:
    """Return what is held to, and what was found."""
    ratio = diagnosing.requests_a_minute / without.requests_a_minute
    return [
        Bar(
            name="requests, by those without the diagnosis",
            found=ratio,
            most=MOST_REQUESTS,
            unit="",
        ),
        Bar(name="sick ones that were not found", found=diagnosing.not_found, most=0, unit=""),
        Bar(name="well ones called sick", found=diagnosing.wrongly_found, most=0, unit=""),
    ]


def diagnosing_section(both: Sequence[Diagnosed], *, machine: str) -> str:
    """Return the section of README.md about the diagnosis. Pure."""
    without, diagnosing = both
    rows = (
        "| | instances | sick | requests a minute | % of a core | found | median | worst |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(one) for one in both),
    )
    return "\n\n".join(
        (
            f"Measured on {machine}.",
            "\n".join(rows),
            _FROM_WHEN,
            "\n".join(bar_lines(bars_of(without, diagnosing))),
        )
    )


def _row(one: Diagnosed) -> str:
    after_s = one.found_after_s
    cells = (
        "with the diagnosis" if one.is_diagnosing else "without",
        f"{one.count:,}",
        f"{one.sick}",
        f"{one.requests_a_minute:,.0f}",
        f"{one.cpu_s_a_minute / 0.6:.1f}",
        f"{len(after_s)}" if one.is_diagnosing else "-",
        f"{statistics.median(after_s):.0f} s" if after_s else "-",
        f"{quantile(after_s, 1):.0f} s" if after_s else "-",
    )
    return f"| {' | '.join(cells)} |"
