"""Ends a job that takes too long, in whatever thread it runs.

RQ does so by a signal, which only the main thread receives, or by a timer that may end the job
after next: it does not withdraw what it has raised too late.
"""

import ctypes
import threading
from typing import Any

from rq.timeouts import BaseDeathPenalty, JobTimeoutException


class ThreadTimeLimit(BaseDeathPenalty):
    """Raises JobTimeoutException in the thread of the job, unless the job has ended.

    The exception comes between two steps of Python: a job that waits for the network gets it when
    it has waited. What a job asks of others must have time limits of its own.
    """

    def __init__(
        self, timeout: float, exception: type[Exception] = JobTimeoutException, **_: Any
    ) -> None:
        super().__init__(timeout, exception)  # type: ignore[no-untyped-call]
        self._thread_id = threading.get_ident()
        self._turn = threading.Lock()
        self._is_over = False
        self._timer: threading.Timer | None = None

    def setup_death_penalty(self) -> None:
        """Begin to count."""
        if self._timeout <= 0:
            return
        self._timer = threading.Timer(self._timeout, self._raise)
        self._timer.daemon = True
        self._timer.start()

    def cancel_death_penalty(self) -> None:
        """Count no longer; what was raised and has not come yet never does."""
        with self._turn:
            self._is_over = True
            _raise_in(self._thread_id, None)
        if self._timer is not None:
            self._timer.cancel()

    def _raise(self) -> None:
        with self._turn:
            if not self._is_over:
                self._is_over = True
                _raise_in(self._thread_id, self._exception)


def _raise_in(thread_id: int, exception: type[Exception] | None) -> None:
    """Have the thread raise the exception as soon as it runs Python; None withdraws it."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread_id), ctypes.py_object(exception) if exception else None
    )
