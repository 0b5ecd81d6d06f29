"""Make what went wrong short: the fewest stories and faults after which it still goes wrong.

Delta debugging after Zeller: halves, then quarters, and so on are left out as long as the same
thing is violated. https://www.st.cs.uni-saarland.de/dd/
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.simulation.episode import STORIES, Outcome, Player

T = TypeVar("T")

#: So many episodes are played at most.
MOST_TRIES = 120


class Shrinker:
    """Plays a seed again and again, with less and less."""

    def __init__(self, player: Player, failed: Outcome) -> None:
        self._player = player
        self._failed = failed
        self._wanted = kind_of(failed.violations[0])
        self._tries = 0
        self.best = failed

    def shrink(self) -> Outcome:
        """Return the shortest episode in which the same is violated."""
        every = list(range(STORIES))
        stories = self._least(every, lambda kept: self._fails(stories=kept, only=None))
        struck = list(self.best.struck)
        self._least(struck, lambda kept: self._fails(stories=stories, only=kept))
        struck = list(self.best.struck)
        self._least(stories, lambda kept: self._fails(stories=kept, only=struck))
        return self.best

    def _fails(self, *, stories: Sequence[int], only: Sequence[object] | None) -> bool:
        if self._tries >= MOST_TRIES:
            return False
        self._tries += 1
        skipped = set(range(STORIES)) - set(stories)
        played = self._player.play(self._failed.seed, only=only, skipped=skipped)  # type: ignore[arg-type]
        is_same = self._wanted in map(kind_of, played.violations)
        if is_same:
            played.stories = sorted(stories)
            self.best = played
        return is_same

    def _least(self, items: list[T], fails: Callable[[list[T]], bool]) -> list[T]:
        parts = 2
        while len(items) >= 1:
            size = max(1, len(items) // parts)
            for start in range(0, len(items), size):
                kept = items[:start] + items[start + size :]
                if fails(kept):
                    items, parts = kept, max(2, parts - 1)
                    break
            else:
                if size == 1:
                    break
                parts = min(len(items), parts * 2)
        return items


def kind_of(violation: str) -> str:
    """Return what is violated, without when and by which run."""
    what = violation.partition(" s: ")[2] or violation
    return re.sub(r"[0-9a-f]{24}|\b[A-Z]?\d+\b|r\d+|mark-\S+", "#", what)
