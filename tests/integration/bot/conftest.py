"""A bot's services on a real Redis; MaxCompute and Slack are out of reach, and nobody asks them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from redis import Redis
from rq import Queue

from odps_bot.commands import Answer, Request, find_command
from odps_bot.config.rules import Role, Rules
from odps_bot.config.settings import Settings
from odps_bot.messages import Message
from odps_bot.runs import Change, Run, RunState
from odps_bot.services import Services
from odps_bot.store.connections import REDIS_TIME
from odps_bot.store.job_queue import QUEUES, SERIALIZER

NOWHERE = "http://127.0.0.1:9"

#: Everybody may do everything, but for people of other workspaces: rights have tests of their own.
EVERYBODY_MAY = Rules(default_role=Role.ADMIN)


@dataclass
class StandingClock:
    """A clock that goes on when it is told to."""

    now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def push(self, span: timedelta) -> None:
        self.now += span


@dataclass
class Bot:
    """What the bot works with, and what has come of what people typed."""

    services: Services
    redis: Redis
    way: Callable[[RunState, RunState], list[RunState]]

    def newest_run(self, place: str = "C1") -> Run:
        return self.services.stores.runs.recent("T1", place, limit=1)[0]

    def all_runs(self) -> list[Run]:
        return self.services.stores.runs.recent("T1", "C1", limit=100)

    def bring(self, run: Run, state: RunState, **facts: object) -> Run:
        """Let a run be where the workers would have brought it, one state after the other."""
        for step in self.way(run.state, state):
            changed = self.services.stores.runs.apply(
                run.run_id,
                lambda run, step=step: Change(
                    run=msgspec.structs.replace(run, state=step, **(facts if step is state else {}))
                ),
            )
        assert changed is not None
        self.services.stores.runs.remember_instance(changed, REDIS_TIME)
        return changed

    def enqueued_jobs(self) -> list[tuple[str, dict[str, str]]]:
        """Return function and arguments of the jobs that wait for a worker."""
        queues = [Queue(name, connection=self.redis, serializer=SERIALIZER) for name in QUEUES]
        return [(job.func_name, job.kwargs) for queue in queues for job in queue.get_jobs()]

    def told(self) -> list[str]:
        """Return what waits to be told, and take it."""
        return [
            str(e) for e in self.services.stores.outbox.claim(limit=100, lease=timedelta(minutes=1))
        ]


@dataclass
class Person:
    """Somebody who types commands; every command is a new request unless it is repeated."""

    services: Services
    clock: StandingClock
    user_id: str = "U1"
    channel_id: str = "C1"
    team_id: str = "T1"
    typed: str = ""
    requests: list[Request] = field(default_factory=list)

    def types(self, typed: str) -> Answer:
        """Answer what was typed behind `/odps`."""
        self.clock.push(timedelta(seconds=1))
        self.typed = typed
        command, rest = find_command(typed)
        request = Request(
            team_id=self.team_id,
            channel_id=self.channel_id,
            user_id=self.user_id,
            trigger_id=f"{self.user_id}.{len(self.requests)}",
            response_url=f"https://hooks.slack.com/commands/{len(self.requests)}",
            text=rest,
        )
        self.requests.append(request)
        return command.answer(request, self.services)

    def is_heard_again(self) -> Answer:
        """Deliver the last command once more."""
        command, _ = find_command(self.typed)
        return command.answer(self.requests[-1], self.services)

    def reads(self, typed: str) -> str:
        """Return the text that answers what was typed."""
        answer = self.types(typed)
        assert isinstance(answer, Message)
        return answer.text


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def services(redis: Redis, clock: StandingClock) -> Services:
    settings = Settings.from_environ(
        {
            "SLACK_BOT_TOKEN": "xoxb-nowhere",
            "SLACK_API_URL": f"{NOWHERE}/api/",
            "REDIS_URL": "redis://given-below",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
            "ODPS_ENDPOINT": f"{NOWHERE}/api",
            "ODPS_PROJECTS": "sandbox,analytics",
        }
    )
    built = Services.from_settings(settings, redis=redis, clock=clock)
    return replace(built, rules=EVERYBODY_MAY)


@pytest.fixture
def bot(
    services: Services, redis: Redis, way: Callable[[RunState, RunState], list[RunState]]
) -> Bot:
    return Bot(services, redis, way)


@pytest.fixture
def person(services: Services, clock: StandingClock) -> Callable[..., Person]:
    """Return a function that makes a person: Alice (U1) in #C1, unless told otherwise."""

    def make(**facts: str) -> Person:
        return Person(services, clock, **facts)

    return make


@pytest.fixture
def alice(person: Callable[..., Person]) -> Person:
    return person()
