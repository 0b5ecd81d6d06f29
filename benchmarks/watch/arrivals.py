"""When the end of an instance was known: its entry in a sorted set of Redis, as it comes in."""

import threading
import time
from types import TracebackType
from typing import Self

from redis import Redis
from redis.client import PubSub

from odps_bot.store.redis_values import text

#: What the outbox holds is told soon after and forgotten: Redis says at once that it has changed.
_EVENTS = "Kz"


class Arrivals:
    """Writes down while its context is open when each member of a set is there first.

    Members end in the eight digits of an instance's number.
    """

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self._key = key
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="arrivals")
        self._seen_at_s: dict[int, float] = {}

    def seen_at_s(self) -> dict[int, float]:
        """Return the epoch in seconds by the number of the instance."""
        return dict(self._seen_at_s)

    def _listen(self) -> None:
        events: PubSub = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        with events:
            events.subscribe(f"__keyspace@0__:{self._key}")
            while not self._stop.is_set():
                events.get_message(timeout=0.2)
                now = time.time()
                for member in self._redis.zrange(self._key, 0, -1):
                    self._seen_at_s.setdefault(int(text(member)[-8:]), now)

    def __enter__(self) -> Self:
        self._redis.config_set("notify-keyspace-events", _EVENTS)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
