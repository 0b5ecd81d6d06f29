"""The worker process: RQ's worker, its scheduler, and the pulse."""

import logging
import threading

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.worker import DequeueStrategy

from odps_bot.errors import OdpsBotError
from odps_bot.job_queue import QUEUES, SERIALIZER
from odps_bot.services import Services
from workers import process_services
from workers.pulse import beat_until
from workers.scheduler import schedule_until

log = logging.getLogger(__name__)

#: No queue, however full, may starve the others.
IN_TURN = DequeueStrategy.ROUND_ROBIN


def work() -> None:
    """Work until SIGTERM or SIGINT; the job in hand is finished first.

    Raises OdpsBotError when Redis does not answer.
    """
    services = process_services.services()
    try:
        services.redis.ping()
    except RedisError as error:
        raise OdpsBotError(f"Redis (REDIS_URL) does not answer: {error} Is it running?") from error
    stop = threading.Event()
    threads = [
        threading.Thread(target=beat_until, args=(stop, services), name="pulse"),
        threading.Thread(target=schedule_until, args=(stop, services.redis), name="scheduler"),
    ]
    for thread in threads:
        thread.start()
    try:
        worker(services).work(logging_level="WARNING", dequeue_strategy=IN_TURN)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class SturdyWorker(SimpleWorker):
    """RQ's worker, which goes on when it has taken a job from a queue that nobody can read."""

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Return the next job; a damaged one is off its queue already, and stays off."""
        while True:
            try:
                return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            except (ValueError, TypeError, KeyError, AttributeError):
                log.exception("a job that cannot be read is set aside")


def worker(services: Services) -> SimpleWorker:
    """Return RQ's worker over our queues.

    It runs jobs in its own process: they are short waits for the network, and share connections.
    """
    queues = [Queue(name, connection=services.redis, serializer=SERIALIZER) for name in QUEUES]
    return SturdyWorker(queues, connection=services.redis, serializer=SERIALIZER)
