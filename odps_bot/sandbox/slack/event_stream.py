"""The stream of events for open pages."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

CAPACITY = 2_000


@dataclass(frozen=True, kw_only=True)
class StreamEvent:
    """An event, and the ids of the people who can see it (None: everybody)."""

    id: int
    data: dict[str, Any]
    audience: Collection[str] | None

    def is_for(self, user_id: str) -> bool:
        """Return whether this person can see it."""
        return self.audience is None or user_id in self.audience


class EventStream:
    """The newest events, numbered in order, with a notification for new ones."""

    def __init__(self, *, last_id: int = 0, capacity: int = CAPACITY) -> None:
        """Keep at most `capacity` events, numbered from `last_id`."""
        self._events: deque[StreamEvent] = deque(maxlen=capacity)
        self._subscribers: set[asyncio.Event] = set()
        self.last_id = last_id

    def publish(self, data: dict[str, Any], *, audience: Collection[str] | None = None) -> None:
        """Append an event and notify the subscribers."""
        self.last_id += 1
        self._events.append(StreamEvent(id=self.last_id, data=data, audience=audience))
        for published in self._subscribers:
            published.set()

    def since(self, event_id: int) -> list[StreamEvent] | None:
        """Return the events after that one, or None when some of them are no longer kept."""
        if event_id > self.last_id or event_id < self.last_id - len(self._events):
            return None
        return [event for event in self._events if event.id > event_id]

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Event]:
        """Provide an asyncio.Event that is set whenever something is published."""
        published = asyncio.Event()
        self._subscribers.add(published)
        try:
            yield published
        finally:
            self._subscribers.discard(published)
