"""What sweeps remember of the instances that they watch, and how much is asked about them besides.

Only the one sweeper of a project writes what it remembers; whoever asks counts its requests.
"""

from dataclasses import dataclass

from redis import Redis

from odps_bot.store import keys


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What is known before a sweep plans its questions."""

    watching: bytes | None  #: as it was kept
    sent: int  #: requests so far, ever more
    may_ask_workers: bool  #: MaxCompute has not said lately that this is too much


class SideQuestions:
    """Side questions of all projects. Methods raise redis.RedisError if Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def remembered(self, project: str) -> Remembered:
        """Return what is known of the project's instances and questions."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(keys.watching(project))
            pipe.get(keys.side_questions(project))
            pipe.exists(keys.workers_unasked(project))
            watching, sent, is_paused = pipe.execute()
        count = int(sent) if isinstance(sent, bytes) and sent.isdigit() else 0
        return Remembered(watching=watching, sent=count, may_ask_workers=not is_paused)

    def remember(self, project: str, watching: bytes) -> None:
        """Keep what a sweep has seen and planned."""
        self._redis.set(keys.watching(project), watching, px=keys.watching.life)

    def sent(self, project: str, requests: int) -> None:
        """Count requests that were sent."""
        key = keys.side_questions(project)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.incrby(key, requests)
            pipe.pexpire(key, keys.side_questions.life)
            pipe.execute()

    def pause_workers(self, project: str) -> None:
        """Have nobody ask for workers for a while: that was refused as too much, or too slow."""
        self._redis.set(keys.workers_unasked(project), 1, px=keys.workers_unasked.life)
