"""What a trial is made of; everything in it follows from its seed, the moments of it do not."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from odps_bot.config.settings import DeliveryMode

#: `short` in every CI run; `long`, with new seeds every time, by `make chaos`.
FORM = "ODPS_BOT_TEST_CHAOS"
#: Repeats a trial that has failed.
SEED = "ODPS_BOT_TEST_CHAOS_SEED"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How much is asked for, and what of."""

    seed: int
    runs: int
    lasting: timedelta  #: how long runs are asked for while everything goes wrong
    workers: int = 2
    slack_mode: DeliveryMode = "socket"
    #: Slack's rate limits, and our own budget of edits, which alone would make a trial long.
    are_limits_on: bool = False
    #: After the last fault: what was leased by the dead comes back within 90 s, its card after it.
    settling: timedelta = timedelta(minutes=4)

    def __str__(self) -> str:
        limits = "limits" if self.are_limits_on else "no-limits"
        return f"{self.runs}-runs-{self.slack_mode}-{limits}"


def trials() -> Iterator[Trial]:
    """Return the trials that the environment asks for."""
    seed = int(os.environ.get(SEED, "0"))
    if os.environ.get(FORM, "short") == "short":
        yield Trial(seed=seed or 7, runs=60, lasting=timedelta(seconds=25))
        return
    for slack_mode, are_limits_on in (("socket", False), ("http", False), ("socket", True)):
        yield Trial(
            seed=seed or secrets.randbelow(10**9),
            runs=100 if are_limits_on else 300,
            lasting=timedelta(seconds=120),
            workers=3,
            slack_mode=slack_mode,
            are_limits_on=are_limits_on,
            settling=timedelta(minutes=8),
        )
