"""Block types that this workspace's Slack refuses, so that no message tries them in vain."""

from collections.abc import Iterator, Sequence
from itertools import islice

from redis import Redis

from odps_bot.messages import Message
from odps_bot.store import keys

#: The newest block that is used in messages which are updated time and again.
PLAN = "plan"


class UnsupportedBlocks:
    """What Slack has refused of late. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis, *, team_id: str = "") -> None:
        self._redis = redis
        self._plan_key = keys.unsupported_block(f"{PLAN}:{team_id}" if team_id else PLAN)

    def of_team(self, team_id: str) -> "UnsupportedBlocks":
        """Return what one of several workspaces has refused; empty: there is only one."""
        return UnsupportedBlocks(self._redis, team_id=team_id)

    def remember(self, refused: Sequence[Message]) -> None:
        """Remember that Slack refused the last of these, and took a plainer one with blocks."""
        if refused and _has_plan(refused[-1]):
            self._redis.set(self._plan_key, 1, ex=keys.unsupported_block.life)

    def worth_a_try(self, renderings: Sequence[Message]) -> Iterator[Message]:
        """Yield the renderings of a message but the first one, where that was refused of late."""
        is_known = (
            len(renderings) > 1 and _has_plan(renderings[0]) and self._redis.exists(self._plan_key)
        )
        return islice(iter(renderings), 1 if is_known else 0, None)


def _has_plan(message: Message) -> bool:
    return any(block["type"] == PLAN for block in message.blocks)
