"""One episode: a world that a seed determines, from its first second to the last answer."""

import os
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.faults import Faults, Struck
from tests.simulation.invariants import Invariants, Lives
from tests.simulation.redis_server import VirtualRedisServer, Wire
from tests.simulation.stories import Stories
from tests.simulation.world import World

#: People begin within so long; afterwards nothing goes wrong any more.
STORIES, SPAN_S = 1_000, 300

#: Where updates are scarce, so many are allowed for each story while people begin theirs.
SCARCE_UPDATES = 0.8

#: What is accepted has ended by then: a question expires, a lease is over, a look-up is repeated.
CALM_S = 1_500

#: So often it is asked whether everything has come to its end.
STEP_US = 20_000_000


@dataclass
class Outcome:
    """What came of an episode."""

    seed: int
    lives: Lives = field(default_factory=Lives)
    digest: int = 0
    boundaries: int = 0
    redis_calls: int = 0
    violations: list[str] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)
    told: int = STORIES  #: how many stories there are
    stories: list[int] = field(default_factory=list)  #: those that were told; empty: all


class Player:
    """Plays episodes, one after the other, on one Redis."""

    def __init__(self, server: VirtualRedisServer) -> None:
        self.server = server
        self.wire: Wire = server.connect()
        self._temporary = tempfile.TemporaryDirectory(prefix="odps-bot-simulation-")
        self.folder = Path(self._temporary.name)

    def cpu_s(self) -> float:
        """Return the processor's time that we and Redis have taken."""
        mine = os.times()
        return mine.user + mine.system + self.server.cpu_s()

    def play(
        self,
        seed: int,
        *,
        only: Collection[Struck] | None = None,
        skipped: Collection[int] = (),
        on_line: Callable[[str], None] | None = None,
        stories: int = STORIES,
        is_brief: bool = False,
    ) -> Outcome:
        """Play a seed; with `only`, just these faults happen; `skipped` stories are not told.

        A brief one ends soon after the first violation, and then counts no lives.
        """
        faults = Faults(seed, only=only)
        world = World(
            seed,
            self.server,
            self.wire,
            faults,
            self.folder,
            scarce_updates_per_s=SCARCE_UPDATES * stories / SPAN_S,
        )
        world.boundaries.on_line = on_line
        told = Stories(world, count=stories)
        told.skipped = frozenset(skipped)
        invariants = Invariants(world, told)
        told.begin(span_s=SPAN_S)
        start_us = world.loop.now_us
        calm_us = start_us + SPAN_S * 1_000_000
        while world.loop.now_us < calm_us + CALM_S * 1_000_000:
            if is_brief and world.violations:
                break
            faults.is_calm = world.loop.now_us >= calm_us
            world.loop.run(until_us=world.loop.now_us + STEP_US)
            if faults.is_calm and told.open == 0 and world.is_quiet():
                break
        lives = Lives() if is_brief and world.violations else invariants.check_end()
        world.end()
        return Outcome(
            seed=seed,
            told=stories,
            lives=lives,
            digest=world.boundaries.digest,
            boundaries=world.boundaries.count,
            redis_calls=world.boundaries.redis_calls,
            violations=world.violations,
            struck=faults.struck,
        )
