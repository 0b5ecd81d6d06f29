"""What the tour of the sandbox's page promises comes true, in the sandbox as newcomers start it."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from odps_bot.sandbox.session import Session
from odps_bot.sandbox.tour import TOUR
from tests.patience import SLACK_WAITS

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"
PEOPLE = {"alice": ALICE, "bob": "U0BOB"}
PATIENCE_S = 45

#: What everybody, or who asked, gets to read; a step that a person ends has a command for that.
PROMISES = {
    "Run a query": ("3 rows in", ""),
    "Stop a slow query": ("Running", "/odps stop {run}"),
    "See why a query fails": ("Likely cause", ""),
    "Why is it slow?": ("49 of 50 workers ended", "/odps stop {run}"),
    "Start a job that hangs": ("Running", ""),
    "Watch the channel on a board": ("Active runs", ""),
    "Stop several at once": ("Stop 1 run?", "/odps stop {run}"),
    "Get a large result": ("5,000 rows in", ""),
    "Follow a job with several steps": ("split", ""),
    "Estimate the cost": ("Nothing was run", ""),
    "Confirm an expensive query": ("Run it?", "/odps stop {run}"),
    "Ask to change data": ("need a second person", "/odps approve {run}"),
    "Think twice before you drop a table": ("this drops table `stock`", "/odps stop {run}"),
    "List the team's jobs": ("Running in `sandbox`", ""),
    "See everything else": ("What you can do in", ""),
}
ENDS = {
    "Stop a slow query": "Stopped by",
    "Why is it slow?": "Stopped by",
    "Stop several at once": "Stopped by",
    "Confirm an expensive query": "before it was submitted",
    "Ask to change data": "Succeeded: run {run}",
    "Think twice before you drop a table": "before it was submitted",
}

#: Tried by browser tests: a button, a form, a thread, a menu, the Home.
ON_THE_PAGE = {
    "Put it right",
    "Approve what waits for you",
    "Write longer SQL in a modal",
    "Ask in a thread",
    "Run SQL from a message",
}


@dataclass
class Newcomer:
    """Somebody who tries one thing after the other."""

    session: Session

    def type(self, text: str, user: str) -> None:
        delivery = self.session.slack.say(user, CHANNEL, text)
        assert delivery.ok, delivery

    def read(self) -> list[str]:
        """Return all that is to be read, as it is now."""
        messages = self.session.slack.messages(CHANNEL)
        threads = [self.session.slack.thread(CHANNEL, message["ts"]) for message in messages]
        everything = [*messages, *(reply for thread in threads for reply in thread)]
        return [json.dumps(message, ensure_ascii=False) for message in everything]

    def wait_for(self, words: str, before: list[str]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not any(words in message for message in self.read() if message not in before):
            assert time.monotonic() < deadline, f"{words!r} did not come"
            time.sleep(0.1)

    def newest_run(self) -> str:
        numbers = re.findall(r"run r(\d+) in", " ".join(self.read()))
        return f"r{max(map(int, numbers))}"


@pytest.fixture
def newcomer() -> Iterator[Newcomer]:
    with Session(ack_timeout=SLACK_WAITS) as session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield Newcomer(session)
        assert session.slack.elements_with_made_up_ids() == []


def test_every_step_does_what_it_says(newcomer: Newcomer) -> None:
    assert {step["title"] for step in TOUR} == set(PROMISES) | ON_THE_PAGE

    for step in TOUR:
        title = step["title"]
        if title in ON_THE_PAGE:
            continue
        before = newcomer.read()
        newcomer.type(step["command"], PEOPLE[step.get("acts_as", "alice")])
        shown, then = PROMISES[title]
        newcomer.wait_for(shown, before)
        if then:
            run = newcomer.newest_run()
            newcomer.type(then.format(run=run), ALICE)
            newcomer.wait_for(ENDS[title].format(run=run), before)
