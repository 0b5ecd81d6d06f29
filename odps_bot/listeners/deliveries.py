"""One click, shortcut or submission that Slack delivers twice is handled once.

Slack delivers it again when no acknowledgement came in time, or by another connection. The answer
of the first delivery is on its way: a second one would only say that nothing is left to do.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator

from redis.exceptions import RedisError

from odps_bot.services import Services

log = logging.getLogger(__name__)


class AnsweredWithoutRedis:
    """Deliveries that this process has answered while Redis could not keep that it had.

    Slack may deliver them again when Redis is back: what was said of them has to stay true.
    """

    def __init__(self, *, most: int = 1_000) -> None:
        self._ids: dict[str, None] = {}  # the oldest first, which are forgotten first
        self._most = most
        self._lock = threading.Lock()

    def __contains__(self, interaction_id: str) -> bool:
        return interaction_id in self._ids

    def add(self, interaction_id: str) -> None:
        """Keep the delivery, before it is answered: its repetition may come meanwhile."""
        with self._lock:
            self._ids[interaction_id] = None
            while len(self._ids) > self._most:
                del self._ids[next(iter(self._ids))]

    def discard(self, interaction_id: str) -> None:
        """Forget the delivery, as it could not be answered."""
        with self._lock:
            self._ids.pop(interaction_id, None)


class Delivery:
    """One delivery, while it is handled."""

    def __init__(self, *, is_repeated: bool) -> None:
        self.is_repeated = is_repeated  #: an earlier delivery was handled, or is being
        self.is_done = True  #: False: a repetition is to be handled, too


@contextlib.contextmanager
def delivered(interaction_id: str, services: Services) -> Iterator[Delivery]:
    """Give the delivery of this interaction; without Redis every one counts as the first.

    What is done in here is idempotent: a process may die before it says that it is done.
    """
    events = services.stores.deduplication
    try:
        is_first = events.begin(interaction_id)
    except RedisError as error:
        log.warning("an interaction may be handled twice: %s", error)
        yield Delivery(is_repeated=False)
        return
    if not is_first:
        log.info("an interaction was delivered again: %s", interaction_id)
        yield Delivery(is_repeated=True)
        return
    delivery = Delivery(is_repeated=False)
    try:
        yield delivery
    except Exception:
        delivery.is_done = False
        raise
    finally:
        end = events.finish if delivery.is_done else events.release
        with contextlib.suppress(RedisError):
            end(interaction_id)
