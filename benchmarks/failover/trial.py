"""One fault of the primary under load, and what came of all that was asked for meanwhile."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.failover.people import ACCEPTED, PLACES, Answer, Asked, People
from benchmarks.world.replicated_redis import FAILOVER_TIMEOUT_MS, ReplicatedRedis
from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from odps_bot.store.write_confirmation import PAUSE

Fault = Literal["kill", "stop", "demote"]
FAULTS: tuple[Fault, ...] = ("kill", "stop", "demote")

#: Who asks is answered, and the run has begun, within this time: the service is there.
PROMPT_S = 2.0

#: People type for so long before the fault, and after it; then all is healed.
BEFORE_S, AFTER_S = 3.0, 12.0

#: Sentinels fail over no more often than every other failover-timeout.
BETWEEN_FAULTS_S = 2 * FAILOVER_TIMEOUT_MS / 1_000

#: So long after a series all that was accepted has ended, and been told.
SETTLED_WITHIN_S = 150.0

#: What was accepted with a warning and was not told of by then is lost.
LOST_AFTER_S = 30.0

RULES = """
[roles]
default = "admin"
"""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was found."""

    fault: Fault
    is_confirmed: bool  #: whether runs are accepted only when the replica has them
    restored_s: float  #: after the fault, until nothing was refused or late any more
    load: float  #: of the machine, averaged over a minute
    accepted: int
    unconfirmed: int  #: of them, those whose requesters were told that they could be lost
    refused: int  #: told at once that nothing was submitted
    unknown: int  #: nobody could say
    lost: int  #: accepted without a warning, and never run or never told of
    lost_unconfirmed: int  #: the same of what was accepted with one
    doubled: int  #: runs that were executed, shown or answered twice


@dataclass(frozen=True, kw_only=True)
class Episode:
    """A fault, and what was asked for around it."""

    fault: Fault
    fault_at_s: float
    asked: list[Asked]
    load: float


@dataclass(frozen=True)
class Seen:
    """What MaxCompute and Slack have, by marker."""

    begun_at_s: dict[str, float]
    executions: Counter[str]
    posts: Counter[tuple[str, str]]  #: cards, and replies at the end

    def has_all_of(self, asked: Asked) -> bool:
        """Return whether the run was executed, and its end told."""
        marker = asked.marker
        return bool(self.executions[marker] and self.posts["completion", marker])

    def is_doubled(self, asked: Asked) -> bool:
        """Return whether anything of it is there twice."""
        marker = asked.marker
        kinds = ("card", "completion")
        return self.executions[marker] > 1 or any(self.posts[kind, marker] > 1 for kind in kinds)


@contextmanager
def installation(folder: Path, *, is_confirmed: bool) -> Iterator[tuple[Session, ReplicatedRedis]]:
    """Run the real bot and two workers of the sandbox on a primary with Sentinels."""
    rules = folder / "failover.toml"
    rules.write_text(RULES)
    with ReplicatedRedis() as servers:
        session = Session(
            timing=Timing.instant(),
            orders_rows=1_000,
            environ={
                "REDIS_URL": servers.url,
                "ODPS_BOT_REDIS_REPLICAS": "1" if is_confirmed else "0",
                "ODPS_BOT_RULES": str(rules),
            },
            logs=folder,
        )
        session.slack.set_limits(is_enabled=False)
        with session:
            session.start_bot()
            for _ in range(2):
                session.start_worker()
            session.wait_until_ready()
            yield session, servers


def live_through(fault: Fault, servers: ReplicatedRedis, people: People) -> Episode:
    """Let the fault happen while people type, heal it, and wait until writes are confirmed."""
    begun_s = time.monotonic()
    with people.typing() as asked:
        time.sleep(BEFORE_S)
        fault_at_s = time.time()
        getattr(servers, f"{fault}_primary")()
        time.sleep(AFTER_S)
    servers.heal()
    rest_s = begun_s + BETWEEN_FAULTS_S - time.monotonic()
    time.sleep(max(rest_s, PAUSE.total_seconds()))
    return Episode(fault=fault, fault_at_s=fault_at_s, asked=asked, load=os.getloadavg()[0])


def count(episode: Episode, seen: Seen, *, is_confirmed: bool) -> Trial:
    """Return what has come of it so far. Pure."""
    accepted = [one for one in episode.asked if one.is_accepted]
    lost = Counter(one.answer for one in accepted if not seen.has_all_of(one))
    answers = Counter(one.answer for one in episode.asked)
    late_until_s = [_late_until_s(one, seen.begun_at_s) for one in episode.asked]
    return Trial(
        fault=episode.fault,
        is_confirmed=is_confirmed,
        restored_s=max([0.0, *(until_s - episode.fault_at_s for until_s in late_until_s)]),
        load=episode.load,
        accepted=len(accepted),
        unconfirmed=answers[Answer.UNCONFIRMED],
        refused=answers[Answer.DENIED],
        unknown=answers[Answer.OPEN],
        lost=lost[Answer.ACCEPTED],
        lost_unconfirmed=lost[Answer.UNCONFIRMED],
        doubled=sum(map(seen.is_doubled, episode.asked)),
    )


def _late_until_s(asked: Asked, begun_at_s: dict[str, float]) -> float:
    """Return when somebody still waited for what was asked, or was refused it; 0: never long."""
    if asked.answer in {Answer.DENIED, Answer.OPEN}:
        return asked.answered_at_s
    # What is lost is counted as such.
    done_at_s = max(asked.answered_at_s, begun_at_s.get(asked.marker, asked.answered_at_s))
    return done_at_s if done_at_s - asked.typed_at_s > PROMPT_S else 0.0


def settle(session: Session, asked: Sequence[Asked]) -> Seen:
    """Wait until all that was accepted has ended and was told, and return what is there then."""
    begun_s = time.monotonic()
    while True:
        seen = look(session)
        passed_s = time.monotonic() - begun_s
        wanted = (Answer.ACCEPTED,) if passed_s > LOST_AFTER_S else ACCEPTED
        is_all_there = all(seen.has_all_of(one) for one in asked if one.answer in wanted)
        if is_all_there or passed_s > SETTLED_WITHIN_S:
            return seen
        time.sleep(0.5)


def look(session: Session) -> Seen:
    """Return what MaxCompute and Slack have now."""
    instances = [(_marker(i.sql), i.created_at) for i in session.maxcompute.instances()]
    return Seen(
        begun_at_s={marker: created_at.timestamp() for marker, created_at in instances},
        executions=Counter(marker for marker, _ in instances),
        posts=_posts(session),
    )


def _posts(session: Session) -> Counter[tuple[str, str]]:
    """Return how often each run has a card, and a reply at its end."""
    found: Counter[tuple[str, str]] = Counter()
    markers: dict[str, str] = {}
    messages = [
        (label["kind"], label["run_id"], message["text"])
        for channel in dict.fromkeys(channel for _, channel in PLACES)
        for message in session.slack.messages(channel, include_ephemeral=False)
        if (label := (message.get("metadata") or {}).get("event_payload"))
    ]
    for kind, run_id, text in messages:
        if kind == "card":
            markers[run_id] = _marker(text)
    for kind, run_id, _ in messages:
        found[kind, markers.get(run_id, run_id)] += 1
    return found


def _marker(text: str) -> str:
    return text.partition("'")[2].partition("'")[0]
