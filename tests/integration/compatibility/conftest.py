"""What 0802ac0 has left in Redis, loaded into a world of today; see README.md.

Everything here that has a name of today's code has it in one place, so that it is easily renamed.
"""

import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from time import sleep, time
from typing import Any

import pytest
from redis import Redis

import workers
from odps_bot.commands import find_command
from odps_bot.config.settings import Settings
from odps_bot.input.request import Request, Surface
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.runs import Run
from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.services import Services
from odps_bot.store import keys
from odps_bot.store.job_queue import QUEUES
from workers.delivery.deliver import deliver_all
from workers.polling.poll import poll
from workers.polling.sweep import sweep
from workers.queries.answer_due import answer_due
from workers.runtime import worker_services
from workers.runtime.rq_worker import bot_worker
from workers.submission.submit import submit

from .loading import load, renamed
from .recorded_world import LASTS, post_messages, start_instances

HERE = Path(__file__).parent
#: What stands for the sandbox's addresses in the recording.
SLACK, MAXCOMPUTE = "http://slack.recording", "maxcompute.recording"

TEAM, CHANNEL, ALICE, BOB = "T0SANDBOX1", "C0DATAENG1", "U0ALICE", "U0BOB"


@dataclass
class PushedClock:
    """The time of the recording, which goes on, and as far beyond it as a test has pushed."""

    ahead: timedelta

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def push(self, **span: float) -> None:
        self.ahead += timedelta(**span)


@dataclass
class World:
    """The recording in a real Redis, with servers that know what it names."""

    recording: Mapping[str, Any]  #: as it was loaded: with ids and timestamps of these servers
    services: Services
    maxcompute: MaxComputeSandbox
    slack: SlackSandbox
    clock: PushedClock
    asked: int = 0

    # -- what is there ---------------------------------------------------------------------------

    @property
    def redis(self) -> Redis:
        return self.services.redis

    def recorded(self, story: str) -> dict[str, Any]:
        """Return the record of a run as 0802ac0 has written it."""
        return json.loads(self.recording["redis"][keys.run(self.run_id(story))]["value"]["record"])

    def run_id(self, story: str) -> str:
        return self.recording["stories"][story]["run_id"]

    def run(self, story: str) -> Run:
        """Return the run as it is read today."""
        return self.run_of(self.run_id(story))

    def run_of(self, run_id: str) -> Run:
        found = self.services.stores.runs.get(run_id)
        assert found is not None, run_id
        return found

    def entries(self) -> set[str]:
        """Return what waits in the outbox."""
        found = (self.redis.zrange(key, 0, -1) for key in self.redis.scan_iter(keys.outbox("*")))
        return {entry.decode() for some in found for entry in some}

    def executions(self, story: str) -> int:
        guid = self.run_id(story)
        return sum(instance.guid == guid for instance in self.maxcompute.instances())

    def posts(self, story: str, kind: str) -> list[dict[str, Any]]:
        """Return the messages about a run that were posted as one kind."""
        label = {"run_id": self.run_id(story), "kind": kind}
        run = self.run(story)
        directly = (f"D0{who}ODPS" for who in ("ALICE", "BOB", "CAROL"))
        return [
            message
            for channel in (run.channel_id, *directly)
            for message in self.slack.messages(channel)
            if (message.get("metadata") or {}).get("event_payload") == label
        ]

    def card(self, story: str) -> dict[str, Any]:
        run = self.run(story)
        return next(m for m in self.slack.messages(run.channel_id) if m["ts"] == run.card_ts)

    # -- what people do --------------------------------------------------------------------------

    def request(self, *, by: str = ALICE, text: str = "", **facts: Any) -> Request:
        self.asked += 1
        usual = {"team_id": TEAM, "channel_id": CHANNEL, "trigger_id": f"{self.asked}.of.today"}
        return Request(user_id=by, text=text, **{**usual, **facts})

    def say(self, typed: str, *, by: str = ALICE, **facts: Any) -> Any:
        """Let the bot hear a command; return what is answered at once."""
        return self._say(typed, by=by, **facts)[1]

    def ask(self, typed: str, *, by: str = ALICE) -> Run:
        """Ask for a run."""
        return self.run_of(self._say(typed, by=by)[0].interaction_id)

    def _say(self, typed: str, *, by: str, **facts: Any) -> tuple[Request, Any]:
        command, rest = find_command(typed)
        request = self.request(by=by, text=rest, **facts)
        return request, command.answer(request, self.services)

    def click(self, *, by: str) -> Request:
        return self.request(by=by, surface=Surface.ACTION)

    # -- what workers do -------------------------------------------------------------------------

    def submit(self, story: str) -> Run:
        return self.submit_run(self.run(story))

    def submit_run(self, run: Run, *, seconds: float = 11) -> Run:
        """Let the submission job run until it has nothing to do for the run."""
        for _ in range(40):
            before = self.run_of(run.run_id)
            self._make_all_due()
            submit(run.run_id, self.services)
            if self.run_of(run.run_id) == before:
                break
            self.clock.push(seconds=seconds)
        return self.run_of(run.run_id)

    def poll(self, story: str) -> Run:
        return self.poll_run(self.run(story))

    def poll_run(self, run: Run) -> Run:
        """Poll as when a sweep has seen that something has happened."""
        self.clock.push(seconds=31)
        # By Redis' own clock no time has passed: nobody would ask MaxCompute after three failures.
        for key in self.services.redis.scan_iter(keys.endpoint_health("*")):
            self.services.redis.delete(key)
        poll(run.run_id, self.services, is_prompted=True)
        return self.run_of(run.run_id)

    def follow(self, run: Run) -> Run:
        """Poll until the run has ended."""
        for _ in range(20):
            if self.poll_run(run).is_final:
                return self.run_of(run.run_id)
        raise AssertionError(f"it does not end: {run}")

    def deliver_of(self, run: Run) -> Run:
        self.deliver()
        return self.run_of(run.run_id)

    def let_everything_end(self) -> None:
        """Let MaxCompute come to the end of what was running."""
        self.clock.ahead += LASTS
        sleep(0.1)

    def poll_to_the_end(self, story: str) -> Run:
        for _ in range(5):
            self.let_everything_end()
            if self.poll(story).is_final:
                return self.run(story)
        raise AssertionError(f"{story} does not end: {self.run(story)}")

    def sweep(self, project: str) -> None:
        """Sweep, as if what a worker was doing that died were over."""
        self.redis.delete(
            keys.sweep_lease(project), *self.redis.scan_iter(keys.poll_requested("*"))
        )
        sweep(project, self.services)

    def deliver(self) -> None:
        """Deliver what can be delivered, as if the leases of workers that died were over."""
        waiting: set[str] | None = None
        for _ in range(12):
            if waiting == (waiting := self.entries()):
                break
            self._make_all_due()
            for key in self.redis.scan_iter(keys.post_lease("*", "*")):
                self.redis.set(key, 0)
            for pattern in (
                keys.update_turn("*", "*"),
                keys.update_lease("*"),
                keys.home_turn("*", "*"),
            ):
                for key in self.redis.scan_iter(pattern):
                    self.services.redis.delete(key)
            deliver_all(self.services)
            answer_due(self.services)

    def work(self) -> None:
        """Run RQ's jobs until there are no more, those that are parked for half a minute too."""
        stopping = GracefulShutdown(within=timedelta(hours=1))
        for _ in range(12):
            self._make_all_due()
            for name in QUEUES:
                key = f"rq:scheduled:{name}"
                for job_id in self.redis.zrangebyscore(key, "-inf", time() + 30):
                    self.redis.zadd(key, {job_id: 0})
            self.services.jobs.enqueue_due()
            if not any(self.services.jobs.waiting().values()):
                break
            worker = bot_worker(self.services, stopping, redis=self.redis)
            worker.run_waiting()

    def failed_jobs(self) -> dict[str, str]:
        """Return why jobs have failed."""
        found = {}
        for queue in self.services.jobs._queues.values():
            for job_id in queue.failed_job_registry.get_job_ids():
                result = queue.fetch_job(job_id).latest_result()
                found[job_id] = result.exc_string if result else "?"
        return found

    def _make_all_due(self) -> None:
        for key in self.redis.scan_iter(keys.rate_limit("*")):
            self.services.redis.delete(key)
        for key in self.redis.scan_iter(keys.outbox("*")):
            for entry in self.redis.zrange(key, 0, -1):
                self.redis.zadd(key, {entry: 0})


