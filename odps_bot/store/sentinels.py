"""Connections that ask the Sentinels for the primary whenever they are made.

redis-py's own go back to the address of a dead primary as long as a command is tried again.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.connection import Connection, ConnectionPool, SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from odps_bot.store.server_changes import NotesServer

log = logging.getLogger(__name__)

Host = tuple[str, int]

#: A primary that was demoted may take writes for ten seconds more, and loses them. So it is asked
#: for so often, and less often while no Sentinel responds.
ASK_EVERY, ASK_AGAIN_AFTER = timedelta(seconds=1), timedelta(seconds=10)


class PrimaryUnknownError(RedisConnectionError):
    """No Sentinel knows a primary that is up."""


class Primary:
    """The server that takes writes, as the Sentinels have it. Threads may share it."""

    def __init__(
        self,
        service: str,
        sentinels: Sequence[Redis],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._sentinels = list(sentinels)
        self._clock = clock
        self._known: Host | None = None
        self._is_move_noted = True
        self._ask_at_s = clock()
        self._turn = threading.Lock()

    def find(self) -> Host:
        """Ask the Sentinels in turn, the last that knew first. Raises PrimaryUnknownError."""
        problems = []
        for sentinel in self._sentinels:
            try:
                found = self._ask(sentinel)
            except RedisError as error:
                problems.append(str(error) or type(error).__name__)
                continue
            self._remember(found, sentinel)
            return found
        said = "; ".join(dict.fromkeys(problems))
        raise PrimaryUnknownError(f"no Sentinel knows a primary of {self._service}: {said}")

    def current(self) -> Host | None:
        """Return the primary as it was known a second ago; None before it was ever found."""
        if self._clock() >= self._ask_at_s and self._turn.acquire(blocking=False):
            first, *others = self._sentinels
            try:
                self._ask_at_s = self._clock() + ASK_AGAIN_AFTER.total_seconds()
                self._remember(self._ask(first), first)
            except RedisError as error:
                log.debug("a Sentinel did not say where the primary is: %s", error)
                self._sentinels = [*others, first]
            finally:
                self._turn.release()
        return self._known

    def is_moved_to(self, host: Host) -> bool:
        """Return whether it has become the primary, and nobody has noted that yet."""
        return not self._is_move_noted and self._known == host

    def move_noted(self) -> None:
        """Stop asking for that to be noted."""
        self._is_move_noted = True

    def _ask(self, sentinel: Redis) -> Host:
        with sentinel.pipeline(transaction=False) as pipe:
            pipe.sentinel_get_master_addr_by_name(self._service)
            pipe.sentinel_master(self._service)
            address, seen = pipe.execute()
        if address is None:
            raise PrimaryUnknownError(f"{self._service} is none of its services")
        host, port = (part.decode() if isinstance(part, bytes) else part for part in address)
        found = (str(host), int(port))
        # While it fails over, the address is that of the new primary already.
        is_down = seen["is_sdown"] or seen["is_odown"]
        if is_down and found == (seen["ip"], seen["port"]):
            raise PrimaryUnknownError(f"{found[0]}:{found[1]} is down")
        return found

    def _remember(self, found: Host, sentinel: Redis) -> None:
        if self._known not in {None, found}:
            log.warning("the primary of %s is now at %s:%d", self._service, *found)
            self._is_move_noted = False
        self._known = found
        self._ask_at_s = self._clock() + ASK_EVERY.total_seconds()
        # A new list: other threads read the former one, which would be empty while it is sorted.
        self._sentinels = sorted(self._sentinels, key=lambda other: other is not sentinel)


class ToPrimary(NotesServer, Connection):
    """A connection that asks where the primary is whenever it is made, also within a retry."""

    def __init__(self, *, primary: Primary, **options: Any) -> None:
        super().__init__(**options)
        self._primary = primary

    def _connect(self) -> Any:
        self.host, self.port = self._primary.find()
        return super()._connect()  # type: ignore[no-untyped-call]

    def has_moved(self) -> bool:
        """Return whether it leads to another primary, which nobody has noted yet."""
        return self._primary.is_moved_to((self.host, self.port))

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  -- redis-py's
        """Authenticate and note the server, and with that the move to it."""
        has_moved = self.has_moved()
        super().on_connect_check_health(check_health)
        if has_moved:
            self._primary.move_noted()


class ToPrimaryByTls(ToPrimary, SSLConnection):
    """Likewise, encrypted."""


class PrimaryPool(ConnectionPool):
    """Connections to the primary; those to a former one are made anew."""

    def __init__(self, *, primary: Primary, **options: Any) -> None:
        super().__init__(primary=primary, **options)
        self._primary = primary

    def get_connection(self, *_arguments: Any, **_options: Any) -> Connection:
        """Return a connection to the primary of a second ago."""
        current = self._primary.current()
        connection = super().get_connection()
        if current is not None and (connection.host, connection.port) != current:
            connection.disconnect()  # type: ignore[no-untyped-call]
            try:
                connection.connect()  # type: ignore[no-untyped-call]
            except BaseException:
                self.release(connection)
                raise
        return connection
