"""Which channels hear of which project's jobs; kept in Redis, by project."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

import msgspec
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError, Instant, decode

#: Saves a record if it is still as it was read; an empty one is removed.
#: KEYS subscriptions. ARGV channel, as it was read (empty: none), the new one (empty: none).
_CHANGE = """
local kept = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if kept ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
"""


class Wanted(StrEnum):
    """What a channel wants to hear of."""

    FAILURES = "failures"
    SLOW = "slow"  #: jobs that take much longer than they use to
    ALL = "all"  #: every end, and slow jobs


class Subscription(msgspec.Struct, frozen=True, kw_only=True, rename={"interaction_id": "ask_id"}):
    """A channel's wish to hear of a project. Instants are aware UTC."""

    team_id: str
    channel_id: str
    project: str
    user_id: str  #: its owner: whoever subscribed last
    created_at: Instant
    wants: tuple[Wanted, ...] = (Wanted.FAILURES,)
    slow_after: timedelta | None = None  #: None: as the statement's own history tells
    owners: tuple[str, ...] = ()  #: of instances, as typed; none: everybody's

    interaction_id: str = ""  #: where the private answer goes
    is_announced: bool = False  #: the channel knows, so we may post there
    replaces: "Subscription | None" = None  #: what comes back should the announcement be refused

    paused_since: Instant | None = None  #: Slack has let us say nothing since then
    paused_by: str = ""  #: Slack's code for why
    is_owner_notified: bool = False  #: of the pause, if that was possible
    is_owner_gone: bool = False  #: it was not: their account is closed
    tried_at: Instant | None = None  #: when we last tried to post during the pause

    @property
    def about(self) -> str:
        """What names the subscription in the outbox."""
        return f"{self.project} {self.team_id} {self.channel_id}"


class Subscriptions:
    """All subscriptions. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._change = redis.register_script(_CHANGE)

    def to(self, project: str) -> list[Subscription]:
        """Return the subscriptions to a project, without damaged ones."""
        kept = self._redis.hvals(keys.subscriptions(project))
        return [found for record in kept if (found := _readable(record))]

    def has_any(self, project: str) -> bool:
        """Return whether anybody wants to hear of the project."""
        return bool(self._redis.exists(keys.subscriptions(project)))

    def find(self, project: str, team_id: str, channel_id: str) -> Subscription | None:
        """Return the channel's subscription to the project, or None."""
        record = self._redis.hget(keys.subscriptions(project), f"{team_id} {channel_id}")
        return _readable(record)

    def about(self, about: str) -> Subscription | None:
        """Return the subscription that an outbox entry names, or None."""
        project, _, place = about.partition(" ")
        team_id, _, channel_id = place.partition(" ")
        return self.find(project, team_id, channel_id)

    def change(
        self,
        project: str,
        team_id: str,
        channel_id: str,
        decide: Callable[[Subscription | None], Subscription | None],
    ) -> tuple[Subscription | None, Subscription | None]:
        """Apply `decide`, and again while others change it meanwhile; return before and after.

        `decide` must be pure; None means that there is none.
        """
        key, field = keys.subscriptions(project), f"{team_id} {channel_id}"
        while True:
            record = self._redis.hget(key, field)
            before = _readable(record)
            after = decide(before)
            new = msgspec.json.encode(after) if after else b""
            if self._change(keys=[key], args=[field, record or b"", new]):
                return before, after


def _readable(record: object) -> Subscription | None:
    try:
        return decode(record, Subscription) if isinstance(record, bytes) else None
    except CorruptRecordError:
        return None
