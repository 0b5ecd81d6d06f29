"""What happens to whole machines: Redis is away, or forgets its last moment; processes restart."""

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulation.faults import Fault, Moment

if TYPE_CHECKING:
    from tests.simulation.world import World

#: So often it is decided.
TICK_S = 5.0

#: How long Redis may be away, and how much it may forget when a replica takes its place.
AWAY_S = (0.5, 45.0)
FORGOTTEN_S = (0.02, 1.5)

_RUN_ID = re.compile(rb"[0-9a-f]{24}")

Memory = dict[bytes, tuple[bytes, int]]  #: what each key holds, and until when, in ms


class Weather:
    """Decides every few seconds."""

    def __init__(self, world: "World") -> None:
        self._world = world
        #: runs of which Redis has forgotten something: what was told about them may be told again
        self.forgotten_runs: set[str] = set()
        self.has_forgotten = False
        world.loop.call_in(TICK_S, self._tick)

    def _tick(self) -> None:
        world = self._world
        if world.is_over:
            return
        world.loop.call_in(TICK_S, self._tick)
        moment = world.faults.at("tick", f"weather {world.loop.now_us // 1_000_000}")
        match moment.fault:
            case Fault.REDIS_DOWN:
                self._be_away(moment.span_s(*AWAY_S))
            case Fault.RESTART:
                for machine in list(world.machines.values()):
                    if moment.span_s(0, 1) < 0.3:
                        world.crash(machine)
            case Fault.FAILOVER:
                self._fail_over(moment)

    def _be_away(self, seconds: float) -> None:
        world = self._world
        world.boundaries.redis_away_until_us = world.loop.now_us + int(seconds * 1e6)

    def _fail_over(self, moment: Moment) -> None:
        """Let a replica, which is behind, take the place of Redis in a moment."""
        before = self._memory()
        jobs = self._world.queues.copy()
        self._world.loop.call_in(
            moment.span_s(*FORGOTTEN_S), partial(self._take_over, before, jobs, moment)
        )

    def _take_over(self, before: Memory, jobs: Any, moment: Moment) -> None:
        if self._world.is_over:
            return
        send = self._world.boundaries.now_in_redis
        now = self._memory()
        changed = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
        self.has_forgotten = True
        for key in changed:
            self._remember_as_forgotten(key)
            for value in (before.get(key), now.get(key)):
                # The members of a small set or hash stand in its dump as they are.
                self._remember_as_forgotten(value[0] if value else b"")
        send([("FLUSHALL",), ("SCRIPT FLUSH",)])
        if before:
            send([("RESTORE", key, until, dump, "ABSTTL") for key, (dump, until) in before.items()])
        self._world.boundaries.forget_locks()
        self._world.queues.restore(jobs)
        self._be_away(moment.span_s(0.5, 6))

    def _remember_as_forgotten(self, text: bytes) -> None:
        self.forgotten_runs.update(found.decode() for found in _RUN_ID.findall(text))

    def _memory(self) -> Memory:
        send = self._world.boundaries.now_in_redis
        keys = sorted(send([("KEYS", "*")])[0])
        if not keys:
            return {}
        dumps = send([("DUMP", key) for key in keys])
        lives = send([("PEXPIRETIME", key) for key in keys])
        return {
            key: (dump, max(0, until))
            for key, dump, until in zip(keys, dumps, lives, strict=True)
            if dump is not None
        }
