"""A company whose rules ask before they spend and want a second pair of eyes; all processes run."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import ACCESS_KEY_ID, ACCESS_KEY_SECRET, Session
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail
from tests.patience import SLACK_WAITS

CHANNEL = "C0DATAENG1"
ALICE = "U0ALICE"
PATIENCE_S = 45

#: A scan of all orders costs 2.6 CNY. In `analytics` questions last fourteen seconds.
RULES = """
contact = "the data team"

[roles]
default = "none"

[roles.users]
U0ALICE = "operator"
U0BOB = "operator"
U0CAROL = "writer"

[defaults.project]
price_per_gb = "1000 CNY"

[projects.sandbox]
automatic_limit = 1
cap = 20
approve = ["write", "ddl"]

[projects.analytics]
automatic_limit = 100
approve = ["write"]
approval_hours = 0.004
daily_budget = 4
"""

Message = dict[str, Any]


@dataclass
class Company:
    """What its people do and see."""

    session: Session
    redis: Redis

    def type(self, text: str, *, user: str = ALICE) -> str:
        """Type a command; return what the person sees at once."""
        delivery = self.session.slack.say(user, CHANNEL, text)
        assert delivery.ok, delivery
        return str((delivery.ack or {}).get("text", ""))

    def run(self, sql: str, *, user: str = ALICE) -> "Card":
        """Run something and return its card."""
        known = {message["ts"] for message in self.cards()}
        assert self.type(f"/odps run {sql}", user=user) == ""

        def new() -> Message | None:
            return next((m for m in self.cards() if m["ts"] not in known), None)

        message = self.wait(new)
        return Card(self, message["ts"])

    def cards(self) -> list[Message]:
        """Return the cards of the channel."""
        messages = self.session.slack.messages(CHANNEL, include_ephemeral=False)
        return [m for m in messages if m.get("bot_id") and m.get("thread_ts", m["ts"]) == m["ts"]]

    def post_ephemeral(self, words: str, *, user: str = ALICE) -> str:
        """Wait for something that only this person sees, and return it."""

        def find() -> str | None:
            said = [message["text"] for message in self.session.slack.ephemerals(user)]
            return next((text for text in reversed(said) if words in text), None)

        return str(self.wait(find))

    def audit(self, kind: AuditKind, run: "Card") -> list[AuditLine]:
        """Return the lines of the audit trail about a run."""
        lines = AuditTrail(self.redis, keep=100_000).read()
        return [line for line in lines if line.kind is kind and line.run_id == run.run_id]

    def wait(self, what: Any) -> Any:
        """Wait until Slack shows something."""
        return self.session.slack.wait_until(what, PATIENCE_S)


@dataclass
class Card:
    """A run as people see it."""

    company: Company
    ts: str

    @property
    def message(self) -> Message:
        return next(message for message in self.company.cards() if message["ts"] == self.ts)

    @property
    def name(self) -> str:
        return str(self.message["text"].split("run ")[1].split()[0])

    @property
    def run_id(self) -> str:
        return str(self.message["metadata"]["event_payload"]["run_id"])

    def shows(self, words: str) -> bool:
        return words in json.dumps(self.message, ensure_ascii=False)

    def wait_for(self, words: str) -> "Card":
        """Wait until the card shows these words."""
        self.company.wait(lambda: self.shows(words))
        return self

    def thread(self) -> list[Message]:
        return self.company.session.slack.thread(CHANNEL, self.ts)

    def wait_for_reply(self, words: str) -> str:
        """Wait for a reply with these words."""

        def find() -> str | None:
            return next((r["text"] for r in self.thread() if words in r["text"]), None)

        return str(self.company.wait(find))

    def click(self, action_id: str, *, user: str) -> None:
        """Press a button."""
        delivery = self.company.session.slack.click(user, CHANNEL, self.ts, action_id)
        assert delivery.ok, delivery

    def executions(self) -> list[Any]:
        """Return the instances that MaxCompute has made of it."""
        instances = self.company.session.maxcompute.instances()
        return [instance for instance in instances if instance.guid == self.run_id]


@pytest.fixture(scope="session")
def company_of() -> Callable[[Session, Redis], Company]:
    """Return what makes a company of a session that runs, under whatever rules."""
    return Company


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company at work, with two workers."""
    folder = tmp_path_factory.mktemp("company")
    rules = folder / "odps-bot.toml"
    rules.write_text(RULES)
    session = Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=0.5)),
        orders_rows=100_000,
        environ={"ODPS_BOT_RULES": str(rules)},
        logs=folder,
    )
    with session:
        session.start_bot()
        session.start_worker()
        session.start_worker()
        session.wait_until_ready()
        client = Client(
            session.maxcompute.endpoint,
            project="sandbox",
            credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
        )
        for project in ("sandbox", "analytics"):
            client.execute_sql("create table notes (a bigint)", project=project)
        with Redis.from_url(session.redis.url) as redis:
            yield Company(session, redis)
            assert session.slack.elements_with_made_up_ids() == []
