"""Keeps an endpoint or a project of MaxCompute that is in trouble from holding up the others."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

from redis.exceptions import RedisError

from odps_bot.maxcompute import HeldBackError
from odps_bot.maxcompute_clients.purposes import Manner
from odps_bot.store.endpoint_health import Admitted, EndpointHealth

log = logging.getLogger(__name__)

#: A place is waited for only where the last ones were free again so soon.
LONGEST_WAIT_S = 0.5
WAIT_STEP_S = 0.05

#: That no failure is known is believed for so long, so that not every request asks Redis.
BELIEVED_S = 0.5

#: Whoever finds no place comes back after this.
RETRY_AFTER = timedelta(seconds=1)


class Places:
    """How many requests of each name are under way in this process. Thread-safe."""

    def __init__(
        self,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self.clock = clock  #: in seconds
        self._turn = threading.Lock()
        self._since_s: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def held(self, names: Sequence[str], *, at_once: int) -> Iterator[None]:
        """Hold a place of each name while the block lasts. Raises HeldBackError.

        Where all are taken, a place is waited for a moment: unless one has been taken for longer,
        as by a request that hangs.
        """
        while (taken_s := self._take(names, at_once=at_once)) is None:
            if self._longest_s(names) >= LONGEST_WAIT_S:
                raise HeldBackError(
                    "Nothing was sent, because too many requests are waiting for MaxCompute.",
                    retry_after=RETRY_AFTER,
                )
            self._sleep(WAIT_STEP_S)
        try:
            yield
        finally:
            with self._turn:
                for name in names:
                    self._since_s[name].remove(taken_s)

    def _take(self, names: Sequence[str], *, at_once: int) -> float | None:
        with self._turn:
            if any(len(self._since_s[name]) >= at_once for name in names):
                return None
            now_s = self.clock()
            for name in names:
                self._since_s[name].append(now_s)
            return now_s

    def _longest_s(self, names: Sequence[str]) -> float:
        with self._turn:
            now_s = self.clock()
            return max((now_s - since for n in names for since in self._since_s[n]), default=0.0)


def breakers(host: str, project: str) -> list[str]:
    """Return the names of the breakers that a request depends on; `project` may be empty."""
    return [host, f"{host}/{project}"] if project else [host]


class Bulkhead:
    """Admits the requests of one client: see `odps_bot.maxcompute.Admission`."""

    def __init__(
        self,
        host: str,
        manner: Manner,
        *,
        health: EndpointHealth,
        places: Places,
        is_one_of_several: bool,
        has_several_projects: bool,
    ) -> None:
        self._host = host
        self._manner = manner
        self._health = health
        self._places = places
        self._is_one_of_several = is_one_of_several
        self._has_several_projects = has_several_projects
        self._well_until_s: dict[str, float] = {}  #: by project

    @contextmanager
    def admit(self, project: str) -> Iterator["Attempt"]:
        """Hold a place for a request while the block lasts. Raises HeldBackError."""
        with self._places.held(self._bounded(project), at_once=self._manner.at_once):
            admitted = self._admitted(project)
            # What a side question meets with says nothing of the requests that matter.
            names = [] if self._manner.is_aside else self._breakers(project)
            attempt = Attempt(names, self._health, admitted)
            try:
                yield attempt
            finally:
                attempt.close()
                if not attempt.is_well:
                    self._well_until_s.pop(project, None)

    def _bounded(self, project: str) -> list[str]:
        """Return what the request shares with others, and must not have all of."""
        names = [f"{self._manner.lane} {self._host}"] if self._is_one_of_several else []
        if project and self._has_several_projects:
            names.append(f"{self._manner.lane} {project}")
        return names

    def _breakers(self, project: str) -> list[str]:
        return breakers(self._host, project if self._has_several_projects else "")

    def _admitted(self, project: str) -> Admitted:
        now_s = self._places.clock()
        if now_s < self._well_until_s.get(project, now_s):
            return Admitted(is_probe=False, is_trouble_known=False)
        found = self._asked_health(project)
        if isinstance(found, Admitted):
            if not found.is_trouble_known:
                self._well_until_s[project] = now_s + BELIEVED_S
            return found
        if self._manner.asks_always:
            return Admitted(is_probe=False, is_trouble_known=True)
        raise HeldBackError(
            f"Nothing was sent, because {self._host} did not respond lately.",
            retry_after=found,
            is_out_of_reach=True,
        )

    def _asked_health(self, project: str) -> Admitted | timedelta:
        """Return how the request is admitted, or how long nobody asks; an aside is no probe."""
        names = self._breakers(project)
        if not self._manner.is_aside:
            return self._health.admit(names)
        return self._health.pause(names) or Admitted(is_probe=False, is_trouble_known=False)


class Attempt:
    """A request that was admitted: see `odps_bot.maxcompute.Attempt`."""

    def __init__(self, names: list[str], health: EndpointHealth, admitted: Admitted) -> None:
        self._names = names
        self._health = health
        self._admitted = admitted
        self._is_reported = False
        self.is_well = not admitted.is_trouble_known  #: no failure is known, this one included

    @property
    def is_probe(self) -> bool:
        """Whether nobody else asks until this one has been responded to."""
        return self._admitted.is_probe and not self._is_reported

    def report(self, *, is_up: bool) -> None:
        """Record whether the endpoint has responded, be it with a refusal."""
        was_probe, self._is_reported = self.is_probe, True
        self.is_well = self.is_well and is_up
        if not self._names:
            return
        # What is known of the request must not get lost because this cannot be recorded.
        with suppress(RedisError):
            self._record(is_up=is_up, was_probe=was_probe)

    def _record(self, *, is_up: bool, was_probe: bool) -> None:
        if not is_up:
            pause = self._health.failed(self._names, is_probe=was_probe)
            if pause is not None:
                place, span = " or ".join(self._names), pause.total_seconds()
                log.warning(
                    "MaxCompute does not respond: no requests to %s for %.0f s", place, span
                )
        elif self._admitted.is_trouble_known:
            self._health.succeeded(self._names)
            if was_probe:
                log.info("MaxCompute responds again at %s", self._names[-1])

    def close(self) -> None:
        """Let somebody else be the probe if this one was never sent."""
        if self.is_probe:
            with suppress(RedisError):
                self._health.withdraw(self._names)
