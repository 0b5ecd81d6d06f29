"""What happened, in order, for the pages that watch."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

CAPACITY = 2_000


@dataclass(frozen=True, kw_only=True)
class StreamEvent:
    """Something that a page shows, and who may see it (None: everybody)."""

    id: int
    data: dict[str, Any]
    audience: Collection[str] | None

    def is_for(self, user_id: str) -> bool:
        """Tell whether this person sees it."""
        return self.audience is None or user_id in self.audience


class EventStream:
    """The newest events, numbered in order, and a bell for those who wait for more."""

    def __init__(self, *, last_id: int = 0, capacity: int = CAPACITY) -> None:
        """Count on from `last_id`, and remember at most `capacity` events."""
        self._events: deque[StreamEvent] = deque(maxlen=capacity)
        self._subscribers: set[asyncio.Event] = set()
        self.last_id = last_id

    def publish(self, data: dict[str, Any], *, audience: Collection[str] | None = None) -> None:
        """Append an event and wake whoever waits."""
        self.last_id += 1
        self._events.append(StreamEvent(id=self.last_id, data=data, audience=audience))
        for subscribe in self._subscribers:
            subscribe.set()

    def since(self, event_id: int) -> list[StreamEvent] | None:
        """Return what came after that event, or None when part of it is forgotten."""
        if event_id > self.last_id or event_id < self.last_id - len(self._events):
            return None
        return [event for event in self._events if event.id > event_id]

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Event]:
        """Lend an event that is set whenever something is published."""
        subscribe = asyncio.Event()
        self._subscribers.add(subscribe)
        try:
            yield subscribe
        finally:
            self._subscribers.discard(subscribe)
