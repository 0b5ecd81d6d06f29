"""Processes that are started for a measurement, and what they take of the machine (Linux)."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def stand_in(
    module: str, *arguments: str, environ: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a stand-in in a process of its own while the context is open; give its address."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()
            process.terminate()


@dataclass
class Crew:
    """Processes that are measured together. What those took that have ended counts too."""

    environ: Mapping[str, str]
    #: Where they log, or None for nowhere.
    log: Path | None = None
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _cpu_s_of_ended: float = 0

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one more: `python -m <arguments>`."""
        with self._log() as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._processes.append(process)
        return process

    def running(self) -> list[subprocess.Popen[bytes]]:
        """Return them, the oldest first."""
        return list(self._processes)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End one at once, by SIGKILL."""
        self._cpu_s_of_ended += cpu_s(process.pid)
        process.kill()
        process.wait()
        self._processes.remove(process)

    def stop(self) -> None:
        """End all."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def check(self) -> None:
        """Raise RuntimeError when one has ended by itself."""
        for process in self._processes:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args!r} has ended with {process.returncode}")

    def cpu_s(self) -> float:
        """Return the processor seconds that they have taken so far."""
        return self._cpu_s_of_ended + sum(cpu_s(process.pid) for process in self._processes)

    def memory_bytes(self) -> int:
        """Return what they hold resident; shared pages count for each."""
        return sum(memory_bytes(process.pid) for process in self._processes)

    @contextlib.contextmanager
    def _log(self) -> Iterator[int]:
        path = self.log or Path(os.devnull)
        with path.open("ab") as file:
            yield file.fileno()


def cpu_s(pid: int) -> float:
    """Return the processor seconds of a process, user and system."""
    # The name, in brackets, may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def memory_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
