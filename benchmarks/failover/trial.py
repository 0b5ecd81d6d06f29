"""One fault of the primary under load, and what came of all that was asked for meanwhile."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.failover.people import PLACES, Answer, Asked, People
from benchmarks.world.replicated_redis import ReplicatedRedis
from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session

Fault = Literal["kill", "stop", "demote"]
FAULTS: tuple[Fault, ...] = ("kill", "stop", "demote")

#: Who asks is answered, and the run has begun, within this time: the service is there.
PROMPT_S = 2.0

#: People type for so long before the fault, and after it.
BEFORE_S, AFTER_S = 4.0, 16.0

#: By then all that was accepted has ended: the leases of the old primary's last work are over.
SETTLED_WITHIN_S = 150.0

#: What was accepted with a warning and has not ended by then is lost.
LOST_AFTER_S = 60.0

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
    accepted: int
    unconfirmed: int  #: of them, those whose requesters were told that they could be lost
    refused: int  #: told at once that nothing was submitted
    unknown: int  #: nobody could say
    lost: int  #: accepted without a warning, and never run
    lost_unconfirmed: int  #: accepted with one, and never run
    doubled: int  #: runs that were executed, shown or answered twice


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


def measure(
    fault: Fault, session: Session, servers: ReplicatedRedis, people: People, *, is_confirmed: bool
) -> Trial:
    """Let the fault happen while people type, heal it, and wait for what was accepted."""
    with people.typing() as asked:
        time.sleep(BEFORE_S)
        fault_at_s = time.time()
        getattr(servers, f"{fault}_primary")()
        time.sleep(AFTER_S)
    servers.heal()
    _wait_until_settled(session, asked)
    begun = _begun_at_s(session)
    executions = _executions(session)
    posts = _posts(session)
    accepted = [one for one in asked if one.answer in {Answer.ACCEPTED, Answer.UNCONFIRMED}]
    lost = [one for one in accepted if not executions[one.marker]]
    answers = Counter(one.answer for one in asked)
    return Trial(
        fault=fault,
        is_confirmed=is_confirmed,
        restored_s=max([0.0, *(_late_until_s(one, begun) - fault_at_s for one in asked)]),
        accepted=len(accepted),
        unconfirmed=answers[Answer.UNCONFIRMED],
        refused=answers[Answer.DENIED],
        unknown=answers[Answer.OPEN],
        lost=sum(one.answer is Answer.ACCEPTED for one in lost),
        lost_unconfirmed=sum(one.answer is Answer.UNCONFIRMED for one in lost),
        doubled=sum(
            executions[one.marker] > 1
            or posts["card", one.marker] > 1
            or posts["completion", one.marker] > 1
            for one in asked
        ),
    )


def _late_until_s(asked: Asked, begun_at_s: dict[str, float]) -> float:
    """Return when somebody still waited for what was asked, or was refused it; 0: never long."""
    if asked.answer in {Answer.DENIED, Answer.OPEN}:
        return asked.answered_at_s
    # What is lost is counted as such.
    done_at_s = max(asked.answered_at_s, begun_at_s.get(asked.marker, asked.answered_at_s))
    return done_at_s if done_at_s - asked.typed_at_s > PROMPT_S else 0.0


def _wait_until_settled(session: Session, asked: list[Asked]) -> None:
    """Wait until all that was accepted has ended, but for what may be lost not as long."""
    certain = {one.marker for one in asked if one.answer is Answer.ACCEPTED}
    possible = {one.marker for one in asked if one.answer is Answer.UNCONFIRMED}
    begun_s = time.monotonic()
    while (passed_s := time.monotonic() - begun_s) < SETTLED_WITHIN_S:
        posts = _posts(session)
        wanted = certain if passed_s > LOST_AFTER_S else certain | possible
        if all(posts["completion", marker] for marker in wanted):
            return
        time.sleep(0.5)


def _begun_at_s(session: Session) -> dict[str, float]:
    return {_marker(i.sql): i.created_at.timestamp() for i in session.maxcompute.instances()}


def _executions(session: Session) -> Counter[str]:
    return Counter(_marker(instance.sql) for instance in session.maxcompute.instances())


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
