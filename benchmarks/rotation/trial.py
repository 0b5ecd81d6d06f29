"""People type at a steady pace while Slack replaces connections; what has become of it all."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from odps_bot.sandbox.slack import Rotation

#: Our own limit lets a channel have a post a second, and a run has two.
PLACES = (
    ("U0ALICE", "C0DATAENG1"),
    ("U0CAROL", "C0ANALYTIC"),
    ("U0BOB", "C0RANDOM01"),
    ("U0ALICE", "C0FINANCE1"),
    ("U0ALICE", "D0ALICEODPS"),
    ("U0BOB", "D0BOBODPS"),
    ("U0CAROL", "D0CAROLODPS"),
)

#: What is typed in turn: of five commands two are statements.
COMMANDS = ("run", "status", "run", "help", "status")

#: By then all that was accepted has been executed.
SETTLED_WITHIN_S = 180.0

RULES = """
[roles]
default = "admin"
"""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How much is typed, and how often a connection is replaced."""

    rotations: int = 200
    every_s: float = 2
    notice_s: float = 10  #: as Slack gives; six connections are on their way out at any time
    commands_per_s: float = 5


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A command, and what Slack told the person."""

    marker: str  #: of the statement; empty for other commands
    error: str  #: Slack's, such as `operation_timeout`; empty if it was acknowledged
    took_s: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was measured."""

    pace: Pace
    rotations: int
    lasted_s: float
    opened: int  #: calls of apps.connections.open
    most_open: int  #: connections at the same time
    typed: list[Typed] = field(repr=False)
    executed: dict[str, int] = field(repr=False)  #: how often, by marker
    cards: dict[str, int] = field(repr=False)

    @property
    def unacknowledged(self) -> list[Typed]:
        """The commands that Slack reported as failed."""
        return [one for one in self.typed if one.error]

    @property
    def run_although_failed(self) -> int:
        """How many statements ran of which Slack had said that they failed."""
        return sum(bool(self.executed.get(one.marker)) for one in self.unacknowledged)

    @property
    def doubled(self) -> int:
        """How many statements were executed, or shown, more than once."""
        markers = {one.marker for one in self.typed if one.marker}
        counts = (self.executed, self.cards)
        return sum(any(count.get(marker, 0) > 1 for count in counts) for marker in markers)

    @property
    def lost(self) -> int:
        """How many statements were acknowledged and never ran."""
        accepted = [one for one in self.typed if one.marker and not one.error]
        return sum(not self.executed.get(one.marker) for one in accepted)


@contextmanager
def installation(folder: Path) -> Iterator[Session]:
    """Run the real bot and a worker of the sandbox."""
    rules = folder / "rotation.toml"
    rules.write_text(RULES)
    session = Session(
        timing=Timing.instant(),
        orders_rows=1_000,
        environ={"ODPS_BOT_RULES": str(rules)},
        logs=folder,
    )
    session.slack.set_limits(is_enabled=False)
    with session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        for channel in ("C0RANDOM01", "C0FINANCE1"):
            session.slack.invite("U0ALICE", channel)
        yield session


def measure(session: Session, pace: Pace) -> Found:
    """Type until so many connections were replaced, and wait for what was accepted."""
    opened_before, began_s = _opened(session), time.monotonic()
    most_open = 0
    session.slack.rotate_sockets(
        Rotation(every=timedelta(seconds=pace.every_s), notice=timedelta(seconds=pace.notice_s))
    )
    with _typing(session, pace) as typed:
        while session.slack.socket_rotations < pace.rotations:
            most_open = max(most_open, session.slack.socket_count)
            time.sleep(0.05)
        session.slack.rotate_sockets(None)
        time.sleep(pace.notice_s)
    lasted_s = time.monotonic() - began_s
    _wait_until_settled(session, {one.marker for one in typed if one.marker and not one.error})
    return Found(
        pace=pace,
        rotations=session.slack.socket_rotations,
        lasted_s=lasted_s,
        opened=_opened(session) - opened_before,
        most_open=most_open,
        typed=typed,
        executed=_executed(session),
        cards=_cards(session),
    )


@contextmanager
def _typing(session: Session, pace: Pace) -> Iterator[list[Typed]]:
    """Type while the context is open; give what was typed, complete when it is left."""
    typed: list[Typed] = []
    enough = threading.Event()

    def type_all(typists: ThreadPoolExecutor) -> None:
        began_s = time.monotonic()
        for number in itertools.count():
            due_s = began_s + number / pace.commands_per_s
            if enough.wait(max(0.0, due_s - time.monotonic())):
                return
            typists.submit(_type, session, number, typed)

    with ThreadPoolExecutor(32, thread_name_prefix="typist") as typists:
        clock = threading.Thread(target=type_all, args=[typists], name="people")
        clock.start()
        try:
            yield typed
        finally:
            enough.set()
            clock.join()


def _type(session: Session, number: int, into: list[Typed]) -> None:
    user, channel = PLACES[number % len(PLACES)]
    command, marker = COMMANDS[number % len(COMMANDS)], ""
    text = f"/odps {command}"
    if command == "run":
        marker = f"rotation-{number}-"
        text += f" set sandbox.duration=0.1; select '{marker}' as marker"
    delivery = session.slack.say(user, channel, text)
    took_s = delivery.elapsed.total_seconds()
    into.append(Typed(marker=marker, error=delivery.error or "", took_s=took_s))


def _opened(session: Session) -> int:
    return session.slack.socket_tickets


def _wait_until_settled(session: Session, markers: set[str]) -> None:
    deadline_s = time.monotonic() + SETTLED_WITHIN_S
    while time.monotonic() < deadline_s and not markers <= _executed(session).keys():
        time.sleep(0.5)
    # What would run a second time has had the time for it.
    time.sleep(5)


def _executed(session: Session) -> dict[str, int]:
    return dict(Counter(_marker(instance.sql) for instance in session.maxcompute.instances()))


def _cards(session: Session) -> dict[str, int]:
    found: Counter[str] = Counter()
    for channel in dict.fromkeys(channel for _, channel in PLACES):
        for message in session.slack.messages(channel, include_ephemeral=False):
            label = (message.get("metadata") or {}).get("event_payload") or {}
            if label.get("kind") == "card":
                found[_marker(message["text"])] += 1
    return dict(found)


def _marker(text: str) -> str:
    return text.partition("'")[2].partition("'")[0]
