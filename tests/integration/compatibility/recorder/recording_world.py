"""The world of 0802ac0 in which the stories of the recording happen: its services, its sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from odps_bot.commands.request import Answer, Request, Surface
from odps_bot.settings import Settings
from redis import Redis
from workers.deliver import deliver_all
from workers.follow_run import follow
from workers.submit_run import submit

from odps_bot.commands import find_command
from odps_bot.errors import CommandError
from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Pace
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.services import Services

TEAM, CHANNEL, OTHER_CHANNEL = "T0SANDBOX1", "C0DATAENG1", "C0ANALYTIC"
SHARED_CHANNEL = "C0SHAREDAC"
ALICE, BOB, CAROL, DANA = "U0ALICE", "U0BOB", "U0CAROL", "U0DANA"
RULES = Path(__file__).parents[1] / "rules.toml"


@dataclass
class PushedClock:
    """The present, and as far before or beyond it as a story needs."""

    ahead: timedelta

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def push(self, **span: float) -> None:
        self.ahead += timedelta(**span)


@dataclass
class Tempo:
    """How fast instances live that are submitted from now on."""

    pace: Pace = field(default_factory=Pace.instant)

    def life(self, **what: Any) -> Any:
        return self.pace.life(**what)

    @contextmanager
    def of(
        self, *, running_s: float = 0, queued_s: float = 0, stopping_s: float = 0
    ) -> Iterator[None]:
        running, queued, stopping = (
            timedelta(seconds=s) for s in (running_s, queued_s, stopping_s)
        )
        before, self.pace = self.pace, Pace(queued, running, timedelta(0), running, stopping)
        try:
            yield
            # An instance takes its pace a moment after it was submitted.
            sleep(0.1)
        finally:
            self.pace = before


@dataclass
class World:
    """Everything that a story acts on."""

    services: Services
    maxcompute: MaxComputeSandbox
    slack: SlackSandbox
    clock: PushedClock
    tempo: Tempo
    colleague: Client  #: somebody who knows nothing of Slack
    asked: int = 0

    @property
    def redis(self) -> Redis:
        return self.services.redis

    def request(self, *, by: str = ALICE, text: str = "", **facts: Any) -> Request:
        """Return what somebody asks for in the usual channel."""
        self.asked += 1
        usual = {
            "team_id": TEAM,
            "channel_id": CHANNEL,
            "trigger_id": f"{self.asked}.of.the.recording",
            "response_url": f"{self.slack.url}/commands/{TEAM}/{self.asked}/gone",
        }
        return Request(user_id=by, text=text, **{**usual, **facts})

    def click(self, *, by: str, **facts: Any) -> Request:
        return self.request(by=by, surface=Surface.CLICK, **facts)

    def say(self, typed: str, *, by: str = ALICE, **facts: Any) -> tuple[Request, Answer]:
        """Let the bot hear a command."""
        command, rest = find_command(typed)
        request = self.request(by=by, text=rest, **facts)
        try:
            return request, command.answer(request, self.services)
        except CommandError as error:
            print("said:", typed, "->", error)
            raise

    def ask(self, typed: str, **who: Any) -> Run:
        request, _ = self.say(typed, **who)
        return self.run(request.ask_id)

    def run(self, run_id: str) -> Run:
        found = self.services.runs.get(run_id)
        assert found is not None, run_id
        return found

    def submit(self, run: Run) -> Run:
        """Let the submission job run as often as it is booked while the run is not submitted."""
        for _ in range(40):
            self.submit_once(run)
            if self.run(run.run_id).state is not RunState.ASKED:
                break
            self.clock.push(seconds=1.1)
        return self.run(run.run_id)

    def submit_once(self, run: Run) -> None:
        self.forget_budgets()
        submit(run.run_id, self.services)

    def look(self, run: Run) -> Run:
        self.clock.push(seconds=31)
        follow(run.run_id, self.services)
        return self.run(run.run_id)

    def follow(self, run: Run) -> Run:
        for _ in range(100):
            if self.run(run.run_id).is_final:
                return self.run(run.run_id)
            self.look(run)
        raise AssertionError(f"{run.sql} does not end")

    def deliver(self) -> None:
        """Tell everything that may be told by now."""
        for _ in range(6):
            self.make_all_due()
            deliver_all(self.services)

    def forget_budgets(self) -> None:
        for key in self.redis.scan_iter("odps-bot:budget:*"):
            self.redis.delete(key)

    def make_all_due(self) -> None:
        self.forget_budgets()
        for key in self.redis.scan_iter("odps-bot:outbox:*"):
            for entry in self.redis.zrange(key, 0, -1):
                self.redis.zadd(key, {entry: 0})

    def told(self, run: Run) -> Run:
        """Submit, follow and tell."""
        self.submit(run)
        self.deliver()
        ended = self.follow(run)
        self.deliver()
        return self.run(ended.run_id)


@contextmanager
def recording_world(*, begins: timedelta) -> Iterator[World]:
    """Start a world whose clock is `begins` off the present."""
    clock, tempo = PushedClock(begins), Tempo()
    maxcompute = MaxComputeSandbox(
        access_keys={"key": "secret", "other": "other-secret"},
        projects=("sandbox", "analytics", "archive"),
        pace=tempo,
        orders_rows=1_000,
        clock=clock,
    )
    with (
        EmbeddedRedis() as server,
        Redis.from_url(server.url) as redis,
        maxcompute,
        SlackSandbox(limits_enabled=False, clock=clock) as slack,
    ):
        settings = Settings.from_environ(
            {
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "SLACK_API_URL": slack.api_url,
                "REDIS_URL": "redis://given-below",
                "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
                "ODPS_ENDPOINT": maxcompute.endpoint,
                "ODPS_PROJECTS": "sandbox,analytics,archive",
                "ODPS_BOT_RULES": str(RULES),
            }
        )
        services = Services.from_settings(settings, redis=redis, clock=clock)
        colleague = Client(
            maxcompute.endpoint,
            project="analytics",
            credentials=StaticCredentials(AccessKey("other", "other-secret")),
        )
        try:
            yield World(services, maxcompute, slack, clock, tempo, colleague)
        finally:
            colleague.close()
