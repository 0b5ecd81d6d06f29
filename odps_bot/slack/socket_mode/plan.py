"""Which connections there are, and what to do next. Pure: times and chance are passed in.

A connection is *opening* until Slack's `hello`, then *open*, and *leaving* once Slack has announced
its end: it still carries requests, and its successor is opened meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum

from odps_bot.slack.troubles import (
    CLOSED_EARLY,
    NO_HELLO,
    Trouble,
    pause_s,
    trouble_of_reason,
)

#: Slack allows an app so many, those of other processes included.
MOST_CONNECTIONS = 10

#: From the request for an address to Slack's `hello`.
OPENS_WITHIN = timedelta(seconds=15)

#: Slack closes what it has announced to close after about ten seconds; later we do.
LEAVES_WITHIN = timedelta(minutes=1)

#: A connection that has lived so long shows that all is well again.
STABLE_AFTER = timedelta(seconds=30)

#: After so many that Slack was about to close sooner, their successors are opened one by one: it
#: takes about fifty requests for an address a minute.
SHORT_LIVED_AT_ONCE = 20
SPACING = timedelta(seconds=1.9)


class Phase(Enum):
    """What a connection is at."""

    OPENING = "opening"
    OPEN = "open"
    LEAVING = "leaving"


@dataclass(frozen=True)
class Link:
    """A connection in a phase since a time of the monotonic clock."""

    phase: Phase
    since_s: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The connections of this process by number, and how opening them went lately."""

    wanted: int
    links: Mapping[int, Link] = field(default_factory=dict)
    failures: int = 0  #: since the last stable connection
    resumes_at_s: float = 0  #: nothing is opened before
    short_lived: int = 0  #: announced ends since the last stable connection
    spaced_until_s: float = 0  #: nothing is opened before, either
    trouble: Trouble | None = None  #: the last, until as many are open as wanted
    last_number: int = 0

    def count(self, *phases: Phase) -> int:
        """Return how many connections are in one of these phases."""
        return sum(link.phase in phases for link in self.links.values())

    @property
    def is_connected(self) -> bool:
        """Whether Slack can send us something."""
        return self.count(Phase.OPEN, Phase.LEAVING) > 0


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do now, and when to look again."""

    opens: int  #: how many connections to open
    abandons: tuple[int, ...]  #: those that do not become ready
    finishes: tuple[int, ...]  #: those that Slack should have closed
    wait_s: float


def next_step(plan: Plan, now_s: float) -> Step:
    """Return what to do."""
    late, left = OPENS_WITHIN.total_seconds(), LEAVES_WITHIN.total_seconds()
    opening = {n: link for n, link in plan.links.items() if link.phase is Phase.OPENING}
    leaving = {n: link for n, link in plan.links.items() if link.phase is Phase.LEAVING}
    missing = plan.wanted - plan.count(Phase.OPEN, Phase.OPENING)
    if plan.failures:
        # One at a time tells whether it works again.
        missing = min(missing, 1 - len(opening))
    missing = max(0, min(missing, MOST_CONNECTIONS - len(plan.links)))
    finishes = tuple(n for n, link in leaving.items() if now_s - link.since_s >= left)
    waits_s = [link.since_s + late - now_s for link in opening.values()]
    # One that is being finished says when it has ended.
    waits_s += [leaving[n].since_s + left - now_s for n in leaving if n not in finishes]
    is_spaced = plan.short_lived > SHORT_LIVED_AT_ONCE
    if missing and (resumes_at_s := max(plan.resumes_at_s, plan.spaced_until_s)) > now_s:
        waits_s.append(resumes_at_s - now_s)
        missing = 0
    return Step(
        opens=min(missing, 1) if is_spaced else missing,
        abandons=tuple(n for n, link in opening.items() if now_s - link.since_s >= late),
        finishes=finishes,
        wait_s=max(0.0, min(waits_s, default=left)),
    )


def started(plan: Plan, now_s: float) -> tuple[Plan, int]:
    """Return the plan with one more connection that is being opened, and its number."""
    number = plan.last_number + 1
    links = {**plan.links, number: Link(Phase.OPENING, now_s)}
    plan = replace(plan, links=links, last_number=number)
    if plan.short_lived > SHORT_LIVED_AT_ONCE:
        plan = replace(plan, spaced_until_s=now_s + SPACING.total_seconds())
    return plan, number


def greeted(plan: Plan, number: int, now_s: float) -> Plan:
    """Return the plan after Slack's `hello`."""
    if number not in plan.links:
        return plan
    links = {**plan.links, number: Link(Phase.OPEN, now_s)}
    # The number of failures stays until one proves stable: Slack may close it at once.
    changed = replace(plan, links=links, resumes_at_s=now_s)
    is_complete = changed.count(Phase.OPEN) >= plan.wanted
    return replace(changed, trouble=None) if is_complete else changed


def announced(plan: Plan, number: int, reason: str, now_s: float, chance: float) -> Plan:
    """Return the plan after a `disconnect` message; what was not open yet is no longer in it."""
    link, trouble = plan.links.get(number), trouble_of_reason(reason)
    if link is None:
        return plan
    if link.phase is Phase.OPENING:
        return ended(plan, number, trouble or CLOSED_EARLY, now_s, chance)
    if link.phase is Phase.OPEN:
        links = {**plan.links, number: Link(Phase.LEAVING, now_s)}
        plan = replace(plan, links=links, short_lived=plan.short_lived + 1)
        plan = _settled(plan, link, now_s)
    return _failed(plan, trouble, now_s, chance) if trouble else plan


def ended(plan: Plan, number: int, trouble: Trouble | None, now_s: float, chance: float) -> Plan:
    """Return the plan after a connection has ended; `trouble` says why if it was not closed."""
    link = plan.links.get(number)
    if link is None:
        return plan
    links = {other: kept for other, kept in plan.links.items() if other != number}
    plan = replace(plan, links=links)
    if link.phase is Phase.LEAVING:
        return plan
    if link.phase is Phase.OPENING:
        return _failed(plan, trouble or NO_HELLO, now_s, chance)
    if now_s - link.since_s < STABLE_AFTER.total_seconds():
        return _failed(plan, trouble or CLOSED_EARLY, now_s, chance)
    return replace(_settled(plan, link, now_s), trouble=trouble)


def _settled(plan: Plan, link: Link, now_s: float) -> Plan:
    is_stable = link.phase is Phase.OPEN and now_s - link.since_s >= STABLE_AFTER.total_seconds()
    return replace(plan, failures=0, short_lived=0, resumes_at_s=now_s) if is_stable else plan


def _failed(plan: Plan, trouble: Trouble, now_s: float, chance: float) -> Plan:
    failures = plan.failures + 1
    resumes_at_s = max(plan.resumes_at_s, now_s + pause_s(failures, trouble, chance))
    return replace(plan, failures=failures, resumes_at_s=resumes_at_s, trouble=trouble)
