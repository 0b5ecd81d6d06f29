"""Redis in trouble, by real servers: people, probes and processes are told which it is."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.errors import OdpsBotError
from odps_bot.listeners.error_boundary import attempt
from odps_bot.messages import Message
from odps_bot.operations.health import redis_check
from odps_bot.sandbox.ports import free_port
from odps_bot.store.connections import NotWritableError, listener_redis
from odps_bot.store.server_state import require_supported

StartRedis = Callable[..., str]


def told(url: str) -> tuple[str, str]:
    """Return what a person is told who asks for something, and what `/readyz` says."""
    with listener_redis(url) as redis:

        def write() -> None:
            redis.incr("odps-bot:run-names:T1")

        answer = attempt(write).answer
        assert isinstance(answer, Message)
        assert "Nothing was submitted or changed" in answer.text
        return answer.text, str(redis_check(redis)())


def test_a_full_redis(start_redis: StartRedis) -> None:
    url = start_redis("maxmemory 1", "maxmemory-policy noeviction")

    person, probe = told(url)

    assert "is full" in person
    assert probe.startswith("is full: its maxmemory is reached (OOM")


def test_a_user_without_a_permission(start_redis: StartRedis) -> None:
    url = start_redis("user bot on >very-secret ~* &* +@all -incrby -set")

    person, probe = told(url.replace("//", "//bot:very-secret@"))

    assert "denies me a permission" in person
    assert probe.startswith("denies its user a permission (NOPERM")


def test_a_wrong_password(start_redis: StartRedis) -> None:
    url = start_redis("requirepass very-secret")

    person, probe = told(url.replace("//", "//:other@"))

    assert "rejects my password" in person
    assert probe.startswith("rejects the user or password")
    assert "other" not in probe


def test_no_password_where_one_is_needed(start_redis: StartRedis) -> None:
    person, _ = told(start_redis("requirepass very-secret"))

    assert "rejects my password" in person


def test_a_replica(start_redis: StartRedis) -> None:
    person, probe = told(start_redis("replicaof 127.0.0.1 9"))

    assert "is read-only" in person
    assert probe.startswith("is a read-only replica (READONLY")


def test_a_primary_without_its_replicas(start_redis: StartRedis) -> None:
    person, probe = told(start_redis("min-replicas-to-write 1"))

    assert "has lost its replicas" in person
    assert probe.startswith("accepts no writes, because too few replicas are connected (NOREPL")


def test_a_redis_that_cannot_save(
    start_redis: StartRedis, tmp_path: Path, use_redis: Callable[[str], Redis]
) -> None:
    url = start_redis("save 3600 1", "dbfilename missing.rdb", "rdb-key-save-delay 0")
    admin = use_redis(url)
    # It has looked for its file by now: what is in its place later would end it at its start.
    admin.ping()
    with unwritable(tmp_path):
        admin.set("a", 1)
        assert fails_to_save(admin)
        person, probe = told(url)

    assert "can't write to its disk" in person
    assert probe.startswith("accepts no writes, because it cannot save to disk (MISCONF")


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Keep a file out of the folder by a folder that has its name; root may write anywhere."""
    obstacle = folder / "missing.rdb"
    obstacle.mkdir()
    (obstacle / "full").touch()
    yield


def fails_to_save(admin: Redis) -> bool:
    """Have the background save fail; return whether Redis knows."""
    admin.bgsave()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        about = admin.info("persistence")
        if not about["rdb_bgsave_in_progress"] and about["rdb_last_bgsave_status"] == "err":
            return True
    return False


def test_a_redis_that_is_loading(
    start_redis: StartRedis, use_redis: Callable[[str], Redis]
) -> None:
    first = use_redis(start_redis())
    for number in range(200):
        # It can't be compressed: while it is read, Redis answers now and then.
        first.set(f"key-{number}", os.urandom(5_000))
    first.save()
    slowly = ("key-load-delay 30000", "loading-process-events-interval-bytes 1024")
    url = start_redis("rdbcompression no", *slowly)

    person, probe = told(url)

    assert "still loading its data" in person
    assert probe.startswith("is loading its data from disk (LOADING")


def test_nothing_at_the_address() -> None:
    person, probe = told("redis://127.0.0.1:9/0")

    assert "can't reach my database" in person
    assert probe.startswith("cannot be reached")


@pytest.mark.parametrize(
    ("lines", "arguments", "says"),
    [
        (
            ["cluster-enabled yes", f"cluster-port {free_port()}"],
            [],
            "a Redis Cluster, which odps-bot does not support",
        ),
        (["sentinel monitor odps 127.0.0.1 9 1"], ["--sentinel"], "a Sentinel, which stores no"),
    ],
    ids=["cluster", "sentinel"],
)
def test_what_is_not_supported_is_refused_at_start(
    start_redis: StartRedis, lines: list[str], arguments: list[str], says: str
) -> None:
    with (
        listener_redis(start_redis(*lines, arguments=arguments)) as redis,
        pytest.raises(OdpsBotError, match=says),
    ):
        require_supported(redis)


def test_a_redis_that_is_away_or_ordinary_is_not_refused(redis: Redis) -> None:
    require_supported(redis)
    require_supported(listener_redis("redis://127.0.0.1:9/0"))


def test_a_demoted_primary_is_left_although_it_keeps_the_connection(
    start_redis: StartRedis, use_redis: Callable[[str], Redis]
) -> None:
    url = start_redis()
    admin = use_redis(url)
    with listener_redis(url) as redis:
        former = redis.client_id()
        admin.replicaof("127.0.0.1", 9)

        with pytest.raises(NotWritableError, match="READONLY"):
            redis.set("a", 1)
        admin.replicaof("no", "one")
        assert redis.client_id() != former
        assert redis.set("a", 1)


def test_who_waits_for_a_job_on_a_demoted_primary_may_reconnect(
    start_redis: StartRedis, use_redis: Callable[[str], Redis]
) -> None:
    url = start_redis()
    admin = use_redis(url)
    with listener_redis(f"{url}?socket_timeout=10") as redis:
        # Carried out while it waits: by the server itself, before its answer.
        thread = threading.Thread(target=demote_when_somebody_waits, args=[admin])
        thread.start()
        with pytest.raises(RedisConnectionError):
            redis.blpop(["nothing"], timeout=8)
        thread.join()


def demote_when_somebody_waits(admin: Redis) -> None:
    while not admin.info("clients")["blocked_clients"]:
        pass
    admin.replicaof("127.0.0.1", 9)
