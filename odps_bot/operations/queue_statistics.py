"""The work pending in Redis for all processes together, and how late it is."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta

import msgspec
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from odps_bot.services import Services
from odps_bot.store.rate_limits import UPDATE_LIMIT, request_limit
from odps_bot.store.redis_trouble import RedisTrouble, trouble_of
from odps_bot.store.server_state import is_reachable, write_error

_UP = "Whether Redis is reachable"


class QueueStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What waits; a lateness is zero when nothing is overdue."""

    runs: int = 0  #: active
    run_overdue: timedelta = timedelta(0)  #: of the run that should have been cared for first
    outbox: Mapping[str, int] = {}  #: by kind
    outbox_overdue: Mapping[str, timedelta] = {}
    outbox_oldest: Mapping[str, timedelta] = {}  #: since it was enqueued, however often put off
    queues: Mapping[str, int] = {}  #: RQ jobs that wait for a worker
    longest_wait: timedelta = timedelta(0)  #: of such a job
    rate_limits: Mapping[str, int] = {}  #: what could be done at once
    sweep_age: Mapping[str, timedelta] = {}  #: by project, where sweeps have succeeded of late


def read_queue_statistics(services: Services) -> QueueStatistics:
    """Return what waits. Raises redis.RedisError when Redis does not answer."""
    settings, stores = services.settings, services.stores
    runs, run_overdue = stores.runs.waiting()
    requests = request_limit(settings.endpoint, per_second=settings.requests_per_second)
    ages = {project: stores.sweeps.since_success(project) for project in settings.projects}
    return QueueStatistics(
        runs=runs,
        run_overdue=run_overdue,
        outbox={str(kind): n for kind, n in stores.outbox.waiting().items()},
        outbox_overdue={str(kind): late for kind, late in stores.outbox.overdue().items()},
        outbox_oldest={str(kind): age for kind, age in stores.outbox.oldest().items()},
        queues=services.jobs.waiting(),
        longest_wait=services.jobs.longest_wait(),
        rate_limits={
            "updates": _updates_left(services),
            "maxcompute": stores.rate_limiter.left(requests),
        },
        sweep_age={project: age for project, age in ages.items() if age is not None},
    )


def _updates_left(services: Services) -> int:
    """Return how many updates could be made at once in the workspace that has the fewest left."""
    settings = services.settings
    teams = settings.slack_teams if settings.has_many_workspaces else ("",)
    return min(services.stores.rate_limiter.left(UPDATE_LIMIT.of_team(team)) for team in teams)


class QueueStatisticsCollector(Collector):
    """Reads the statistics whenever metrics are asked for.

    All processes export the same values: take the maximum over them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yield all gauges without asking Redis."""
        yield from gauges(QueueStatistics())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; without Redis, only what is wrong with it."""
        error = write_error(self._services.redis)
        trouble = None if error is None else trouble_of(error)
        statistics = None
        if is_reachable(trouble):
            with suppress(RedisError):
                statistics = read_queue_statistics(self._services)
        if statistics is None:
            yield _gauge("redis_up", _UP, 0)
            yield _troubles(trouble)
        else:
            yield from gauges(statistics, trouble)


def gauges(
    now: QueueStatistics, trouble: RedisTrouble | None = None
) -> Iterator[GaugeMetricFamily]:
    """Yield the pending work as Prometheus metrics, and what keeps Redis from taking more."""
    yield _gauge("redis_up", _UP, 1)
    yield _troubles(trouble)
    yield _gauge("runs_active", "Active runs", now.runs)
    yield _gauge("run_overdue_seconds", "How overdue the most overdue run is", now.run_overdue)
    yield _gauge("job_longest_wait_seconds", "Waiting time of the next RQ job", now.longest_wait)
    overdue = now.outbox_overdue
    for name, meaning, label, values in (
        ("outbox_depth", "Notifications waiting for Slack", "kind", now.outbox),
        ("outbox_overdue_seconds", "How overdue the most overdue one is", "kind", overdue),
        (
            "outbox_oldest_seconds",
            "Age of the oldest one, since enqueued",
            "kind",
            now.outbox_oldest,
        ),
        ("queue_depth", "RQ jobs waiting for a worker", "queue", now.queues),
        ("rate_limit_remaining", "Calls allowed right now", "limit", now.rate_limits),
        ("sweep_age_seconds", "Age of the last successful sweep", "project", now.sweep_age),
    ):
        family = GaugeMetricFamily(f"odps_bot_{name}", meaning, labels=[label])
        for key, value in values.items():
            family.add_metric([str(key)], _number(value))
        yield family


def _troubles(now: RedisTrouble | None) -> GaugeMetricFamily:
    meaning = "1 for what keeps Redis from taking writes"
    family = GaugeMetricFamily("odps_bot_redis_trouble", meaning, labels=["trouble"])
    for kind in RedisTrouble:
        family.add_metric([kind], float(kind is now))
    return family


def _gauge(name: str, meaning: str, value: float | timedelta) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"odps_bot_{name}", meaning, value=_number(value))


def _number(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
