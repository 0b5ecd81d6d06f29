"""The workers' functions on a real Redis and the sandbox's servers; time is pushed by hand."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from odps_bot.commands import find_command
from odps_bot.config.rules import Role, Rules
from odps_bot.config.settings import Settings
from odps_bot.input.request import Request
from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.messages import Message
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.maxcompute import InstanceRecord, MaxComputeSandbox, Timing
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.sandbox.slack.block_kit import check_blocks
from odps_bot.services import Services
from odps_bot.slack import posting
from odps_bot.store import message_leases
from workers.delivery.deliver import deliver_all
from workers.polling.poll import poll
from workers.queries.answer_due import answer_due
from workers.queries.inquiry import answer_inquiry
from workers.submission.submit import submit

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"


def _is_compiled(instance: InstanceRecord) -> bool:
    """Return whether an instance has left its compilation, as far as its statement tells."""
    is_queued = "sandbox.queue" in instance.sql or "sandbox.life" in instance.sql
    return is_queued or bool(instance.started_at or instance.ended_at)


@dataclass
class PushedClock:
    """The present, and as far beyond it as a test has pushed."""

    ahead: timedelta = timedelta(0)
    redis: Redis | None = None  #: by whose clock MaxCompute's breakers and rate limits go

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def push(self, **span: float) -> None:
        self.ahead += timedelta(**span)
        for pattern, field_name in (("endpoint:*", "until"), ("budget:maxcompute:*", "at")):
            self._bring_closer(pattern, field_name, by_s=timedelta(**span).total_seconds())

    def _bring_closer(self, pattern: str, field_name: str, *, by_s: float) -> None:
        for key in self.redis.scan_iter(f"odps-bot:{pattern}") if self.redis else ():
            with suppress(ResponseError):  # a test has damaged it
                if self.redis and self.redis.hexists(key, field_name):
                    self.redis.hincrbyfloat(key, field_name, -by_s)


@dataclass
class World:
    """What the workers work with, and what came of it."""

    services: Services
    maxcompute: MaxComputeSandbox
    slack: SlackSandbox
    clock: PushedClock
    asked: int = field(default=0)

    def say(self, text: str, *, response_url: str | None = None) -> str:
        """Let the bot hear a command; return the id of what was asked."""
        self.asked += 1
        command, rest = find_command(text)
        request = Request(
            team_id=TEAM,
            channel_id=CHANNEL,
            user_id=ALICE,
            trigger_id=f"{self.asked}.{id(self)}",
            response_url=response_url or f"{self.slack.url}/nowhere",
            text=rest,
        )
        command.answer(request, self.services)
        return request.interaction_id

    def inquire(self, text: str) -> list[Message]:
        """Ask a question that needs MaxCompute; return the forms of its answer."""
        return self.answer(self.say(text))

    def answer(self, interaction_id: str) -> list[Message]:
        """Answer a question, asking MaxCompute as often as it takes; Slack accepts every form."""
        for _ in range(200):
            inquiry = self.services.stores.ephemeral_replies.inquiry(interaction_id)
            assert inquiry is not None
            forms = answer_inquiry(interaction_id, inquiry, self.services)
            if isinstance(forms, list):
                for form in forms:
                    assert check_blocks(form.blocks, surface="message") == []
                    assert len(form.text) <= 4_000
                return forms
        raise AssertionError("no answer")

    def ask(self, text: str) -> Run:
        """Ask for a run; the same statement as before is meant to be another one."""
        for key in self.services.redis.scan_iter("odps-bot:sent-statement:*"):
            self.services.redis.delete(key)
        asked = self.say(text)
        if text.startswith("watch "):
            self.answer(asked)
        return self.run(asked)

    def ask_stop(self, run: Run) -> None:
        self.say(f"stop {run.name}")

    def run(self, run_id: str) -> Run:
        found = self.services.stores.runs.get(run_id)
        assert found is not None
        return found

    def submit(self, run: Run) -> Run:
        submit(run.run_id, self.services)
        return self.run(run.run_id)

    def submit_estimated(self, run: Run) -> Run:
        """Submit, as often as its estimate may take MaxCompute a moment, and tell what came."""
        for _ in range(50):
            if self.submit(run).state is not RunState.QUEUED:
                break
            sleep(0.05)
        return self.tell(run)

    def tell(self, run: Run) -> Run:
        """Deliver what waits, and what that leads to."""
        for _ in range(4):
            self.make_all_due()
            self.deliver()
        return self.run(run.run_id)

    def look(self, run: Run) -> Run:
        """Look once, when it is time, and when the engine has compiled what doesn't queue."""
        for _ in range(100):
            if all(map(_is_compiled, self.maxcompute.instances())):
                break
            sleep(0.01)
        self.clock.push(seconds=31)
        poll(run.run_id, self.services)
        return self.run(run.run_id)

    def follow(self, run: Run) -> Run:
        """Look as long as the run goes on; its time flies, but not that of the engine."""
        for number in range(100):
            if self.run(run.run_id).is_final:
                break
            if number > 20:
                sleep(0.05)
            self.look(run)
        return self.run(run.run_id)

    def deliver(self) -> None:
        """Answer what was asked, and deliver what waits."""
        answer_due(self.services)
        deliver_all(self.services)

    def make_all_due(self) -> None:
        """Let whatever waits for its time, or for a budget, be told at the next delivery."""
        redis = self.services.redis
        for key in redis.scan_iter("odps-bot:budget:*"):
            redis.delete(key)
        for key in redis.scan_iter("odps-bot:outbox:*"):
            for entry in redis.zrange(key, 0, -1):
                redis.zadd(key, {entry: 0})

    def waiting(self) -> int:
        """Return how much is not told yet."""
        return sum(self.services.stores.outbox.waiting().values())

    def finish(self, run: Run) -> Run:
        """Submit, follow and tell."""
        self.submit(run)
        ended = self.follow(run)
        self.deliver()
        return ended

    def replies(self, run: Run) -> list[dict[str, Any]]:
        """Return the replies that mention the requester."""
        card_ts = self.run(run.run_id).card_ts
        assert card_ts is not None
        return [r for r in self.slack.thread(CHANNEL, card_ts) if f"<@{ALICE}>" in r["text"]]

    def wait_until_running(self, count: int) -> None:
        """Wait until so many instances have left MaxCompute's queue."""
        deadline = monotonic() + 30
        while sum(i.task_status == "Running" for i in self.maxcompute.instances()) < count:
            assert monotonic() < deadline
            sleep(0.01)

    def executions(self, run: Run) -> int:
        return sum(i.guid == run.run_id for i in self.maxcompute.instances())


