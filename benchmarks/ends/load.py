"""What is run: a hundred statements that last between one second and two minutes. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

#: Our own limit lets a channel have a post a second, and a run has two.
PLACES = (
    ("U0ALICE", "C0DATAENG1"),
    ("U0CAROL", "C0ANALYTIC"),
    ("U0BOB", "C0RANDOM01"),
    ("U0ALICE", "C0FINANCE1"),
    ("U0ALICE", "D0ALICEODPS"),
    ("U0BOB", "D0BOBODPS"),
    ("U0CAROL", "D0CAROLODPS"),
)

#: Before the end of a trial nothing ends any more, so that each end has its time to be seen.
REST_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much is run, and for how long."""

    runs: int = 100
    within_s: float = 155  #: all of them have ended by then
    shortest_s: float = 1
    longest_s: float = 120
    workers: int = 2


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A statement, and when who types it."""

    number: int
    start_s: float
    lasts_s: float
    user: str
    channel: str

    @property
    def marker(self) -> str:
        """What its SQL has in it, by which its instance and its card are found."""
        return f"ends-{self.number}-"

    @property
    def command(self) -> str:
        """What is typed."""
        hint = f"set sandbox.duration={self.lasts_s:.2f};"
        return f"/odps run {hint} select '{self.marker}' as marker"


def planned(load: Load) -> list[Planned]:
    """Return the statements in the order in which they start; the same ones each time.

    As many last one to two seconds as last one to two minutes (about), as in a day of a team.
    """
    return sorted(_planned(load), key=lambda one: one.start_s)


def _planned(load: Load) -> Iterator[Planned]:
    chance = random.Random(18)
    ratio = load.longest_s / load.shortest_s
    for number in range(load.runs):
        share = number / max(1, load.runs - 1)
        lasts_s = load.shortest_s * ratio**share
        latest_s = load.within_s - REST_S - lasts_s
        user, channel = PLACES[number % len(PLACES)]
        yield Planned(
            number=number,
            start_s=chance.uniform(0, max(0.0, latest_s)),
            lasts_s=lasts_s,
            user=user,
            channel=channel,
        )
