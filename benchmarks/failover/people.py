"""People who type a command every now and then, whatever becomes of it."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from odps_bot.sandbox.slack import SlackSandbox

PLACES = (
    ("U0ALICE", "C0DATAENG1"),
    ("U0CAROL", "C0ANALYTIC"),
    ("U0BOB", "C0RANDOM01"),
    ("U0ALICE", "C0FINANCE1"),
)

#: Our own limit lets a channel have a post a second, and a run has two.
EVERY_S = 0.6


class Answer(Enum):
    """What a person knows after a command."""

    ACCEPTED = "accepted"
    UNCONFIRMED = "accepted, but told that it could be lost"
    DENIED = "told that nothing was submitted"
    OPEN = "left in the dark"


ACCEPTED = (Answer.ACCEPTED, Answer.UNCONFIRMED)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A command that was typed, and what was answered."""

    marker: str
    typed_at_s: float
    answered_at_s: float
    answer: Answer
    said: str

    @property
    def is_accepted(self) -> bool:
        """Whether the run was accepted, with a warning or without."""
        return self.answer in ACCEPTED


class People:
    """Those who type, by Slack's own rules: nobody waits longer than it does."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._slack = slack
        self._numbers = itertools.count(1)
        for channel in ("C0RANDOM01", "C0FINANCE1"):
            slack.invite("U0ALICE", channel)

    @contextmanager
    def typing(self) -> Iterator[list[Asked]]:
        """Type while the context is open; give what was asked, complete when it is left."""
        asked: list[Asked] = []
        enough = threading.Event()
        with ThreadPoolExecutor(12, thread_name_prefix="typist") as typists:

            def begin() -> None:
                while not enough.wait(EVERY_S):
                    typists.submit(self._type, next(self._numbers), asked)

            clock = threading.Thread(target=begin, name="people")
            clock.start()
            try:
                yield asked
            finally:
                enough.set()
                clock.join()

    def _type(self, number: int, into: list[Asked]) -> None:
        user, channel = PLACES[number % len(PLACES)]
        marker = f"failover-{number}-"
        text = f"/odps run set sandbox.duration=0.1; select '{marker}' as marker"
        typed_at_s = time.time()
        delivery = self._slack.say(user, channel, text)
        said = delivery.error or (delivery.ack or {}).get("text", "")
        asked = Asked(
            marker=marker,
            typed_at_s=typed_at_s,
            answered_at_s=time.time(),
            answer=_answer(said, is_acknowledged=delivery.ok),
            said=said,
        )
        into.append(asked)


def _answer(said: str, *, is_acknowledged: bool) -> Answer:
    if is_acknowledged and not said:
        return Answer.ACCEPTED
    if "is accepted and stored" in said:
        return Answer.UNCONFIRMED
    return Answer.DENIED if "Nothing was submitted" in said else Answer.OPEN
