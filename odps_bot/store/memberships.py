"""Who belongs to which Slack user groups: asked by the workers, kept in Redis for the bot.

The bot must answer within 3 seconds and so does not ask Slack itself. A group that was not asked
about for long counts as empty: a right that cannot be proven is none.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined

#: What is known of a group is believed for so long; it is asked for anew far sooner.
LIFE = timedelta(hours=1)
REFRESH = timedelta(minutes=2)

#: Stands beside the members, so that an empty group differs from one that is not known.
_KNOWN = "known"


class Memberships:
    """The members of user groups. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def take_turn(self) -> bool:
        """Return whether it is time to ask Slack again, for one worker of all."""
        return bool(self._redis.set(keys.MEMBERSHIPS_TURN, 1, nx=True, px=REFRESH))

    def remember(self, group_id: str, user_ids: Iterable[str]) -> None:
        """Keep the members of a group."""
        key = keys.members(group_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            pipe.sadd(key, _KNOWN, *user_ids)
            pipe.expire(key, LIFE)
            pipe.execute()

    def groups_of(self, user_id: str, among: Iterable[str]) -> list[str]:
        """Return those of the groups to which the user belongs."""
        return self.reading(user_id, among).run(self._redis)

    @staticmethod
    def reading(user_id: str, among: Iterable[str]) -> Pipelined[list[str]]:
        """Return what `groups_of` reads: nothing if there are no groups."""
        wanted = list(among)
        return Pipelined(
            [("SISMEMBER", keys.members(group_id), user_id) for group_id in wanted],
            lambda found: [group for group, is_in in zip(wanted, found, strict=True) if is_in],
        )

    def are_known(self, groups: Collection[str]) -> bool:
        """Return whether it is known of each of the groups who belongs to it."""
        wanted = [keys.members(group_id) for group_id in groups]
        return not wanted or self._redis.exists(*wanted) == len(wanted)
