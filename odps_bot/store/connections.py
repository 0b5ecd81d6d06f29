"""Connections to Redis, by who waits for them."""

from datetime import UTC, datetime, timedelta

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from odps_bot.store.bounded_retry import BoundedRetry
from odps_bot.store.pipelined import Pipelined

#: No attempt begins later. A loop that waits for one command is far from seeming to hang.
PATIENCE = timedelta(seconds=30)


def worker_redis(url: str, *, ca_file: str = "", is_blocking: bool = False) -> Redis:
    """Return a connection for workers: it waits through a restart of Redis, at most a minute.

    For `rediss://` the certificates in `ca_file` are trusted, or the system's. One that
    `is_blocking` is for RQ, whose reads wait for minutes: that time does not count as patience.
    """
    backoff = ExponentialWithJitterBackoff(base=0.1, cap=2)
    bounded = BoundedRetry(backoff, retries=8, within=PATIENCE)
    return Redis.from_url(
        url,
        **_trust(ca_file),
        socket_connect_timeout=5,
        socket_timeout=5,
        health_check_interval=30,
        retry=Retry(backoff, retries=8) if is_blocking else bounded,
    )


def listener_redis(url: str, *, ca_file: str = "") -> Redis:
    """Return a connection for listeners: it gives up in time to respond to Slack within 3 s.

    For `ca_file` see `worker_redis`.
    """
    return Redis.from_url(
        url,
        **_trust(ca_file),
        socket_connect_timeout=0.5,
        socket_timeout=1,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.1), retries=1),
    )


def _trust(ca_file: str) -> dict[str, str]:
    return {"ssl_ca_certs": ca_file} if ca_file else {}


REDIS_TIME = Pipelined(
    [("TIME",)],
    lambda responses: (
        datetime.fromtimestamp(responses[0][0], UTC) + timedelta(microseconds=responses[0][1])
    ),
)


class RedisClock:
    """Redis' own clock, by which the leases of processes on several machines agree."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def __call__(self) -> datetime:
        """Return the time. Raises redis.RedisError."""
        return REDIS_TIME.run(self._redis)
