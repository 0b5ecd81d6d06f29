"""Another server in the place of the former one is noticed, whoever has put it there."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from benchmarks.world.replicated_redis import ReplicatedRedis
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.store import keys
from odps_bot.store.connections import worker_redis
from odps_bot.store.server_changes import MOVING, note_server


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A server that finds its data again."""
    with EmbeddedRedis(tmp_path) as server:
        yield server


def moved(url: str, *, times: int = 1, unserved: timedelta = timedelta(0)) -> None:
    """Connect as processes do that have left another server."""
    for _ in range(times):
        with Redis.from_url(url) as redis:
            connection = redis.connection_pool.get_connection()
            note_server(connection, has_moved=True, unserved=unserved)
            redis.connection_pool.release(connection)


def test_a_restart_is_noticed_once_by_the_first_connection(kept: EmbeddedRedis) -> None:
    with worker_redis(kept.url) as redis:
        redis.set("before", 1)
        assert not redis.exists(keys.failover())
        kept.halt()
        kept.start()

        assert redis.get("before") == b"1"
        first = redis.get(keys.failover())
        assert float(first) == pytest.approx(redis.time()[0], abs=5)
        with worker_redis(kept.url) as other:
            left_ms = other.pttl(keys.failover())
            assert other.get(keys.failover()) == first
        with worker_redis(kept.url) as another:
            assert another.pttl(keys.failover()) <= left_ms


def test_connections_to_the_same_server_are_no_failover(kept: EmbeddedRedis) -> None:
    for _ in range(2):
        with worker_redis(kept.url) as redis:
            assert redis.ping()
            assert not redis.exists(keys.failover())
    # Sentinels that name it by another address are not, either.
    moved(kept.url)
    with worker_redis(kept.url) as redis:
        assert not redis.exists(keys.failover())


def begin_failover(redis: Redis, *, ago_s: float, unserved_s: float) -> bytes:
    """Let the first process have come here so long ago; return what is recorded."""
    value = f"{redis.time()[0] - ago_s:.6f}"
    left_ms = keys.failover.life_s * 1_000 - round(unserved_s * 1_000)
    redis.set(keys.failover(), value, px=left_ms)
    return value.encode()


def unserved_s(redis: Redis) -> float:
    """Return for how long the former server is known not to have served anybody."""
    return float(keys.failover.life_s - redis.pttl(keys.failover()) / 1_000)


def test_it_is_known_until_when_the_former_server_has_served_anybody(kept: EmbeddedRedis) -> None:
    with worker_redis(kept.url) as redis:
        recorded = begin_failover(redis, ago_s=2, unserved_s=6)
        moved(kept.url, unserved=timedelta(seconds=8))
        assert unserved_s(redis) == pytest.approx(6, abs=0.9)
        moved(kept.url, unserved=timedelta(seconds=1))
        assert unserved_s(redis) == pytest.approx(1, abs=0.9)
        assert redis.get(keys.failover()) == recorded

        # An idle process that comes long afterwards has had nothing of the former one.
        begin_failover(redis, ago_s=MOVING.total_seconds() + 1, unserved_s=30)
        moved(kept.url)
        assert unserved_s(redis) == pytest.approx(30, abs=0.9)


def test_after_an_outage_it_is_known_how_long_it_was(
    kept: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker_redis(kept.url) as redis:
        redis.set(keys.server(), "another")
        service = redis.connection_pool.connection_kwargs["service"]
        monkeypatch.setattr(service, "_clock", lambda: time.monotonic() + 20)
        redis.connection_pool.disconnect()

        assert unserved_s(redis) == pytest.approx(20, abs=2)


def test_where_info_is_forbidden_a_move_is_noticed_all_the_same(kept: EmbeddedRedis) -> None:
    with worker_redis(kept.url) as redis:
        redis.set(keys.server(), "another")
        redis.execute_command(
            *("ACL", "SETUSER", "plain", "on", ">plain", "~odps-bot:*", "+@all", "-@dangerous")
        )
        plain = kept.url.replace("unix://:", "unix://plain:", 1)
        plain = f"unix://plain:plain@{plain.rpartition('@')[2]}"
        moved(plain, times=2)
        assert redis.exists(keys.failover())
        assert redis.get(keys.server()) == b"another"


def test_who_may_run_no_script_can_connect(kept: EmbeddedRedis) -> None:
    with worker_redis(kept.url) as redis:
        redis.execute_command(
            *("ACL", "SETUSER", "plain", "on", ">plain", "~odps-bot:*", "+@all", "-@scripting")
        )
    with worker_redis(f"unix://plain:plain@{kept.url.rpartition('@')[2]}") as plain:
        assert plain.ping()


def test_a_replica_and_a_full_server_can_be_asked(
    replicated: ReplicatedRedis, start_redis: Callable[..., str]
) -> None:
    port, password = replicated.replica_port(), replicated.password
    with worker_redis(f"redis://:{password}@127.0.0.1:{port}/0") as replica:
        assert replica.ping()
    with worker_redis(start_redis("maxmemory 1mb", "maxmemory-policy noeviction")) as full:
        assert full.ping()
