"""Runs whose end a worker waits for by a request that MaxCompute holds."""

from collections.abc import Iterable
from typing import TypeVar

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined, together

T = TypeVar("T")


class HeldRuns:
    """Marks of such runs. Methods raise redis.RedisError when Redis does not respond.

    A mark outlives a request, and goes with its worker: then polls are as often as for other runs.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def take(self, run_id: str, *, is_mine: bool) -> bool:
        """Mark the run; False: another worker waits for it. `is_mine`: this one did until now."""
        key, life = keys.held_run(run_id), keys.held_run.life
        return bool(self._redis.set(key, 1, nx=not is_mine, px=life))

    def release(self, run_ids: Iterable[str]) -> None:
        """Remove the marks of these runs."""
        if names := [keys.held_run(run_id) for run_id in run_ids]:
            self._redis.delete(*names)

    @staticmethod
    def reading_with(run_id: str, other: Pipelined[T]) -> Pipelined[tuple[bool, T]]:
        """Return what tells whether somebody waits for the run, and what `other` reads."""
        is_held = Pipelined([("EXISTS", keys.held_run(run_id))], lambda found: bool(found[0]))
        return together(lambda is_held, other: (is_held, other), is_held=is_held, other=other)
