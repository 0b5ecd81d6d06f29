"""Connections to Redis, by who waits for them. Every read has a deadline."""

from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.connection import (
    Connection,
    ConnectionPool,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.retry import Retry

from odps_bot.config.redis_address import RedisAddress, read_redis_address
from odps_bot.store.bounded_retry import BoundedRetry
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_trouble import RedisTrouble, code_of, trouble_of
from odps_bot.store.sentinels import Primary, PrimaryPool, ToPrimary, ToPrimaryByTls
from odps_bot.store.server_changes import NotesServer, Service

#: A command of a worker is not begun again later than this after its first failure, and connecting
#: neither: a failover takes less, and a loop that waits for one command does not seem to hang.
PATIENCE = timedelta(seconds=10)

#: Likewise of a listener, for which a person waits.
PATIENCE_OF_LISTENERS = timedelta(seconds=1.5)

#: A Sentinel answers at once, or another one is asked.
SENTINEL_TIMEOUT_S = 0.5

#: What another server, or the same one in a moment, may do.
_ELSEWHERE = frozenset({RedisTrouble.READ_ONLY, RedisTrouble.NO_REPLICAS})


class NotWritableError(RedisConnectionError):
    """The server takes no writes now: it was demoted, or has too few replicas."""


class _NewWhenDemoted:
    """Reconnects where redis-py would stay with a server that takes no writes.

    A demoted primary keeps its connections open.
    """

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().read_response(*arguments, **options)  # type: ignore[misc]
        except ResponseError as error:
            if trouble_of(error) not in _ELSEWHERE:
                raise
            self.disconnect()  # type: ignore[attr-defined]
            code = code_of(error)
            said = str(error).removeprefix(f"{code} ")
            raise NotWritableError(f"{code} {said}", status_code=code) from error


class _Tcp(_NewWhenDemoted, NotesServer, Connection):
    """To a server by TCP."""


class _Tls(_NewWhenDemoted, NotesServer, SSLConnection):
    """Likewise, encrypted."""


class _Unix(_NewWhenDemoted, NotesServer, UnixDomainSocketConnection):
    """To a server on this machine."""


class _Primary(_NewWhenDemoted, ToPrimary):
    """To the primary that the Sentinels name."""


class _PrimaryByTls(_NewWhenDemoted, ToPrimaryByTls):
    """Likewise, encrypted."""


def worker_redis(url: str, *, ca_file: str = "") -> Redis:
    """Return a connection for workers: it waits through a restart or a failover of Redis.

    `url` is a REDIS_URL. For `rediss://` the certificates in `ca_file` are trusted, or the
    system's. RQ raises the read deadline of its whole pool: give it one of its own.
    """
    backoff = ExponentialWithJitterBackoff(base=0.1, cap=1)
    return _redis(
        url,
        ca_file,
        socket_connect_timeout=1,
        socket_timeout=3,
        health_check_interval=5,
        retry=BoundedRetry(backoff, within=PATIENCE),
    )


def listener_redis(url: str, *, ca_file: str = "", waits_for_disk: bool = False) -> Redis:
    """Return a connection for listeners: it gives up in time to respond to Slack within 3 s.

    For `url` and `ca_file` see `worker_redis`. Where writes wait for the disk, a second is no
    sign that Redis has gone.
    """
    backoff = ExponentialWithJitterBackoff(base=0.05, cap=0.1)
    return _redis(
        url,
        ca_file,
        socket_connect_timeout=0.5,
        socket_timeout=2 if waits_for_disk else 1,
        retry=BoundedRetry(backoff, retries=1, within=PATIENCE_OF_LISTENERS),
    )


def _redis(url: str, ca_file: str, **options: Any) -> Redis:
    address = read_redis_address(url)
    trust = {"ssl_ca_certs": ca_file} if ca_file else {}
    # What the address itself asks for wins.
    options = {**trust, "service": Service(), **options, **address.options}
    if not address.sentinels:
        kinds = {Connection: _Tcp, SSLConnection: _Tls, UnixDomainSocketConnection: _Unix}
        options["connection_class"] = kinds[options.get("connection_class", Connection)]
        return Redis.from_pool(ConnectionPool(**options))
    return Redis.from_pool(_pool_of_sentinels(address, trust, options))


def sentinel_clients(address: RedisAddress, *, ca_file: str = "") -> list[Redis]:
    """Return a connection to each of the Sentinels; for `ca_file` see `worker_redis`."""
    return _sentinels(address, {"ssl_ca_certs": ca_file} if ca_file else {})


def _sentinels(address: RedisAddress, trust: dict[str, str]) -> list[Redis]:
    options: dict[str, Any] = {**address.sentinel_options}
    if address.is_encrypted:
        asked = {name: one for name, one in address.options.items() if name.startswith("ssl_")}
        options |= {"ssl": True, **trust, **asked}
    return [
        Redis(
            host=host,
            port=port,
            socket_timeout=SENTINEL_TIMEOUT_S,
            socket_connect_timeout=SENTINEL_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            **options,
        )
        for host, port in address.sentinels
    ]


def _pool_of_sentinels(
    address: RedisAddress, trust: dict[str, str], options: dict[str, Any]
) -> PrimaryPool:
    primary = Primary(address.service, _sentinels(address, trust))
    options["connection_class"] = _PrimaryByTls if address.is_encrypted else _Primary
    return PrimaryPool(primary=primary, **options)


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
