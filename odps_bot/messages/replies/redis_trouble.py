"""What people read when Redis can't store what they asked for, or may lose it."""

from collections.abc import Mapping
from types import MappingProxyType

from odps_bot.messages import text as t
from odps_bot.messages.message import Message
from odps_bot.messages.replies import ephemeral
from odps_bot.runs.run import Run
from odps_bot.store.redis_trouble import RedisTrouble

_IN_A_MINUTE = "Try again in a minute."
_ASK = "Ask your administrator to fix it."

#: What is wrong, and what to do next.
_WORDS: Mapping[RedisTrouble, tuple[str, str]] = MappingProxyType(
    {
        RedisTrouble.UNREACHABLE: (
            "I can't reach my database (Redis) right now",
            _IN_A_MINUTE,
        ),
        RedisTrouble.PASSWORD: ("My database (Redis) rejects my password", _ASK),
        RedisTrouble.PERMISSION: (
            "My database (Redis) denies me a permission that I need",
            _ASK,
        ),
        RedisTrouble.LOADING: (
            "My database (Redis) has been restarted and is still loading its data",
            _IN_A_MINUTE,
        ),
        RedisTrouble.READ_ONLY: (
            "My database (Redis) is read-only: another server has taken over, or is about to",
            _IN_A_MINUTE,
        ),
        RedisTrouble.NO_REPLICAS: (
            "My database (Redis) accepts no changes, because it has lost its replicas",
            _IN_A_MINUTE,
        ),
        RedisTrouble.FULL: ("My database (Redis) is full", _ASK),
        RedisTrouble.DISK: ("My database (Redis) can't write to its disk", _ASK),
        RedisTrouble.CLUSTER: ("My database is a Redis Cluster, which I don't support", _ASK),
        RedisTrouble.REFUSED: ("My database (Redis) refused a command", _ASK),
    }
)


def redis_trouble(trouble: RedisTrouble, reference: str) -> Message:
    """Return what is wrong with Redis, and what to do; `reference` leads to the log."""
    wrong, next_step = _WORDS[trouble]
    return ephemeral.problem(
        f"{wrong} (ref {t.code(reference)}). Nothing was submitted or changed. {next_step}"
    )


def unconfirmed_in_words(run: Run) -> str:
    """Return what is certain about a run that may be lost with a server of Redis."""
    name = t.code(run.name)
    return (
        f"Run {name} is accepted and stored, but my database (Redis) has confirmed no second copy"
        f" of it yet. If Redis fails now, the run may be lost: look for its card, or at"
        f" {t.code(f'/odps status {run.name}')}, before you start it again."
    )
