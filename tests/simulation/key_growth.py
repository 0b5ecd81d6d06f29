"""How large each key of Redis grows: a month in days that are lived through in minutes.

Each day some runs live from their beginning to their end; then the clock goes to the next day.
What grows with the runs of a day is scaled to 10,000 a day; what still grows when everything that
expires has expired once is a leak.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from odps_bot.runs.store import AUDIT_LINES, REMEMBERED_RUNS
from odps_bot.store import keys
from tests.simulation.episode import Player
from tests.simulation.faults import Faults
from tests.simulation.stories import Stories
from tests.simulation.world import World

#: What is measured, and what it is scaled to.
DAYS, RUNS_A_DAY = 30, 40
SCALED_TO = 10_000

DAY_US = 86_400_000_000

#: Keys of this age have expired: ODPS_BOT_KEEP_DAYS in the simulation, and the life of charges.
KEPT_DAYS = 10

#: What is cut to so many members a key; the rest expires, or is emptied by use.
BOUNDS = {keys.audit.pattern: AUDIT_LINES, keys.runs_in.pattern: REMEMBERED_RUNS}

#: A key whose most in the last third is so much more than in the one before still grows.
TOLERANCE = 1.3

#: What belongs to subscriptions is measured by their number, which people decide.
_OF_SUBSCRIPTION = "{subscription}"

_ALL_KEYS: Mapping[str, keys.Key] = {
    name: value for name, value in vars(keys).items() if isinstance(value, keys.Key)
}
_COUNTS = {"hash": "HLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN"}


@dataclass
class Size:
    """How much there is of a kind of key."""

    keys: int = 0
    members: int = 0
    bytes: int = 0


@dataclass
class Growth:
    """The sizes of a kind of key, day by day."""

    pattern: str
    days: list[Size] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)  #: how many have a share of it, day by day

    @property
    def bound(self) -> int | None:
        """The most members that there may be, where it is not time that removes them."""
        most = BOUNDS.get(self.pattern)
        return None if most is None else most * max(1, self.days[-1].keys)

    @property
    def grows(self) -> bool:
        """Return whether it grows still when what expires has expired."""
        if self.bound is not None:
            return self.days[-1].members > self.bound
        shares = [
            size.members / owners for size, owners in zip(self.days, self.owners, strict=True)
        ]
        third = len(shares) // 3
        return max(shares[-third:]) > TOLERANCE * max(shares[-2 * third : -third]) + 3

    def scaled_mib(self, runs_a_day: float) -> float:
        """Return how large it is at 10,000 runs a day, given how many there were."""
        end = self.days[-1]
        members = end.members * SCALED_TO / runs_a_day
        if self.bound is not None:
            members = min(members, self.bound)
        return end.bytes / max(1, end.members) * members / 2**20


def measure(player: Player, *, days: int = DAYS, runs_a_day: int = RUNS_A_DAY) -> list[Growth]:
    """Live through so many days; return the growth of every kind of key that appeared."""
    faults = Faults(1, only=())
    world = World(1, player.server, player.wire, faults, player.folder, keep_days=KEPT_DAYS)
    growths: dict[str, Growth] = {}
    subscribed: list[int] = []
    for day in range(days):
        stories = Stories(world, count=runs_a_day, first=day * runs_a_day)
        stories.begin(span_s=60)
        until_us = world.loop.now_us + 900_000_000
        while world.loop.now_us < until_us:
            world.loop.run(until_us=world.loop.now_us + 20_000_000)
            if stories.open == 0 and world.is_quiet():
                break
        sizes = _sizes(world)
        subscribed.append(max(1, sizes[keys.subscriptions.pattern].members))
        for pattern, size in sizes.items():
            growth = growths.setdefault(pattern, Growth(pattern, [Size() for _ in range(day)]))
            growth.days.append(size)
        for growth in growths.values():
            if len(growth.days) <= day:
                growth.days.append(Size())
        world.loop.now_us += DAY_US - 60_000_000
    world.end()
    for growth in growths.values():
        growth.owners = subscribed if _OF_SUBSCRIPTION in growth.pattern else [1] * days
    return sorted(growths.values(), key=lambda growth: -growth.days[-1].bytes)


def _sizes(world: World) -> dict[str, Size]:
    send = world.boundaries.now_in_redis
    found: dict[str, Size] = defaultdict(Size)
    names = sorted(send([("KEYS", "*")])[0])
    types = send([("TYPE", name) for name in names])
    used = send([("MEMORY", "USAGE", name) for name in names])
    counts = send(
        [
            (_COUNTS[kind.decode()], name) if kind.decode() in _COUNTS else ("EXISTS", name)
            for name, kind in zip(names, types, strict=True)
        ]
    )
    for name, bytes_used, members in zip(names, used, counts, strict=True):
        size = found[_pattern(name.decode())]
        size.keys += 1
        size.members += int(members or 0)
        size.bytes += int(bytes_used or 0)
    return found


def _pattern(name: str) -> str:
    for key in _ALL_KEYS.values():
        shape = re.sub(r"\\{\w+\\}", ".+", re.escape(keys.PREFIX + key.pattern))
        if re.fullmatch(shape, name):
            return key.pattern
    return name


def table(growths: list[Growth]) -> str:
    """Return the growths as a table in Markdown."""
    days = len(growths[0].days)
    runs = next(growth for growth in growths if growth.pattern == keys.run.pattern)
    runs_a_day = runs.days[-1].keys / min(days, KEPT_DAYS)
    marks = (days // 3, days * 2 // 3, days)
    head = (
        f"| key | members on day {marks[0]} | day {marks[1]} | day {marks[2]} | most"
        f" | MiB at {SCALED_TO:,} runs a day | grows |"
    )
    lines = [head, "|---|--:|--:|--:|--:|--:|---|"]
    for growth in growths:
        members = [f"{growth.days[mark - 1].members:,}" for mark in marks]
        lines.append(
            f"| `{growth.pattern}` | {' | '.join(members)} | {growth.bound or ''}"
            f" | {growth.scaled_mib(runs_a_day):,.2f}"
            f" | {'yes' if growth.grows else 'no'} |"
        )
    return "\n".join(lines)
