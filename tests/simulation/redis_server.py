"""A real Redis server under a virtual clock, and a lean wire to it.

libfaketime gives the server the time that stands in a file: `TIME`, and the lives of keys, follow
it at once. Its monotonic clock is virtual as well, because Valkey adds it to the time between two
looks at the clock.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis._parsers.base import BaseParser
from redis.exceptions import ResponseError

from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.redis import find_server
from tests.simulation.outside import real_monotonic_s, real_sleep

LIBRARY = "*/faketime/libfaketime.so.1"
START_TIMEOUT_S = 15
CHUNK_BYTES = 1 << 18


class NotInstalledError(Exception):
    """Debian's package `libfaketime` is missing."""


class VirtualRedisServer:
    """The server, empty and without persistence. Use it as a context manager."""

    def __init__(self) -> None:
        library = next(Path("/usr/lib").glob(LIBRARY), None)
        if library is None:
            raise NotInstalledError("the simulation needs Debian's package `libfaketime`")
        self._library = library
        # In memory where there is such a folder: the file is written before each command.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="odps-bot-simulation-", dir=memory))
        self._clock = os.open(self._folder / "clock", os.O_RDWR | os.O_CREAT, 0o600)
        self.set_clock(1_800_000_000_000_000)
        self._process: OwnedProcess | None = None

    def set_clock(self, now_us: int) -> None:
        """Let it be so many microseconds since the epoch."""
        os.pwrite(self._clock, b"%d.%06d\n" % divmod(now_us, 1_000_000), 0)

    def connect(self) -> "Wire":
        """Return a connection to it."""
        return Wire(str(self._folder / "socket"))

    def cpu_s(self) -> float:
        """Return the processor's time that the server has taken."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Self:
        environ = {
            **os.environ,
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._folder / "clock"),
            "FAKETIME_FMT": "%s",
            "FAKETIME_NO_CACHE": "1",
        }
        options = {
            "port": "0",
            "unixsocket": str(self._folder / "socket"),
            "save": "",
            "appendonly": "no",
            "hz": "1",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._process = OwnedProcess(
            [find_server(), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environ,
            cwd=self._folder,
        )
        until_s = real_monotonic_s() + START_TIMEOUT_S
        while not (self._folder / "socket").exists():
            if real_monotonic_s() > until_s or self._process.poll() is not None:
                raise NotInstalledError("Redis did not start under libfaketime")
            real_sleep(0.01)
        self._check_clock()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.end()
        os.close(self._clock)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _check_clock(self) -> None:
        """Raise unless the clock follows the file at once: else a seed could not be repeated."""
        wire = self.connect()
        for step in range(200):
            now_us = 1_800_000_000_000_000 + step * 10_000_019
            self.set_clock(now_us)
            seconds, microseconds = wire.call([("TIME",)])[0]
            if abs(int(seconds) * 1_000_000 + int(microseconds) - now_us) > 1:
                raise NotInstalledError("Redis' clock does not follow libfaketime here")
        wire.close()


class Wire:
    """One connection to Redis (RESP 3): packs commands, parses responses, nothing else."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._buffer = b""
        self._at = 0
        self.call([("HELLO", "3")])

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def call(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """Send the commands and return their responses; an error is one, too."""
        self._socket.sendall(b"".join(map(_packed, commands)))
        return [self._read() for _ in commands]

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n", self._at)) < 0:
            self._receive()
        line = self._buffer[self._at : end]
        self._at = end + 2
        return line

    def _receive(self) -> None:
        chunk = self._socket.recv(CHUNK_BYTES)
        if not chunk:
            raise ConnectionResetError("Redis has ended")
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0

    def _bytes(self, count: int) -> bytes:
        while len(self._buffer) - self._at < count + 2:
            self._receive()
        value = self._buffer[self._at : self._at + count]
        self._at += count + 2
        return value

    def _read(self) -> Any:  # noqa: C901, PLR0911  -- one for each type
        line = self._line()
        kind, rest = line[:1], line[1:]
        match kind:
            case b"$":
                return None if rest == b"-1" else self._bytes(int(rest))
            case b":":
                return int(rest)
            case b"+":
                return rest
            case b"_":
                return None
            case b"-":
                error = BaseParser.parse_error(rest.decode())
                return error if isinstance(error, Exception) else ResponseError(rest.decode())
            case b"*" | b"~" | b">":
                return None if rest == b"-1" else [self._read() for _ in range(int(rest))]
            case b"%":
                return {_hashable(self._read()): self._read() for _ in range(int(rest))}
            case b",":
                return float(rest)
            case b"#":
                return rest == b"t"
            case b"=":
                return self._bytes(int(rest))[4:]
        raise ValueError(f"cannot read {line[:60]!r}")


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _packed(command: tuple[Any, ...]) -> bytes:
    # A name may be two words: SCRIPT LOAD.
    name, *arguments = command
    parts = [*(word.encode() for word in name.split()), *map(_encoded, arguments)]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(p), p) for p in parts)


def _encoded(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return str.encode(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"Redis takes no {type(value).__name__}")
    return repr(value).encode()