@pytest.fixture
def maxcompute() -> Iterator[MaxComputeSandbox]:
    server = MaxComputeSandbox(
        access_keys={"key": "secret", "other": "other-secret"},
        projects=("sandbox",),
        timing=Timing.instant(),
        orders_rows=1_000,
    )
    with server:
        yield server


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    with SlackSandbox(limits_enabled=False) as server:
        yield server


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A post of unknown fate is looked for at once, and so is what a dead worker was making."""
    monkeypatch.setattr(message_leases, "POSTING_LEASE", timedelta(0))
    monkeypatch.setattr(posting, "AFTER_A_LOST_RESPONSE", timedelta(0))


@pytest.fixture
def somebody_else(maxcompute: MaxComputeSandbox, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of another account than the bot's: its jobs were not started from Slack."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Client(
        maxcompute.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey("other", "other-secret")),
    )


@pytest.fixture
def notes(world: World) -> None:
    """Tables to write to: `notes` and `notes2`, each with a number."""
    client = Client(
        world.maxcompute.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey("key", "secret")),
    )
    for name in ("notes", "notes2"):
        client.execute_sql(f"create table {name} (a bigint)")


@pytest.fixture
def world(
    redis: Redis,
    maxcompute: MaxComputeSandbox,
    slack: SlackSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    clock = PushedClock(redis=redis)
    return World(make_services(redis, maxcompute, slack, clock), maxcompute, slack, clock)


def make_services(
    redis: Redis,
    maxcompute: MaxComputeSandbox,
    slack: SlackSandbox,
    clock: Callable[[], datetime],
) -> Services:
    settings = Settings.from_environ(
        {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_API_URL": slack.api_url,
            "REDIS_URL": "redis://given-below",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
            "ODPS_ENDPOINT": maxcompute.endpoint,
            "ODPS_PROJECTS": "sandbox",
        }
    )
    built = Services.from_settings(settings, redis=redis, clock=clock)
    # Everybody may do everything: rights have tests of their own.
    return replace(built, rules=Rules(default_role=Role.ADMIN))
