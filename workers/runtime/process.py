"""The worker process: RQ's worker, its scheduler, the reconciler, and its health."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

from redis.exceptions import RedisError
from rq.worker import DequeueStrategy

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
from workers.runtime import worker_services
from workers.runtime.reconciler import reconcile_until
from workers.runtime.rq_worker import BotWorker, bot_worker
from workers.runtime.scheduler import schedule_until

log = logging.getLogger(__name__)

#: No queue, however full, may starve the others.
IN_TURN = DequeueStrategy.ROUND_ROBIN

#: A job that takes longer is cut off, and done again by another worker.
STOP_WITHIN = timedelta(seconds=25)


def work() -> None:
    """Work until SIGTERM or SIGINT; the job in hand is finished first, unless it takes too long.

    A second signal ends the process at once. Raises OdpsBotError when Redis does not answer, and
    when RQ's worker ends by itself.
    """
    services = worker_services.get_services()
    try:
        services.redis.ping()
    except RedisError as error:
        raise OdpsBotError(f"Redis (REDIS_URL) {describe(error)}. Is it running?") from error
    require_supported(services.redis)
    logging.getLogger().addHandler(LogCounter(services.metrics))
    stopping = GracefulShutdown(within=STOP_WITHIN, name="the worker")
    settings = services.settings
    of_rq = worker_redis(settings.redis_url, ca_file=settings.redis_ca)
    worker = bot_worker(services, stopping, redis=of_rq)
    reconciler, scheduler = LivenessProbe(), LivenessProbe()
    alive = {
        "reconciler": reconciler.problem,
        "scheduler": scheduler.problem,
        "job": worker.current_job.problem,
    }
    health = _health(services, worker, alive)
    stop = threading.Event()
    threads = [
        _thread(
            "reconciler", lambda: reconcile_until(stop, services, on_tick=reconciler.mark_alive)
        ),
        _thread(
            "scheduler", lambda: schedule_until(stop, services.redis, on_tick=scheduler.mark_alive)
        ),
    ]
    with (
        serve_health(settings.health_listen, health),
        watched(alive, is_stopping=stopping.requested.is_set),
    ):
        for thread in threads:
            thread.start()
        try:
            worker.work(logging_level="WARNING", dequeue_strategy=IN_TURN)
        except RedisError as error:
            # RQ could not say good-bye; its keys expire.
            log.warning("the worker ends, because Redis is unreachable: %s", error)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    if not stopping.requested.is_set():
        raise OdpsBotError("RQ's worker ended unexpectedly; see the log")


def _thread(name: str, target: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=target, name=name)


def _health(services: Services, worker: BotWorker, alive: Mapping[str, Check]) -> Health:
    settings = services.settings
    # Whoever asks does not wait as long for Redis as our jobs do.
    redis = listener_redis(settings.redis_url, ca_file=settings.redis_ca)
    health_services = Services.from_settings(settings, redis=redis)
    services.metrics.registry.register(QueueStatisticsCollector(health_services))
    return Health(
        alive=alive,
        ready={"redis": redis_check(redis), "jobs": worker.refusal},
        metrics=services.metrics,
    )
