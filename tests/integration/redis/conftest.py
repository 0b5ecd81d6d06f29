"""Real servers: single ones in every trouble, and a primary with its replica and Sentinels."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from redis import Redis

from benchmarks.world.replicated_redis import ReplicatedRedis
from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.ports import free_port
from odps_bot.sandbox.redis import find_server

PATIENCE_S = 10


@pytest.fixture(scope="session")
def replicated() -> Iterator[ReplicatedRedis]:
    with ReplicatedRedis() as servers:
        yield servers


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return a function that starts a Redis, configured by these lines; it gives the address."""
    started: list[OwnedProcess] = []

    def start(*lines: str, arguments: Sequence[str] = ()) -> str:
        port = free_port()
        configuration = tmp_path / f"redis-{port}.conf"
        usual = (f"port {port}", "bind 127.0.0.1", f'dir "{tmp_path}"', 'save ""')
        configuration.write_text("\n".join([*usual, *lines, ""]))
        command = [find_server(), str(configuration), *arguments]
        quiet = subprocess.DEVNULL
        started.append(OwnedProcess(command, stdout=quiet, stderr=quiet))
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline
            else:
                return f"redis://127.0.0.1:{port}/0"

    yield start
    for process in started:
        process.end()


@pytest.fixture
def use_redis() -> Iterator[Callable[[str], Redis]]:
    """Return a function that makes a plain client, which is closed afterwards."""
    clients: list[Redis] = []

    def make(url: str) -> Redis:
        clients.append(Redis.from_url(url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
