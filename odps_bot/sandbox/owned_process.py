"""A process that ends with its owner, however that ends."""

import subprocess
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

STOP_TIMEOUT = timedelta(seconds=10)


class OwnedProcess(subprocess.Popen[bytes]):
    """A process that is asked to end (SIGTERM) as soon as its owner is gone, even by SIGKILL.

    A Ctrl-C does not reach it: that is for its owner, who ends what it has started in order.
    """

    def __init__(self, arguments: Sequence[str], **options: Any) -> None:
        super().__init__(arguments, stdin=subprocess.DEVNULL, start_new_session=True, **options)
        # Nobody writes to the guard's input; it ends when we do.
        self._guard = subprocess.Popen(  # noqa: S603  -- nothing foreign in it
            ["/bin/sh", "-c", 'read -r _; kill "$0"', str(self.pid)],
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
        """Wait for the end, at most `timeout` seconds, and return the exit status."""
        status = super().wait(timeout)
        self._dismiss_guard()
        return status

    def end(self) -> None:
        """End the process: kindly, and if that does not help within a while, by force."""
        self.terminate()
        self.wait_or_kill()

    def wait_or_kill(self) -> None:
        """Wait for a process that was asked to end, and kill it when it does not."""
        try:
            self.wait(STOP_TIMEOUT.total_seconds())
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()

    def _dismiss_guard(self) -> None:
        """Forget the guard at once: it must never see another process under this id."""
        if self._guard.returncode is None:
            self._guard.kill()
            self._guard.communicate()
