"""A child process that ends with its owner, however the owner ends."""

import signal
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

STOP_TIMEOUT = timedelta(seconds=10)

_GUARD = 'read -r _; kill "-$1" "$0"; kill -CONT "$0"'


class OwnedProcess(subprocess.Popen[bytes]):
    """A process that gets `last_signal` as soon as its owner is gone, even by SIGKILL.

    One that was stopped goes on then, for that signal to reach it.

    Ctrl-C does not reach it: the owner handles it and stops its processes in order.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        last_signal: signal.Signals = signal.SIGTERM,
        **options: Any,
    ) -> None:
        super().__init__(arguments, stdin=subprocess.DEVNULL, start_new_session=True, **options)
        # Nobody writes to the guard's input; it reaches its end when we exit.
        self._guard = subprocess.Popen(  # noqa: S603  -- nothing foreign in it
            ["/bin/sh", "-c", _GUARD, str(self.pid), str(int(last_signal))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        status = super().poll()
        if status is not None:
            self._dismiss_guard()
        return status

    def wait(self, timeout: float | None = None) -> int:
        """Wait at most `timeout` seconds for the exit and return its status."""
        status = super().wait(timeout)
        self._dismiss_guard()
        return status

    def end(self) -> None:
        """Terminate the process, and kill it when it does not exit in time."""
        self.terminate()
        self.wait_or_kill()

    def wait_or_kill(self) -> None:
        """Wait for a terminated process to exit, and kill it when it does not."""
        try:
            self.wait(STOP_TIMEOUT.total_seconds())
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()

    def _dismiss_guard(self) -> None:
        """End the guard at once: it must never signal another process with the same id."""
        if self._guard.returncode is None:
            self._guard.kill()
            self._guard.communicate()
