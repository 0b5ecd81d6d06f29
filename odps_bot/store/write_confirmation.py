"""Whether a write is where it outlives its server: on a replica, or on disk."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from redis.client import Pipeline
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

#: A replica that keeps up confirms in a millisecond.
REPLICAS_WITHIN = timedelta(milliseconds=200)

#: With `appendfsync everysec` the disk has a write a second later.
DISK_WITHIN = timedelta(milliseconds=1_500)

#: While nobody confirms, every write would wait in vain.
PAUSE = timedelta(seconds=10)

Command = tuple[str | int, ...]


class WriteConfirmation:
    """Lets writes wait for replicas (`WAIT`) or the disk (`WAITAOF`). Threads may share it.

    A write that is not confirmed stands all the same. After one the next are not waited for, for a
    while, and count as not confirmed.
    """

    def __init__(
        self,
        *,
        replicas: int = 0,
        is_on_disk: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_wanted = bool(replicas or is_on_disk)
        self._replicas = replicas
        self._clock = clock
        self._skip_until_s: float | None = None
        self._turn = threading.Lock()

    def execute(self, pipe: Pipeline) -> tuple[Any, bool]:
        """Execute the commands, the last of which is the write that counts.

        Return its response, and whether it is confirmed: always, where that is not wanted. For the
        others `pipe` must be no transaction, in which nothing waits. Raises redis.RedisError.
        """
        if not self.is_wanted:
            return pipe.execute()[-1], True
        if is_awaited := self._is_awaited():
            pipe.execute_command(*self._command)  # type: ignore[no-untyped-call]
        responses = pipe.execute(raise_on_error=False)
        confirmed = responses.pop() if is_awaited else None
        for response in responses:
            if isinstance(response, Exception):
                raise response
        return responses[-1], is_awaited and self._is_confirmed(confirmed)

    @property
    def _command(self) -> Command:
        if self._replicas:
            return ("WAIT", self._replicas, _milliseconds(REPLICAS_WITHIN))
        return ("WAITAOF", 1, 0, _milliseconds(DISK_WITHIN))

    def _is_awaited(self) -> bool:
        with self._turn:
            return self._skip_until_s is None or self._clock() >= self._skip_until_s

    def _is_confirmed(self, response: Any) -> bool:
        """Return whether it is; if not, nothing is waited for during the pause."""
        if isinstance(response, RedisError):
            found, why = 0, f": {response}"
        else:
            found, why = (response[0] if isinstance(response, list) else int(response)), ""
        is_confirmed = found >= (self._replicas or 1)
        with self._turn:
            was_confirmed = self._skip_until_s is None
            self._skip_until_s = None if is_confirmed else self._clock() + PAUSE.total_seconds()
        if is_confirmed and not was_confirmed:
            log.info("what is stored is confirmed by %s again", self._by_whom)
        if not is_confirmed and was_confirmed:
            log.warning(
                "what is stored is not confirmed by %s%s: it is lost if Redis is lost now",
                self._by_whom,
                why,
            )
        return is_confirmed

    @property
    def _by_whom(self) -> str:
        return "its replicas" if self._replicas else "the disk"


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1_000)
