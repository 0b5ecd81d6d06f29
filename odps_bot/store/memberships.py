"""Who belongs to which Slack user groups: read by the workers, kept in Redis for the bot.

The bot must respond within 3 seconds and so does not ask Slack itself. A group that was not read
for long counts as empty: a permission that cannot be proven is not granted.
"""

from collections.abc import Collection, Iterable

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import RedisStore, text

#: A member that every known group has, so that an empty group differs from an unknown one.
_KNOWN = "known"


class Memberships(RedisStore):
    """The members of user groups."""

    def take_turn(self) -> bool:
        """Return whether this worker is to read the groups again now."""
        return bool(
            self._redis.set(keys.memberships_turn(), 1, nx=True, px=keys.memberships_turn.life)
        )

    def remember(self, group_id: str, user_ids: Iterable[str]) -> None:
        """Save the members of a group."""
        key = keys.members(group_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            pipe.sadd(key, _KNOWN, *user_ids)
            pipe.expire(key, keys.members.life)
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

    def members_of(self, groups: Iterable[str]) -> dict[str, frozenset[str] | None]:
        """Return the members of each group; None where they are not known."""
        wanted = list(groups)
        reading = Pipelined(
            [("SMEMBERS", keys.members(group_id)) for group_id in wanted],
            lambda found: [frozenset(map(text, people)) for people in found],
        )
        found = dict(zip(wanted, reading.run(self._redis), strict=True))
        return {
            group: people - {_KNOWN} if _KNOWN in people else None
            for group, people in found.items()
        }

    def are_known(self, groups: Collection[str]) -> bool:
        """Return whether the members of all of these groups are known."""
        wanted = [keys.members(group_id) for group_id in groups]
        return not wanted or self._redis.exists(*wanted) == len(wanted)
