"""A worker in a process of its own that lives as long as the one that started it, and no longer."""

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from odps_bot.operations.metrics import Metrics
from odps_bot.operations.shutdown import STOPPED_AT_ONCE, GracefulShutdown
from workers.runtime.child_metrics import count_forwarded, is_forwarded

log = logging.getLogger(__name__)

#: A process that ends is started again after a pause that grows from the first to the second.
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=1)

#: One that has lived for so long is started again after the shortest pause.
LONG_LIFE = timedelta(minutes=1)

#: How often it is checked whether the process lives, and whether it is to stop.
CHECK_INTERVAL_S = 0.1

#: So long nothing is heard of whoever waits to start it again.
TICK = timedelta(seconds=1)

#: What is its starter's alone: the address of its health, and systemd's attention.
NOT_INHERITED = ("ODPS_BOT_HEALTH_LISTEN", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")

#: Computing in this process yields to everything else on the machine, and still goes on beside it.
NICENESS = 5

_PR_SET_PDEATHSIG = 1


class ChildProcess:
    """Keeps a worker running for some lanes until this process is to stop."""

    def __init__(
        self,
        lanes: Sequence[str],
        stopping: GracefulShutdown,
        metrics: Metrics,
        *,
        start: Callable[[Sequence[str]], subprocess.Popen[bytes]] | None = None,
        pass_on: Callable[[bytes], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lanes = ",".join(lanes)
        self._start = start or start_worker
        self._pass_on = pass_on or _write_out
        self._stopping = stopping
        self._metrics = metrics
        self._clock = clock
        self._problem: str | None = "is starting"

    def problem(self) -> str | None:
        """Return why no jobs of these lanes are run, or None."""
        return self._problem

    def run(self, *, on_tick: Callable[[], None] = lambda: None) -> None:
        """Run the process, and start it again whenever it ends, until this one is to stop.

        `on_tick` is called as it goes on.
        """
        pause = SHORTEST_PAUSE
        while not self._stopping.requested.is_set():
            began_s = self._clock()
            status = self._run_once(on_tick)
            if self._stopping.requested.is_set():
                return
            if self._clock() - began_s >= LONG_LIFE.total_seconds():
                pause = SHORTEST_PAUSE
            self._problem = f"its process ended with status {status}"
            log.error(
                "the process for %s ended with status %s; starting it again in %d s",
                self.lanes,
                status,
                pause.total_seconds(),
            )
            self._wait(pause, on_tick)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _wait(self, pause: timedelta, on_tick: Callable[[], None]) -> None:
        for _ in range(round(pause / TICK)):
            on_tick()
            if self._stopping.requested.wait(TICK.total_seconds()):
                return

    def _run_once(self, on_tick: Callable[[], None]) -> int | str:
        """Return the status with which the process ended, or why it could not be started."""
        try:
            process = self._start(["worker", "--child", "--lanes", self.lanes])
        except OSError as error:
            return str(error)
        self._problem = None
        reader = threading.Thread(target=self._count, args=(process,), name=f"{self.lanes} metrics")
        reader.start()
        is_told = False
        while process.poll() is None:
            on_tick()
            if self._stopping.requested.wait(CHECK_INTERVAL_S) and not is_told:
                process.terminate()
                is_told = True
            elif is_told:
                # A thread that waits for an event that is set does not wait.
                time.sleep(CHECK_INTERVAL_S)
        reader.join()
        self._metrics.forget_lanes(self.lanes.split(","))
        return process.returncode

    def _count(self, process: subprocess.Popen[bytes]) -> None:
        """Count what the process counts, and write out what else it says, until it ends."""
        with process:
            for line in process.stdout or ():
                if is_forwarded(line):
                    count_forwarded(line, self._metrics)
                else:
                    self._pass_on(line)


def _write_out(line: bytes) -> None:
    """Write a line to this process's output, whole, as the audit trail does."""
    with contextlib.suppress(OSError):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def start_worker(
    arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ
) -> subprocess.Popen[bytes]:
    """Start this program as a child process. Its input ends when this process does."""
    return subprocess.Popen(  # noqa: S603  -- nothing foreign in it
        [sys.executable, "-m", "odps_bot", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={name: value for name, value in environ.items() if name not in NOT_INHERITED},
        # Ctrl-C is for its starter, which tells it to stop.
        start_new_session=True,
    )


def end_with_parent(*, end: Callable[[int], None] = os._exit) -> None:
    """End this process as soon as the one that started it is gone, however that ended.

    What it was at is done again by another process.
    """

    def watch() -> None:
        while os.read(standard_input, 1):
            pass
        end(STOPPED_AT_ONCE)

    standard_input = sys.stdin.fileno()
    threading.Thread(target=watch, name="parent", daemon=True).start()
    if sys.platform == "linux":
        # Also if no Python runs here any more. The thread that starts it outlives it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def yield_to_others() -> None:
    """Lower the priority of this process, where that is allowed."""
    try:
        os.nice(NICENESS)
    except OSError as error:
        log.debug("the priority stays as it is: %s", error)
