"""The worker process: the threads of its lanes, the scheduler, the reconciler, and its health."""

import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta

from redis.exceptions import RedisError

from odps_bot.errors import OdpsBotError
from odps_bot.operations.health import Check, Health, LivenessProbe, redis_check, serve_health
from odps_bot.operations.metrics import LogCounter
from odps_bot.operations.queue_statistics import QueueStatisticsCollector
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.operations.watchdog import watched
from odps_bot.services import Services
from odps_bot.store.connections import listener_redis, worker_redis
from odps_bot.store.redis_trouble import describe
from odps_bot.store.server_state import require_supported
from workers.polling.held_runs import hand_over
from workers.runtime import worker_services
from workers.runtime.child_metrics import forward_to_parent
from workers.runtime.child_process import ChildProcess, end_with_parent, yield_to_others
from workers.runtime.lane_threads import LaneThreads
from workers.runtime.lanes import Lane, lanes_apart, lanes_here
from workers.runtime.reconciler import reconcile_until
from workers.runtime.scheduler import schedule_until

log = logging.getLogger(__name__)

#: A job that takes longer is cut off, and done again by another worker.
STOP_WITHIN = timedelta(seconds=25)

#: A loop that makes no progress for so long hangs: no command of Redis lasts as long.
LONGEST_SILENCE = timedelta(seconds=30)


def work(*, lanes: Sequence[Lane] | None = None, is_child: bool = False) -> None:
    """Work until SIGTERM or SIGINT; jobs in hand are finished first, unless they take too long.

    Without `lanes` all of them are worked on, some in a process of their own. Such a child has
    neither health nor scheduler nor reconciler; it ends with the process that started it, which
    also counts what it does.
    Another signal, a second later, ends the process at once. Raises OdpsBotError when Redis does
    not answer.
    """
    if is_child:
        end_with_parent()
    services = worker_services.get_services()
    try:
        services.redis.ping()
    except RedisError as error:
        raise OdpsBotError(f"Redis (REDIS_URL) {describe(error)}. Is it running?") from error
    require_supported(services.redis)
    if is_child:
        forward_to_parent(services.metrics)
        yield_to_others()
    logging.getLogger().addHandler(LogCounter(services.metrics))
    stopping = GracefulShutdown(within=STOP_WITHIN, name="the worker")
    stopping.request_by_signals(signal.SIGTERM, signal.SIGINT)
    settings = services.settings
    # A pool of its own: RQ changes the deadline of its reads, and many wait for jobs.
    of_rq = worker_redis(settings.redis_url, ca_file=settings.redis_ca, beside=services.redis)
    threads = LaneThreads(lanes_here(lanes), services, stopping, redis=of_rq)
    loops = [] if is_child else [*_loops(services, stopping)]
    children = [
        ChildProcess([lane.name], stopping, services.metrics) for lane in lanes_apart(lanes)
    ]
    loops += [_keeper(child) for child in children]
    alive = {**threads.alive(), **{loop.name: loop.probe.problem for loop in loops}}
    with ExitStack() as stack:
        if not is_child:
            ready = {f"lane {child.lanes}": child.problem for child in children}
            health = _health(services, stopping, alive, ready)
            stack.enter_context(serve_health(settings.health_listen, health))
        stack.enter_context(watched(alive, is_stopping=stopping.requested.is_set))
        threads.start()
        for loop in loops:
            loop.thread.start()
            stack.callback(loop.thread.join)
        stopping.requested.wait()
        threads.join()
        hand_over(worker_services.get_hold_pool(), services)
        worker_services.get_senders().close()


class _Loop:
    """A thread that goes on until the process is to stop, and tells that it does."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self.name = name
        self.thread = threading.Thread(target=run, name=name)
        self.probe = LivenessProbe(longest=LONGEST_SILENCE)


def _keeper(child: ChildProcess) -> _Loop:
    """Return the thread that keeps a process running."""

    def keep() -> None:
        child.run(on_tick=keeper.probe.mark_alive)

    keeper = _Loop(f"keeper of {child.lanes}", keep)
    return keeper


def _loops(services: Services, stopping: GracefulShutdown) -> list[_Loop]:
    def reconcile() -> None:
        reconcile_until(stopping.requested, services, on_tick=reconciler.probe.mark_alive)

    def schedule() -> None:
        schedule_until(stopping.requested, services, on_tick=scheduler.probe.mark_alive)

    reconciler, scheduler = _Loop("reconciler", reconcile), _Loop("scheduler", schedule)
    return [reconciler, scheduler]


def _health(
    services: Services,
    stopping: GracefulShutdown,
    alive: Mapping[str, Check],
    ready: Mapping[str, Check],
) -> Health:
    settings = services.settings
    # Whoever asks does not wait as long for Redis as our jobs do.
    redis = listener_redis(settings.redis_url, ca_file=settings.redis_ca)
    health_services = Services.from_settings(settings, redis=redis)
    services.metrics.registry.register(QueueStatisticsCollector(health_services))
    senders = worker_services.get_senders()
    services.metrics.watch_senders(senders.busy, count=senders.count)
    pool = worker_services.get_hold_pool()
    services.metrics.watch_held_requests(pool.busy, places=pool.places)
    return Health(
        alive=alive,
        ready={
            "redis": redis_check(redis),
            "jobs": lambda: "stopping" if stopping.requested.is_set() else None,
            **ready,
        },
        metrics=services.metrics,
    )
