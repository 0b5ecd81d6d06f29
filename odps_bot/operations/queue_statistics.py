"""What waits in Redis for all processes together, and how late it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from odps_bot.services import Services
from odps_bot.store.rate_limits import UPDATE_LIMIT, request_limit


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What waits; a lateness is zero when nothing is overdue."""

    runs: int  #: not over
    run_lateness: timedelta  #: of the run that should have been cared for first
    outbox: Mapping[str, int]  #: by kind
    outbox_lateness: Mapping[str, timedelta]
    queues: Mapping[str, int]  #: RQ jobs that wait for a worker
    longest_wait: timedelta  #: of such a job
    budgets: Mapping[str, int]  #: what could be done at once
    sweep_age: Mapping[str, timedelta]  #: by project, where sweeps have succeeded of late


def read_backlog(services: Services) -> Backlog:
    """Return what waits. Raises redis.RedisError when Redis does not answer."""
    settings = services.settings
    runs, run_lateness = services.runs.waiting()
    requests = request_limit(settings.endpoint, per_second=settings.requests_per_second)
    ages = {project: services.sweeps.since_success(project) for project in settings.projects}
    return Backlog(
        runs=runs,
        run_lateness=run_lateness,
        outbox={str(kind): n for kind, n in services.outbox.waiting().items()},
        outbox_lateness={str(kind): late for kind, late in services.outbox.lateness().items()},
        queues=services.jobs.waiting(),
        longest_wait=services.jobs.longest_wait(),
        budgets={
            "edits": services.rate_limiter.left(UPDATE_LIMIT),
            "maxcompute": services.rate_limiter.left(requests),
        },
        sweep_age={project: age for project, age in ages.items() if age is not None},
    )


class BacklogCollector(Collector):
    """Reads the backlog whenever metrics are asked for.

    All processes tell the same: take the maximum over them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yield all gauges without asking Redis."""
        yield from gauges(NOTHING)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; without Redis, only that it is unreachable."""
        try:
            backlog = read_backlog(self._services)
        except RedisError:
            yield _gauge("redis_up", "Whether Redis is reachable", 0)
        else:
            yield from gauges(backlog)


#: Nothing waits.
NOTHING = Backlog(
    runs=0,
    run_lateness=timedelta(0),
    outbox={},
    outbox_lateness={},
    queues={},
    longest_wait=timedelta(0),
    budgets={},
    sweep_age={},
)


def gauges(backlog: Backlog) -> Iterator[GaugeMetricFamily]:
    """Yield what waits as Prometheus reads it."""
    yield _gauge("redis_up", "Whether Redis is reachable", 1)
    yield _gauge("runs_open", "Active runs", backlog.runs)
    yield _gauge("run_lateness_seconds", "Lateness of the most overdue run", backlog.run_lateness)
    yield _gauge(
        "job_longest_wait_seconds", "Waiting time of the next RQ job", backlog.longest_wait
    )
    yield _by("outbox_depth", "Notifications waiting for Slack", "kind", backlog.outbox)
    yield _by(
        "outbox_lateness_seconds",
        "Lateness of the most overdue notification",
        "kind",
        backlog.outbox_lateness,
    )
    yield _by("queue_depth", "RQ jobs waiting for a worker", "queue", backlog.queues)
    yield _by(
        "budget_left",
        "Requests that a rate limit currently allows at once",
        "budget",
        backlog.budgets,
    )
    yield _by(
        "sweep_age_seconds", "Time since the last successful sweep", "project", backlog.sweep_age
    )


def _gauge(name: str, meaning: str, value: float | timedelta) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"odps_bot_{name}", meaning, value=_number(value))


def _by(
    name: str, meaning: str, label: str, values: Mapping[str, int] | Mapping[str, timedelta]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"odps_bot_{name}", meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], _number(value))
    return family


def _number(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
