"""The designs that are measured: what each starts, and where it says that an instance has ended."""

from collections.abc import Callable
from dataclasses import dataclass

from redis import Redis

from benchmarks.watch import rq_jobs
from benchmarks.world import bot, runs
from benchmarks.world.processes import Crew
from odps_bot.store import keys

WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a design is started in."""

    redis: Redis
    environ: dict[str, str]
    crew: Crew


@dataclass(frozen=True, kw_only=True)
class Design:
    """A way to watch. `start` puts so many instances under watch and starts the processes."""

    name: str
    start: Callable[[Surroundings, int], None]
    #: Where it writes down what has ended.
    ended_key: str = rq_jobs.ENDED
    #: A worker is killed, and replaced by its supervisor, so often.
    kill_every_s: float | None = None
    replace: Callable[[Surroundings], None] | None = None
    #: The instances are dealt out to so many projects.
    projects: int = 1


def _start_ours(around: Surroundings, count: int) -> None:
    runs.watch(count, bot.services(around.environ))
    for _ in range(WORKERS):
        around.crew.start("odps_bot", "worker")
    around.crew.start("odps_bot", "bot")


def _start_ours_in_projects(around: Surroundings, count: int) -> None:
    runs.watch_many(count, around.environ)
    for _ in range(WORKERS):
        around.crew.start("odps_bot", "worker")
    around.crew.start("odps_bot", "bot")


def _replace_a_worker(around: Surroundings) -> None:
    # The one that has lived longest is the first in the crew that is no bot.
    oldest = next(p for p in around.crew.running() if "worker" in str(p.args))
    around.crew.kill(oldest)
    around.crew.start("odps_bot", "worker")


def _start_repeating_jobs(around: Surroundings, count: int) -> None:
    rq_jobs.book(count, around.redis, is_blocking=False)
    for _ in range(WORKERS):
        around.crew.start("benchmarks.watch.rq_jobs")


def _start_blocking_jobs(around: Surroundings, count: int) -> None:
    rq_jobs.book(count, around.redis, is_blocking=True)
    for _ in range(count):
        around.crew.start("benchmarks.watch.rq_jobs")


def _start_poller(around: Surroundings, count: int) -> None:
    around.crew.start("benchmarks.watch.asyncio_poller", str(count))


OURS = Design(name="odps-bot", start=_start_ours, ended_key=keys.outbox("completion"))
OURS_KILLED = Design(
    name="odps-bot, a worker killed every 10 s",
    start=_start_ours,
    ended_key=keys.outbox("completion"),
    kill_every_s=10,
    replace=_replace_a_worker,
)
MANY_PROJECTS = 20
OURS_IN_PROJECTS = Design(
    name=f"odps-bot, {MANY_PROJECTS} projects",
    start=_start_ours_in_projects,
    ended_key=keys.outbox("completion"),
    projects=MANY_PROJECTS,
)
REPEATING = Design(name="one self-repeating RQ job an instance", start=_start_repeating_jobs)
BLOCKING = Design(name="one blocking RQ job an instance", start=_start_blocking_jobs)
POLLER = Design(name="asyncio poller, as Airflow's triggerer", start=_start_poller)
