"""Runs whose end a worker waits for by a request that MaxCompute holds."""

from collections.abc import Iterable
from typing import TypeVar

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined, together

T = TypeVar("T")

#: Marks a run, or renews the mark, unless it is another's. KEYS mark. ARGV owner, life in ms.
_TAKE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

#: Removes the marks that are this owner's. KEYS marks. ARGV owner.
_RELEASE = """
for _, mark in ipairs(KEYS) do
  if redis.call('GET', mark) == ARGV[1] then redis.call('DEL', mark) end
end
"""


class HeldRuns:
    """Marks of such runs. Methods raise redis.RedisError when Redis does not respond.

    A mark has an owner, and outlives one request of it. With a worker that dies or pauses it goes:
    then polls are as often as for other runs, and another worker may wait.
    """

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(_TAKE)
        self._release = redis.register_script(_RELEASE)

    def take(self, run_id: str, owner: str) -> bool:
        """Mark the run, or renew its owner's mark; False: somebody else waits for it."""
        life_ms = round(keys.held_run.life.total_seconds() * 1_000)
        return bool(self._take(keys=[keys.held_run(run_id)], args=[owner, life_ms]))

    def release(self, run_ids: Iterable[str], owner: str) -> None:
        """Remove the marks of these runs, as far as they are the owner's."""
        if names := [keys.held_run(run_id) for run_id in run_ids]:
            self._release(keys=names, args=[owner])

    @staticmethod
    def reading_with(run_id: str, other: Pipelined[T]) -> Pipelined[tuple[bool, T]]:
        """Return what tells whether somebody waits for the run, and what `other` reads."""
        is_held = Pipelined([("EXISTS", keys.held_run(run_id))], lambda found: bool(found[0]))
        return together(lambda is_held, other: (is_held, other), is_held=is_held, other=other)
