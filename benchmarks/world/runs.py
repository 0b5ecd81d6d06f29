"""Runs that are watched already: an hour old, their cards posted, spread over channels."""

import random
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import repeat
from multiprocessing import get_context

from msgspec.structs import replace

from benchmarks.world import bot
from benchmarks.world.maxcompute import instance_id
from odps_bot.runs import Change, Run, RunState, polling
from odps_bot.services import Services
from odps_bot.store.connections import REDIS_TIME

TEAM = "T0BENCH"
CHANNELS = 200
PROJECT = "bench"

#: Many runs are written by so many processes.
WRITERS = 2

#: Ages are so that a swept run is looked at singly for safety only.
AGE = timedelta(hours=1)


def run_id(number: int) -> str:
    """Return the id of the run of an instance."""
    return f"run{number:08}"


def channel_id(number: int, *, channels: int = CHANNELS) -> str:
    """Return the id of the channel of a run."""
    return f"C{number % channels:08}"


def card_ts(number: int) -> str:
    """Return the ts of a run's card."""
    return f"1700000000.{number:06}"


def projects_of(count: int) -> list[str]:
    """Return the names of so many projects."""
    return [PROJECT] if count == 1 else [f"{PROJECT}{number}" for number in range(count)]


def watch(count: int, services: Services, *, seed: int = 4, channels: int = CHANNELS) -> None:
    """Keep so many running runs, and book their polls for safety, spread in time as in life.

    They are dealt out in turn to the projects of the settings. The first run of a fresh Redis is
    called `r1`.
    """
    _watch(range(count), count, services, seed=seed, channels=channels)


def watch_many(count: int, environ: dict[str, str]) -> None:
    """Keep so many runs as `watch` does, by several processes."""
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as writers:
        parts = [range(first, count, WRITERS) for first in range(WRITERS)]
        list(writers.map(_watch_part, parts, repeat(count), repeat(environ)))


def _watch_part(numbers: range, count: int, environ: dict[str, str]) -> None:
    _watch(numbers, count, bot.services(environ), seed=numbers.start, channels=CHANNELS)


def _watch(numbers: range, count: int, services: Services, *, seed: int, channels: int) -> None:
    chance = random.Random(seed)
    now = services.clock()
    projects = services.settings.projects
    for number in numbers:
        wait = chance.random() * polling.swept_interval(count)
        name = services.stores.runs.naming(TEAM).run(services.redis)
        project = projects[number % len(projects)]
        run = replace(_run(number, name, now, now + wait), project=project)
        run = replace(run, channel_id=channel_id(number, channels=channels))
        runs, overdue_in = services.stores.runs, wait + polling.SAFETY_NET
        runs.create(replace(run, state=RunState.QUEUED), overdue_in=overdue_in)
        for state in (RunState.SUBMITTING, RunState.RUNNING):
            runs.apply(run.run_id, partial(_now, run=replace(run, state=state)))
        services.stores.runs.remember_instance(run, REDIS_TIME)
        services.jobs.poll_run(run.run_id, at=now + wait)


def _now(_: Run, *, run: Run) -> Change:
    return Change(run=run)


def _run(number: int, name: str, now: datetime, next_poll_at: datetime) -> Run:
    return Run(
        run_id=run_id(number),
        name=name,
        team_id=TEAM,
        channel_id=channel_id(number),
        user_id=f"U{number % 1_000:08}",
        project=PROJECT,
        sql=f"INSERT OVERWRITE TABLE daily SELECT * FROM raw WHERE part = {number}",
        state=RunState.RUNNING,
        requested_at=now - AGE,
        started_at=now - AGE,
        instance_id=instance_id(number),
        next_poll_at=next_poll_at,
        polls=40,
        polled_at=now - AGE / 2,
        card_ts=card_ts(number),
        progress_ts=f"1700000001.{number:06}",
    )
