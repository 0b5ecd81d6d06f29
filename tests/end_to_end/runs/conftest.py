"""All processes, driven as people do: the sandbox's servers, the real bot, real workers."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

CHANNEL = "C0DATAENG1"
ALICE, BOB = "U0ALICE", "U0BOB"
PATIENCE_S = 45

#: Rights have tests of their own.
EVERYBODY_MAY = Path(__file__).parents[1] / "everybody-may.toml"

Message = dict[str, Any]


@dataclass
class Team:
    """What a test does as a person, and sees as one."""

    session: Session
    channel: str = CHANNEL

    def type(self, text: str, *, user: str = ALICE, channel: str | None = None) -> str:
        """Type a command; return what the person sees at once."""
        delivery = self.session.slack.say(user, channel or self.channel, text)
        assert delivery.ok, f"{text}: {delivery}"
        return (delivery.ack or {}).get("text", "")

    def run(self, sql: str, *, user: str = ALICE) -> "Run":
        """Type `/odps run …` and wait for the card."""
        known = {message["ts"] for message in self.cards()}
        assert self.type(f"/odps run {sql}", user=user) == ""
        return self.wait(lambda: self._new_card(known))

    def cards(self) -> list[Message]:
        """Return the cards of the channel."""
        messages = self.session.slack.messages(self.channel, include_ephemeral=False)
        return [m for m in messages if m.get("bot_id") and m.get("thread_ts", m["ts"]) == m["ts"]]

    def whispers(self, user: str = ALICE) -> list[str]:
        """Return what only this person has seen."""
        return [shown(message) for message in self.session.slack.ephemerals(user)]

    def wait(self, predicate: Callable[[], Any], timeout: float = PATIENCE_S) -> Any:
        """Wait until Slack shows something."""
        return self.session.slack.wait_until(predicate, timeout)

    def _new_card(self, known: set[str]) -> "Run | None":
        for message in self.cards():
            if message["ts"] not in known:
                return Run(self, message["ts"])
        return None


@dataclass
class Run:
    """A run as people see it: its card and its thread."""

    team: Team
    ts: str

    @property
    def card(self) -> Message:
        messages = self.team.session.slack.messages(self.team.channel)
        return next(message for message in messages if message["ts"] == self.ts)

    @property
    def name(self) -> str:
        """The short name."""
        return self.card["text"].split("run ")[1].split()[0]

    @property
    def link(self) -> str:
        """The name where people read of the run: a link to its card."""
        address = f"{self.team.session.slack.url}/archives/{self.team.channel}"
        return f"<{address}/p{self.ts.replace('.', '')}|{self.name}>"

    @property
    def run_id(self) -> str:
        """The id in the message's metadata, which is the Guid of the instance."""
        return self.card["metadata"]["event_payload"]["run_id"]

    def shows(self, words: str) -> bool:
        """Return whether the card shows these words."""
        return words in shown(self.card)

    def wait_for(self, words: str) -> "Run":
        """Wait until the card shows these words."""
        self.team.wait(lambda: self.shows(words))
        return self

    def thread(self) -> list[str]:
        """Return the replies."""
        return [
            shown(reply) for reply in self.team.session.slack.thread(self.team.channel, self.ts)
        ]

    def completions(self, user: str = ALICE) -> list[str]:
        """Return the replies that mention somebody: there must be one at the end."""
        return [reply for reply in self.thread() if f"<@{user}>" in reply]

    def wait_for_completion(self, user: str = ALICE) -> str:
        """Wait for the reply at the end."""
        self.team.wait(lambda: self.completions(user))
        return self.completions(user)[0]

    def click(self, action_id: str, *, user: str = ALICE) -> None:
        """Press a button of the card, when it is there."""
        self.wait_for(f'"action_id": "{action_id}"')
        delivery = self.team.session.slack.click(user, self.team.channel, self.ts, action_id)
        assert delivery.ok, delivery

    def executions(self) -> list[Any]:
        """Return the instances that MaxCompute has made of this run."""
        return [i for i in self.team.session.maxcompute.instances() if i.guid == self.run_id]


def shown(message: Message) -> str:
    """Return everything a message shows, text and blocks."""
    return message.get("text", "") + json.dumps(message.get("blocks", []), ensure_ascii=False)


@pytest.fixture(scope="module", params=["socket", "http"])
def slack_mode(request: pytest.FixtureRequest) -> Any:
    """Both ways in which Slack reaches the bot."""
    return request.param


@pytest.fixture(scope="module")
def session(slack_mode: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A sandbox with a bot and a worker; queries last two seconds."""
    with open_session(slack_mode, tmp_path_factory.mktemp("logs")) as session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield session
        assert session.slack.elements_with_made_up_ids() == []


@pytest.fixture
def team(session: Session) -> Team:
    """The people of the sandbox."""
    return Team(session)


def open_session(slack_mode: Any, logs: Path) -> Session:
    """Return a sandbox that writes its processes' logs where CI can keep them."""
    if kept := os.environ.get("ODPS_BOT_TEST_LOGS"):
        logs = Path(kept)
        logs.mkdir(parents=True, exist_ok=True)
    return Session(
        ack_timeout=SLACK_WAITS,
        slack_mode=slack_mode,
        timing=Timing.of(timedelta(seconds=2)),
        orders_rows=100_000,
        environ={"ODPS_BOT_RULES": str(EVERYBODY_MAY)},
        logs=logs,
    )
