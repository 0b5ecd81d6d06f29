"""Which channels are notified of which project's jobs; kept in Redis, by project."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

import msgspec
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode_or_none

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
    """What a channel is notified of."""

    FAILURES = "failures"
    SLOW = "slow"  #: jobs that take much longer than usual
    SICK = "sick"  #: jobs that something holds up: why, while they run
    ALL = "all"  #: every end, and slow jobs; not `SICK`, which is asked for besides


class Subscription(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"interaction_id": "ask_id", "is_owner_notified": "is_owner_told"},
):
    """A channel's wish for alerts of a project's jobs. Instants are aware UTC."""

    team_id: str
    channel_id: str
    project: str
    user_id: str  #: its owner: whoever subscribed last
    created_at: Instant
    wants: tuple[Wanted, ...] = (Wanted.FAILURES,)
    slow_after: timedelta | None = None  #: None: by the statement's own history
    owners: tuple[str, ...] = ()  #: of instances, as typed; none: everybody's

    interaction_id: str = ""  #: where the ephemeral reply goes
    is_announced: bool = False  #: the channel knows, so we may post there
    replaces: "Subscription | None" = None  #: what is restored if the announcement is refused

    paused_since: Instant | None = None  #: since when Slack refuses our posts
    paused_by: str = ""  #: Slack's error code
    is_owner_notified: bool = False  #: of the pause, if possible
    is_owner_gone: bool = False  #: it was not possible: their account is closed
    tried_at: Instant | None = None  #: when we last tried to post during the pause

    @property
    def id(self) -> str:
        """Identifies the subscription in Redis and in the outbox."""
        return f"{self.project} {self.team_id} {self.channel_id}"


class Subscriptions:
    """All subscriptions. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._change = redis.register_script(_CHANGE)

    def to(self, project: str) -> list[Subscription]:
        """Return the subscriptions to a project, without corrupt ones."""
        kept = self._redis.hvals(keys.subscriptions(project))
        return [found for record in kept if (found := decode_or_none(record, Subscription))]

    def has_any(self, project: str) -> bool:
        """Return whether any channel has subscribed to the project."""
        return bool(self._redis.exists(keys.subscriptions(project)))

    def find(self, project: str, team_id: str, channel_id: str) -> Subscription | None:
        """Return the channel's subscription to the project, or None."""
        record = self._redis.hget(keys.subscriptions(project), f"{team_id} {channel_id}")
        return decode_or_none(record, Subscription)

    def get(self, subscription_id: str) -> Subscription | None:
        """Return the subscription, or None."""
        project, _, place = subscription_id.partition(" ")
        team_id, _, channel_id = place.partition(" ")
        return self.find(project, team_id, channel_id)

    def change(
        self,
        project: str,
        team_id: str,
        channel_id: str,
        decide: Callable[[Subscription | None], Subscription | None],
    ) -> tuple[Subscription | None, Subscription | None]:
        """Apply `decide` and return the subscription before and after; None: there is none.

        `decide` must be pure: it is called again when others change it at the same time.
        """
        key, field = keys.subscriptions(project), f"{team_id} {channel_id}"
        while True:
            record = self._redis.hget(key, field)
            before = decode_or_none(record, Subscription)
            after = decide(before)
            new = msgspec.json.encode(after) if after else b""
            if self._change(keys=[key], args=[field, record or b"", new]):
                return before, after
