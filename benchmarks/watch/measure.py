"""Run a design for a while and find out what it gave and what it took."""

import json
import random
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.watch.arrivals import Arrivals
from benchmarks.watch.designs import Design, Surroundings
from benchmarks.world import runs
from benchmarks.world.processes import Crew
from benchmarks.world.stage import stage


@dataclass(frozen=True, kw_only=True)
class Load:
    """How many instances run, and how they end."""

    count: int
    ends_per_s: float
    warm_up_s: float = 15  #: until all have been seen once
    window_s: float = 45  #: instances end, and it is measured
    grace_s: float = 12  #: the last ones may still be noticed, so long at most


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a design gave and took under a load. Memory is resident, at its highest."""

    design: str
    count: int
    processes: int
    lateness_s: list[float]  #: of those noticed, from the end to the entry in the outbox
    unnoticed_s: list[float]  #: of the others: so long they had been over at the end
    requests_a_minute: float
    cpu_s_a_minute: float
    memory_bytes: int
    redis_commands_a_minute: float
    redis_cpu_s_a_minute: float
    redis_memory_bytes: int


@dataclass(frozen=True, kw_only=True)
class _Reading:
    at_s: float
    requests: int
    cpu_s: float
    redis_commands: int
    redis_cpu_s: float


def measure(design: Design, load: Load, *, log: Path | None = None) -> Found:
    """Return what was found; takes warm-up, window and grace, and the time to make the runs."""
    with stage(projects=runs.projects_of(design.projects)) as world:
        crew = Crew(world.environ, log)
        put(f"{world.maxcompute_url}/count", load.count)
        put(f"{world.maxcompute_url}/projects", design.projects)
        try:
            with Arrivals(world.redis, design.ended_key) as arrivals:
                around = Surroundings(redis=world.redis, environ=world.environ, crew=crew)
                design.start(around, load.count)
                return _measure(design, load, around, arrivals, world.maxcompute_url)
        finally:
            crew.stop()


def _measure(
    design: Design, load: Load, around: Surroundings, arrivals: Arrivals, maxcompute_url: str
) -> Found:
    time.sleep(load.warm_up_s)
    around.crew.check()
    before = _read(around, maxcompute_url)
    ends = _plan(load, before.at_s)
    put(f"{maxcompute_url}/ends", ends)
    memory = redis_memory = 0
    next_kill_s = before.at_s + (design.kill_every_s or float("inf"))
    while (now := time.time()) < before.at_s + load.window_s:
        memory = max(memory, around.crew.memory_bytes())
        redis_memory = max(redis_memory, around.redis.info("memory")["used_memory"])
        if design.replace and now >= next_kill_s:
            next_kill_s += design.kill_every_s or 0
            design.replace(around)
        time.sleep(0.5)
    after = _read(around, maxcompute_url)
    _wait_for(ends, arrivals, at_most_s=load.grace_s)
    around.crew.check()
    seen_at_s, now = arrivals.seen_at_s(), time.time()
    minutes = (after.at_s - before.at_s) / 60
    return Found(
        design=design.name,
        count=load.count,
        processes=len(around.crew.running()),
        lateness_s=[seen_at_s[number] - end for number, end in ends.items() if number in seen_at_s],
        unnoticed_s=[now - end for number, end in ends.items() if number not in seen_at_s],
        requests_a_minute=(after.requests - before.requests) / minutes,
        cpu_s_a_minute=(after.cpu_s - before.cpu_s) / minutes,
        memory_bytes=memory,
        redis_commands_a_minute=(after.redis_commands - before.redis_commands) / minutes,
        redis_cpu_s_a_minute=(after.redis_cpu_s - before.redis_cpu_s) / minutes,
        redis_memory_bytes=redis_memory,
    )


def _wait_for(ends: Collection[int], arrivals: Arrivals, *, at_most_s: float) -> None:
    """Wait until all ends are seen."""
    until_s = time.monotonic() + at_most_s
    while time.monotonic() < until_s and not arrivals.seen_at_s().keys() >= set(ends):
        time.sleep(0.5)


def _plan(load: Load, start_s: float, *, seed: int = 4) -> dict[int, float]:
    """Return by the number of an instance when it ends: at random, within the window."""
    chance = random.Random(seed)
    ending = chance.sample(
        range(load.count), min(load.count, round(load.ends_per_s * load.window_s))
    )
    return {number: start_s + 0.5 + chance.random() * (load.window_s - 0.5) for number in ending}


def _read(around: Surroundings, maxcompute_url: str) -> _Reading:
    redis = around.redis.info("everything")
    return _Reading(
        at_s=time.time(),
        requests=int(get(f"{maxcompute_url}/requests")),
        cpu_s=around.crew.cpu_s(),
        redis_commands=redis["total_commands_processed"],
        redis_cpu_s=redis["used_cpu_sys"] + redis["used_cpu_user"],
    )


def put(url: str, value: object) -> None:
    """Tell a stand-in something."""
    with urlopen(Request(url, data=json.dumps(value).encode(), method="PUT")):
        pass


def get(url: str) -> bytes:
    """Ask a stand-in something."""
    with urlopen(url) as answer:
        return bytes(answer.read())
