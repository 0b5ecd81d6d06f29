"""Another server in the place of the former one is noticed, whoever has put it there."""

from collections.abc import Callable, Iterator
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


def moved(url: str, *, times: int = 1) -> None:
    """Connect as processes do that have left another server."""
    for _ in range(times):
        with Redis.from_url(url) as redis:
            connection = redis.connection_pool.get_connection()
            note_server(connection, has_moved=True)
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


def test_the_last_process_to_leave_the_former_server_prolongs_the_failover(
    kept: EmbeddedRedis,
) -> None:
    with worker_redis(kept.url) as redis:
        life_ms = keys.failover.life_s * 1_000
        redis.set(keys.failover(), "1.5", px=life_ms - 4_000)
        moved(kept.url)
        assert redis.pttl(keys.failover()) > life_ms - 2_000
        assert redis.get(keys.failover()) == b"1.500000"

        long_ago_ms = round(MOVING.total_seconds() * 1_000) + 1_000
        redis.set(keys.failover(), "1.5", px=life_ms - long_ago_ms)
        moved(kept.url)
        assert redis.pttl(keys.failover()) <= life_ms - long_ago_ms


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
