"""The two ways in which RQ is used for waiting: a job that blocks, and a job that repeats itself.

Both ask with our own client, one request a look, and in workers that do not fork: the cheapest
form of either. Run as a module, this is a worker.
"""

import os
import time
from datetime import timedelta

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from benchmarks.world.maxcompute import instance_id
from odps_bot.maxcompute import AccessKey, Client, StaticCredentials

ENDED = "benchmark:ended"
POLL = timedelta(seconds=5)

_QUEUE = "benchmark"
_DAY_S = 86_400
_redis = Redis.from_url(os.environ.get("REDIS_URL", "redis://"))
_client = Client(
    os.environ.get("ODPS_ENDPOINT", "http://127.0.0.1/api"),
    project="bench",
    credentials=StaticCredentials(AccessKey("key", "secret")),
)


def look(number: int) -> None:
    """Look once, and book the next look unless it is over."""
    if not _look(number):
        queue = Queue(_QUEUE, connection=_redis, serializer=JSONSerializer)
        queue.enqueue_in(POLL, look, number, result_ttl=0)


def block(number: int) -> None:
    """Look until it is over."""
    while not _look(number):
        time.sleep(POLL.total_seconds())


def _look(number: int) -> bool:
    is_over = _client.get_instance(instance_id(number)).is_terminated()
    if is_over:
        _redis.zadd(ENDED, {f"{number:08}": time.time()})
    return is_over


def book(count: int, redis: Redis, *, is_blocking: bool) -> None:
    """Book a job for each instance; the first looks of those that repeat come within one pause."""
    queue = Queue(_QUEUE, connection=redis, serializer=JSONSerializer)
    for number in range(count):
        if is_blocking:
            queue.enqueue(block, number, job_timeout=_DAY_S, result_ttl=0)
        else:
            queue.enqueue_in(POLL * (number / count), look, number, result_ttl=0)


def work() -> None:
    """Work until SIGTERM."""
    queue = Queue(_QUEUE, connection=_redis, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=_redis, serializer=JSONSerializer)
    worker.work(with_scheduler=True, logging_level="WARNING")


if __name__ == "__main__":
    work()
