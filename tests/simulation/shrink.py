"""Make what went wrong short: the fewest stories and faults after which it still goes wrong.

Delta debugging after Zeller: halves, then quarters, and so on are left out as long as the same
thing is violated. https://www.st.cs.uni-saarland.de/dd/
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.simulation.episode import Outcome, Player
from tests.simulation.faults import Struck

T = TypeVar("T")

#: So many episodes are played at most in each pass.
MOST_TRIES = 80


class Shrinker:
    """Plays a seed again and again, with less and less."""

    def __init__(self, player: Player, failed: Outcome) -> None:
        self._player = player
        self._failed = failed
        self._wanted = kind_of(failed.violations[0])
        self.best = failed

    def shrink(self) -> Outcome:
        """Return the shortest episode in which the same is violated."""
        every = list(range(self._failed.told))
        stories = self._least(every, lambda kept: self._fails(stories=kept, only=None))
        self._least(self.best.struck, lambda kept: self._fails(stories=stories, only=kept))
        struck = self.best.struck
        self._least(stories, lambda kept: self._fails(stories=kept, only=struck))
        return self.best

    def replays(self) -> bool:
        """Return whether the shortest episode is told again by its stories and faults."""
        best = self.best
        again = self._play(stories=best.stories, only=best.struck)
        return (again.digest, again.violations) == (best.digest, best.violations)

    def _fails(self, *, stories: Sequence[int], only: Sequence[Struck] | None) -> bool:
        played = self._play(stories=stories, only=only)
        is_same = self._wanted in map(kind_of, played.violations)
        if is_same:
            self.best = played
        return is_same

    def _play(self, *, stories: Sequence[int], only: Sequence[Struck] | None) -> Outcome:
        told = self._failed.told
        skipped = set(range(told)) - set(stories)
        played = self._player.play(self._failed.seed, only=only, skipped=skipped, stories=told)
        played.stories = sorted(stories)
        return played

    def _least(self, items: Sequence[T], fails: Callable[[list[T]], bool]) -> list[T]:
        left, parts, tries = list(items), 2, 0
        while left:
            size = max(1, len(left) // parts)
            for start in range(0, len(left), size):
                tries += 1
                if tries > MOST_TRIES:
                    return left
                kept = left[:start] + left[start + size :]
                if fails(kept):
                    left, parts = kept, max(2, parts - 1)
                    break
            else:
                if size == 1:
                    break
                parts = min(len(left), parts * 2)
        return left


def kind_of(violation: str) -> str:
    """Return what is violated, without when and by which run."""
    what = violation.partition(" s: ")[2] or violation
    return re.sub(r"[0-9a-f]{24}|\b[A-Z]?\d+\b|r\d+|mark-\S+", "#", what)
