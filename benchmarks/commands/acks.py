"""How soon commands are acknowledged while 10,000 instances are watched, and by Bolt alone."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.request import urlopen

from redis import Redis

from benchmarks.commands.people import Ack, type_commands, typed
from benchmarks.watch.measure import put
from benchmarks.world import bot, runs
from benchmarks.world.processes import Crew, stand_in
from odps_bot.listeners.http_delivery import PATH
from odps_bot.sandbox.redis import EmbeddedRedis

T = TypeVar("T")

#: Commands that nobody counts: the server's threads and connections are there afterwards.
_FIRST_S = 2


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How much is typed, and what is watched meanwhile."""

    watched: int = 10_000
    per_s: float = 100
    span_s: float = 60
    bare_span_s: float = 20
    warm_up_s: float = 12


@dataclass(frozen=True, kw_only=True)
class Acks:
    """What was found."""

    ours: list[Ack]
    bare: list[Ack]
    bot_cpu_share: float  #: of a core
    bare_cpu_share: float
    kept_runs: int  #: of the runs asked for, those whose record is in Redis


def measure_acks(pace: Pace, *, log: Path | None = None) -> Acks:
    """Return how our bot with two workers acknowledges, and then Bolt alone."""
    with _bare_bolt(log) as (crew, url):
        bare, bare_cpu_share = _type(url, crew, pace, span_s=pace.bare_span_s)
    with (
        EmbeddedRedis() as server,
        stand_in("benchmarks.world.maxcompute") as maxcompute_url,
        stand_in("benchmarks.world.slack") as slack_url,
        Redis.from_url(server.url) as redis,
    ):
        port = bot.free_port()
        environ = bot.environ(
            redis_url=server.url,
            maxcompute_url=maxcompute_url,
            slack_url=slack_url,
            bot_port=port,
        )
        put(f"{maxcompute_url}/count", pace.watched)
        runs.watch(pace.watched, bot.services(environ))
        workers, bots = Crew(environ, log), Crew(environ, log)
        try:
            for _ in range(2):
                workers.start("odps_bot", "worker")
            bots.start("odps_bot", "bot")
            url = f"http://127.0.0.1:{port}{PATH}"
            _wait_until_it_answers(url, bots)
            time.sleep(pace.warm_up_s)
            ours, cpu_share = _type(url, bots, pace, span_s=pace.span_s)
            workers.check()
            kept = sum(1 for _ in redis.scan_iter("odps-bot:run:*", count=1_000)) - pace.watched
        finally:
            workers.stop()
            bots.stop()
    return Acks(
        ours=ours,
        bare=bare,
        bot_cpu_share=cpu_share,
        bare_cpu_share=bare_cpu_share,
        kept_runs=kept,
    )


def _type(url: str, crew: Crew, pace: Pace, *, span_s: float) -> tuple[list[Ack], float]:
    texts = [typed(number, pace.watched) for number in range(round(pace.per_s * span_s))]
    first = ["help"] * round(_FIRST_S * pace.per_s)
    _await(type_commands(url, first, per_s=pace.per_s))
    cpu_s, start = crew.cpu_s(), time.monotonic()
    acks = _await(type_commands(url, texts, per_s=pace.per_s))
    return acks, (crew.cpu_s() - cpu_s) / (time.monotonic() - start)


@contextlib.contextmanager
def _bare_bolt(log: Path | None) -> Iterator[tuple[Crew, str]]:
    port = bot.free_port()
    crew = Crew({}, log)
    crew.start("benchmarks.commands.bare_bolt", str(port), bot.SIGNING_SECRET)
    url = f"http://127.0.0.1:{port}{PATH}"
    try:
        _wait_until_it_answers(url, crew)
        yield crew, url
    finally:
        crew.stop()


def _wait_until_it_answers(url: str, crew: Crew, *, patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        crew.check()
        try:
            with urlopen(url):
                return
        except URLError as error:
            if hasattr(error, "code"):
                return  # it says no, but it answers
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def _await(typing: Coroutine[Any, Any, T]) -> T:
    """Run it on a loop of its own, whatever loop the caller's thread may have."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, typing).result()
