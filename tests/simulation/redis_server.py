"""A real Redis server under a virtual clock, and a lean wire to it.

`virtual_clock.c`, preloaded, gives the server the time that stands in a file: `TIME`, and the lives
of keys, follow it at once. Its monotonic clock is virtual as well, because Valkey adds it to the
time between two looks at the clock.
"""

import mmap
import os
import shutil
import signal
import socket
import struct
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

CLOCK = Path(__file__).with_name("virtual_clock.c")
START_US = 1_800_000_000_000_000
START_TIMEOUT_S = 15
CHUNK_BYTES = 1 << 18


class NotInstalledError(Exception):
    """There is no C compiler, or its clock does not reach Redis."""


class VirtualRedisServer:
    """The server, empty and without persistence. Use it as a context manager."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="odps-bot-simulation-"))
        clock = self._folder / "clock"
        clock.write_bytes(struct.pack("q", START_US))
        with clock.open("r+b") as file:
            self._clock = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
        self._process: OwnedProcess | None = None

    def set_clock(self, now_us: int) -> None:
        """Let it be so many microseconds since the epoch."""
        self._clock[0] = now_us

    def connect(self) -> "Wire":
        """Return a connection to it."""
        # The path of a socket has 107 bytes at most; that of the folder may be longer.
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return Wire(f"/proc/self/fd/{folder}/socket")
        finally:
            os.close(folder)

    def cpu_s(self) -> float:
        """Return the processor's time that the server has taken."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Self:
        options = {
            "port": "0",
            "unixsocket": "socket",  # in its folder
            "save": "",
            "appendonly": "no",
            "hz": "1",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        # Under a clock that stands still it never acts on SIGTERM.
        self._process = OwnedProcess(
            [find_server(), *arguments],
            last_signal=signal.SIGKILL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "LD_PRELOAD": str(self._compiled_clock()),
                "VIRTUAL_CLOCK": str(self._folder / "clock"),
            },
            cwd=self._folder,
        )
        self._check_clock(self._first_wire(self._process))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _first_wire(self, process: OwnedProcess) -> "Wire":
        until_s = real_monotonic_s() + START_TIMEOUT_S
        while True:
            try:
                return self.connect()
            except (FileNotFoundError, ConnectionRefusedError) as error:
                if real_monotonic_s() > until_s or process.poll() is not None:
                    raise NotInstalledError("Redis does not start with this clock") from error
            real_sleep(0.01)

    def _compiled_clock(self) -> Path:
        library = self._folder / "virtual_clock.so"
        compiler = shutil.which("cc")
        if compiler is None:
            raise NotInstalledError("the simulation needs a C compiler as `cc` on the PATH")
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(CLOCK)]
        compiled = subprocess.run(command, capture_output=True, text=True, check=False)
        if compiled.returncode:
            raise NotInstalledError(f"{CLOCK.name} cannot be compiled: {compiled.stderr}")
        return library

    def _check_clock(self, wire: "Wire") -> None:
        """Raise unless the clock follows the file at once: else a seed could not be repeated."""
        for step in range(200):
            now_us = START_US + step * 10_000_019
            self.set_clock(now_us)
            seconds, microseconds = wire.call([("TIME",)])[0]
            if int(seconds) * 1_000_000 + int(microseconds) != now_us:
                raise NotInstalledError("Redis' clock does not follow the virtual one here")
        wire.close()


class Wire:
    """One connection to Redis (RESP 3): packs commands, parses responses, nothing else."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._buffer = b""
        self._at = 0
        self.call([("HELLO", "3")])

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def call(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """Send the commands and return their responses; an error is one, too."""
        return self.exchange(pack(commands), len(commands))

    def exchange(self, packed: bytes, count: int) -> list[Any]:
        """Send commands that are packed already."""
        self._socket.sendall(packed)
        return [self._read() for _ in range(count)]

    def _receive(self) -> None:
        chunk = self._socket.recv(CHUNK_BYTES)
        if not chunk:
            raise ConnectionResetError("Redis has ended")
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n", self._at)) < 0:
            self._receive()
        line = self._buffer[self._at : end]
        self._at = end + 2
        return line

    def _bytes(self, count: int) -> bytes:
        while len(self._buffer) - self._at < count + 2:
            self._receive()
        value = self._buffer[self._at : self._at + count]
        self._at += count + 2
        return value

    def _read(self) -> Any:  # noqa: C901, PLR0911  -- one for each type
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self._bytes(int(rest))
        if kind == b":":
            return int(rest)
        if kind == b"*":
            return None if rest == b"-1" else [self._read() for _ in range(int(rest))]
        match kind:
            case b"+":
                return rest
            case b"_":
                return None
            case b"-":
                error = BaseParser.parse_error(rest.decode())
                return error if isinstance(error, Exception) else ResponseError(rest.decode())
            case b"~" | b">":
                return [self._read() for _ in range(int(rest))]
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


def pack(commands: list[tuple[Any, ...]]) -> bytes:
    """Return the commands as they are sent."""
    parts = []
    for command in commands:
        name = command[0]
        # A name may be two words: SCRIPT LOAD.
        words = (*name.split(), *command[1:]) if " " in name else command
        parts.append(b"*%d\r\n" % len(words))
        for word in words:
            value = word.encode() if type(word) is str else _encoded(word)
            parts.append(b"$%d\r\n%b\r\n" % (len(value), value))
    return b"".join(parts)


def _encoded(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return str.encode(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"Redis takes no {type(value).__name__}")
    return repr(value).encode()
