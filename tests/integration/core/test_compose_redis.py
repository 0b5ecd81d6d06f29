"""The Redis of docker-compose.yml, as a real server understands its command."""

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


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Redis]:
    service = yaml.safe_load(COMPOSE.read_text())["services"]["redis"]
    _, *arguments = [word.replace("${REDIS_PASSWORD:?}", "pa55word") for word in service["command"]]
    here = ["--port", "0", "--unixsocket", "redis.sock", "--dir", str(tmp_path)]
    server = subprocess.Popen(
        [find_server(), *arguments, *here], cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    try:
        with Redis(unix_socket_path=str(tmp_path / "redis.sock"), password="pa55word") as client:
            wait_for(client)
            yield client
    finally:
        server.terminate()
        server.wait(DEADLINE_S)


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