@pytest.fixture(scope="session")
def recorded() -> Mapping[str, Any]:
    """The recording as it stands in its file."""
    return json.loads((HERE / "redis_of_0802ac0.json").read_text(encoding="utf-8"))


@pytest.fixture
def world(
    redis: Redis, recorded: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The recording in Redis, with a MaxCompute and a Slack that know what it names."""
    with a_world(redis, recorded, monkeypatch) as started:
        yield started


@pytest.fixture(scope="module")
def unchanged(recorded: Mapping[str, Any]) -> Iterator[World]:
    """The same for tests that only read, in a Redis of its own."""
    with (
        EmbeddedRedis() as server,
        Redis.from_url(server.url) as redis,
        pytest.MonkeyPatch.context() as monkeypatch,
        a_world(redis, recorded, monkeypatch) as started,
    ):
        yield started


@contextmanager
def a_world(
    redis: Redis, recorded: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    recorded_at = datetime.fromisoformat(recorded["recorded_at"])
    clock = PushedClock(recorded_at - datetime.now(UTC))
    maxcompute = MaxComputeSandbox(
        access_keys={"key": "secret", "other": "other-secret"},
        projects=("sandbox", "analytics", "archive"),
        timing=Timing.instant(),
        orders_rows=1_000,
        clock=clock,
    )
    with maxcompute, SlackSandbox(limits_enabled=False, clock=clock) as slack:
        names = (
            {SLACK: slack.url, MAXCOMPUTE: maxcompute.endpoint.split("/")[2]}
            | start_instances(recorded, maxcompute)
            | post_messages(recorded["messages"], slack)
        )
        recording = renamed(recorded, names)
        load(recording["redis"], redis, shift_s=time() - recorded_at.timestamp())
        services = make_services(redis, maxcompute, slack, clock)
        _give_jobs(services, monkeypatch)
        maxcompute.clear_requests()
        yield World(recording, services, maxcompute, slack, clock)


def make_services(
    redis: Redis,
    maxcompute: MaxComputeSandbox,
    slack: SlackSandbox,
    clock: Callable[[], datetime],
) -> Services:
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
            "ODPS_BOT_REQUESTS_PER_SECOND": "1000",
            "ODPS_BOT_RULES": str(HERE / "rules.toml"),
        }
    )
    return Services.from_settings(settings, redis=redis, clock=clock)


def _give_jobs(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs find these services, whatever RQ imports them from."""
    found = worker_services.get_services

    def given() -> Services:
        return services

    for info in pkgutil.walk_packages(workers.__path__, "workers."):
        if getattr(import_module(info.name), "get_services", None) is found:
            monkeypatch.setattr(f"{info.name}.get_services", given)
