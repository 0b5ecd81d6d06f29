"""Commands of several stores in one round trip to Redis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from redis import Redis

T = TypeVar("T")


@dataclass(frozen=True)
class Pipelined(Generic[T]):
    """Commands, and what their responses mean; nothing is sent until `run`."""

    commands: Sequence[tuple[Any, ...]]
    decode: Callable[[Sequence[Any]], T]

    def run(self, redis: Redis) -> T:
        """Send the commands, if there are any. Raises redis.RedisError."""
        if not self.commands:
            return self.decode(())
        with redis.pipeline(transaction=False) as pipe:
            for command in self.commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]
            return self.decode(pipe.execute())


def together(into: Callable[..., T], **parts: Pipelined[Any]) -> Pipelined[T]:
    """Return all parts as one; `into` gets their values by name."""

    def decode(responses: Sequence[Any]) -> T:
        left = iter(responses)
        return into(
            **{
                name: part.decode(list(islice(left, len(part.commands))))
                for name, part in parts.items()
            }
        )

    return Pipelined(tuple(chain(*(part.commands for part in parts.values()))), decode)
