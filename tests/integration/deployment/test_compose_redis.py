"""The Redis of docker-compose.yml, as a real server understands its command."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from redis import Redis
from redis.exceptions import RedisError

from odps_bot.sandbox.redis import find_server

COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"
DEADLINE_S = 30


SERVICE = yaml.safe_load(COMPOSE.read_text())["services"]["redis"]

#: What compose fills in.
VALUES = {"REDIS_PASSWORD": "pa55word", "REDIS_MAXMEMORY": "256mb"}


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[Path]:
    """The socket of a server that is started with the command of the file."""
    _, *arguments = [
        re.sub(r"\$\{(\w+):[^}]*\}", lambda found: VALUES[found[1]], word)
        for word in SERVICE["command"]
    ]
    here = ["--port", "0", "--unixsocket", "redis.sock", "--dir", str(tmp_path)]
    server = subprocess.Popen(
        [find_server(), *arguments, *here], cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    socket = tmp_path / "redis.sock"
    try:
        with Redis(unix_socket_path=str(socket), password="pa55word") as client:
            wait_for(client)
        yield socket
    finally:
        server.terminate()
        server.wait(DEADLINE_S)


@pytest.fixture
def client(socket: Path) -> Iterator[Redis]:
    with Redis(unix_socket_path=str(socket), password="pa55word") as client:
        yield client


def wait_for(client: Redis) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            client.ping()
        except RedisError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the server does not answer")


def test_it_keeps_everything_and_forgets_nothing_by_itself(client: Redis) -> None:
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert client.config_get("save") == {"save": ""}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_get("requirepass") == {"requirepass": "pa55word"}


def test_it_refuses_to_hold_more_than_its_container_has_room_for(client: Redis) -> None:
    assert client.config_get("maxmemory") == {"maxmemory": str(256 * 1024 * 1024)}


def ask_how_it_is(client: Redis) -> None:
    """Send the words of the health check; `redis-cli -e` fails where this raises RedisError."""
    program, option, *words = SERVICE["healthcheck"]["test"][1:]
    assert (program, option) == ("redis-cli", "-e")
    client.execute_command(*words)


def test_a_server_that_is_well_is_healthy_and_keeps_nothing_of_it(client: Redis) -> None:
    ask_how_it_is(client)

    [key] = client.keys()
    assert 0 < client.ttl(key) <= 60


@pytest.mark.parametrize(
    ("password", "refusal"),
    [(None, "NOAUTH|Authentication required"), ("wrong", "WRONGPASS|invalid")],
)
def test_a_wrong_password_is_not_healthy(socket: Path, password: str | None, refusal: str) -> None:
    with (
        Redis(unix_socket_path=str(socket), password=password, protocol=2) as client,
        pytest.raises(RedisError, match=refusal),
    ):
        ask_how_it_is(client)


def test_a_full_memory_is_not_healthy(client: Redis) -> None:
    client.config_set("maxmemory", "1mb")

    with pytest.raises(RedisError, match="maxmemory"):
        ask_how_it_is(client)


def test_a_replica_is_not_healthy(client: Redis) -> None:
    client.execute_command("REPLICAOF", "127.0.0.1", "9")

    with pytest.raises(RedisError):
        ask_how_it_is(client)
