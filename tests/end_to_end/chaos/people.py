"""People who ask for runs and stop some of them, and remember what they were told."""

import random
import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

from odps_bot.sandbox.slack import SlackSandbox

from .cards import marker_in, run_name
from .trial import Trial

PLACES = (
    ("U0ALICE", "C0DATAENG1"),
    ("U0BOB", "C0DATAENG1"),
    ("U0CAROL", "C0ANALYTIC"),
    ("U0ALICE", "C0ANALYTIC"),
    ("U0BOB", "C0RANDOM01"),
    ("U0ALICE", "C0FINANCE1"),
    ("U0CAROL", "D0CAROLODPS"),
)
CHANNELS = tuple(dict.fromkeys(channel for _, channel in PLACES))
#: So often a command is repeated that was not heard, or could not be kept.
TRIES = 15
TYPISTS = 6
#: Slack's word when it had nobody to hand a command to.
NEVER_HEARD = "app_not_connected"


class Kind(Enum):
    """What somebody asks for, and how it must end."""

    QUICK = "set sandbox.duration={s:.1f}; select '{marker}' as marker", "Succeeded"
    SLOW = "set sandbox.duration={s:.1f}; select '{marker}' as marker, 1 as n", "Succeeded"
    FAILING = "set sandbox.fail=true; select '{marker}' as marker", "Failed"
    UNKNOWN_TABLE = "select '{marker}' as marker from no_such_table", "Failed"
    STUCK = "set sandbox.stuck=true; select '{marker}' as marker", "Stopped"

    def __init__(self, sql: str, end: str) -> None:
        self.sql = sql
        self.end = end


WEIGHTS = {Kind.QUICK: 9, Kind.SLOW: 5, Kind.FAILING: 2, Kind.UNKNOWN_TABLE: 2, Kind.STUCK: 3}


class Answer(Enum):
    """What the person knows after a command."""

    ACCEPTED = "accepted"
    DENIED = "told that it was in vain"
    OPEN = "left in the dark"


@dataclass
class Interaction:
    """A command that somebody has typed."""

    marker: str
    kind: Kind
    sql: str
    project: str
    user: str
    channel: str
    answer: Answer = Answer.OPEN
    said: str = ""  #: what the person saw at once, or Slack's word for why there was nothing
    denials: int = 0

    def __str__(self) -> str:
        return f"{self.marker} ({self.kind.name.lower()}, {self.answer.value})"


class People:
    """All of them. A context manager: on leaving, nobody types any more."""

    def __init__(self, slack: SlackSandbox, trial: Trial) -> None:
        for channel in ("C0RANDOM01", "C0FINANCE1"):
            slack.invite("U0ALICE", channel)
        self._slack = slack
        self.everything = _everything(trial)
        self._typists = ThreadPoolExecutor(TYPISTS, thread_name_prefix="typist")
        self._pause_s = trial.lasting.total_seconds() * TYPISTS / trial.runs
        self._asking: list[Future[None]] = []
        self._goes_home = threading.Event()
        self._stopper = threading.Thread(target=self._stop_what_is_stuck, name="stopper")

    def __enter__(self) -> Self:
        self._asking = [self._typists.submit(self._ask, asked) for asked in self.everything]
        self._stopper.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._goes_home.set()
        self._stopper.join()
        self._typists.shutdown(cancel_futures=True)

    def wait(self) -> None:
        """Wait until all is asked."""
        for asking in self._asking:
            asking.result()

    def _ask(self, asked: Interaction) -> None:
        """Type it, and again when told that it was in vain."""
        begun = time.monotonic()
        for _ in range(TRIES):
            asked.answer = self._type(asked)
            if asked.answer is not Answer.DENIED:
                break
            asked.denials += 1
            time.sleep(1)
        time.sleep(max(0.0, self._pause_s - (time.monotonic() - begun)))

    def _type(self, asked: Interaction) -> Answer:
        text = f"/odps run --project {asked.project} {asked.sql}"
        delivery = self._slack.say(asked.user, asked.channel, text)
        asked.said = delivery.error or (delivery.ack or {}).get("text", "")
        if delivery.error == NEVER_HEARD:
            return Answer.DENIED
        if not delivery.ok:
            return Answer.OPEN
        if asked.said:
            return Answer.DENIED if "Nothing was submitted" in asked.said else Answer.OPEN
        return Answer.ACCEPTED

    def _stop_what_is_stuck(self) -> None:
        """Type until somebody says that it is being stopped."""
        stuck = [asked for asked in self.everything if asked.kind is Kind.STUCK]
        while not self._goes_home.wait(0.5):
            stuck = [asked for asked in stuck if not self._is_stopped(asked)]

    def _is_stopped(self, asked: Interaction) -> bool:
        name = self._name(asked)
        if name is None:
            return False
        delivery = self._slack.say(asked.user, asked.channel, f"/odps stop {name}")
        said = (delivery.ack or {}).get("text", "") if delivery.ok else ""
        return re.search("Stopping|already|was stopped", said) is not None

    def _name(self, asked: Interaction) -> str | None:
        for message in self._slack.messages(asked.channel, include_ephemeral=False):
            if marker_in(message["text"]) == asked.marker:
                return run_name(message)
        return None


def _everything(trial: Trial) -> list[Interaction]:
    chance = random.Random(trial.seed)
    kinds = chance.choices(list(WEIGHTS), weights=list(WEIGHTS.values()), k=trial.runs)
    everything = []
    for number, kind in enumerate(kinds):
        marker = f"chaos-{number}-"
        seconds = chance.uniform(0.1, 2) if kind is Kind.QUICK else chance.uniform(4, 12)
        user, channel = chance.choice(PLACES)
        everything.append(
            Interaction(
                marker=marker,
                kind=kind,
                sql=kind.sql.format(marker=marker, s=seconds),
                project=chance.choice(("sandbox", "analytics")),
                user=user,
                channel=channel,
            )
        )
    return everything
