"""All outcomes summed up: what `samples.json` keeps. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.diagnosis.measure import HEALTHY, NOTHING, Outcome
from odps_bot.diagnosis.finding import Kind

KINDS = tuple(kind.value for kind in Kind)


@dataclass(kw_only=True)
class Found:
    """What came of all lives with one poll plan."""

    plan: str
    took_s: float = 0
    lives: int = 0
    polls: int = 0
    #: What was said, by the kind that was true: lives.
    matrix: dict[str, dict[str, int]] = field(default_factory=dict)
    #: Lives of which a kind was said, and of those, lives of which it was not true.
    said: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    late_s: dict[str, list[float]] = field(default_factory=dict)
    #: Lives by what they were drawn as, and those of them of which nothing was true for 20 s.
    drawn: dict[str, int] = field(default_factory=dict)
    without_cause: dict[str, int] = field(default_factory=dict)
    healthy: int = 0  #: lives of which nothing was true at any time, among those drawn as healthy
    alarms: dict[str, int] = field(default_factory=dict)  #: what was said about those
    #: Drawn as healthy, and sick by the definitions nevertheless.
    turned_sick: int = 0

    def recall(self, kind: str) -> float:
        """Return the share of lives with this cause of which it was said."""
        row = self.matrix.get(kind, {})
        return row.get(kind, 0) / sum(row.values()) if row else 0.0

    def precision(self, kind: str) -> float:
        """Return the share of lives of which it was said, and was true."""
        said = self.said.get(kind, 0)
        return 1 - self.wrong.get(kind, 0) / said if said else 0.0

    def late(self, kind: str, share: float) -> float:
        """Return within how many seconds a kind was said in this share of its lives."""
        ordered = sorted(self.late_s.get(kind, []))
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0

    @property
    def kinds(self) -> list[str]:
        """The kinds that were the cause of any life."""
        return [kind for kind in KINDS if kind in self.matrix]


def summed_up(plan: str, outcomes: Iterable[Outcome]) -> Found:
    """Return the sums of all outcomes."""
    found = Found(plan=plan)
    matrix: dict[str, Counter[str]] = defaultdict(Counter)
    said: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    without: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    for one in outcomes:
        found.lives += 1
        found.polls += one.polls
        drawn[one.drawn_as] += 1
        without[one.drawn_as] += not one.seen
        said.update(one.said)
        wrong.update(one.wrong)
        for seen in one.seen:
            matrix[seen.kind][seen.said] += 1
            if seen.late_s is not None:
                found.late_s.setdefault(seen.kind, []).append(seen.late_s)
        if one.drawn_as == HEALTHY:
            found.healthy += not one.is_sick
            found.turned_sick += one.is_sick
            if not one.is_sick:
                alarms[one.said[0] if one.said else NOTHING] += 1
    found.matrix = {kind: dict(row) for kind, row in matrix.items()}
    found.said, found.wrong, found.drawn = dict(said), dict(wrong), dict(drawn)
    found.without_cause, found.alarms = dict(without), dict(alarms)
    for late in found.late_s.values():
        late.sort()
    return found
