"""An installation that is well, and what a doctor finds when something of it is broken."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from odps_bot.config.settings import Settings
from odps_bot.manifest import manifest
from odps_bot.operations.doctor import Finding, Verdict, examine
from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing
from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.ports import free_port
from odps_bot.sandbox.redis import EmbeddedRedis, find_server
from odps_bot.sandbox.slack import SlackApp, SlackSandbox
from odps_bot.store import keys

RULES = """
[roles.users]
U0ALICE = "admin"

[channels.C0DATAENG1]
projects = ["sandbox"]
"""


@dataclass
class Installation:
    """The servers, and the settings that lead to them."""

    redis: EmbeddedRedis
    slack: SlackSandbox
    maxcompute: MaxComputeSandbox
    environ: dict[str, str]
    rules: Path
    found: list[Finding] = field(default_factory=list)

    @property
    def client(self) -> Redis:
        return Redis.from_url(self.redis.url)

    def examine(
        self, *, is_deep: bool = False, redis: Redis | None = None, **environ: str
    ) -> dict[str, Finding]:
        """Return the findings by their subjects; `redis` stands for that of REDIS_URL."""
        settings = Settings.from_environ({**self.environ, **environ})
        self.found = list(examine(settings, is_deep=is_deep, redis=redis))
        return {finding.subject: finding for finding in self.found}


@pytest.fixture(scope="session")
def redis_of_installation() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


@pytest.fixture(scope="session")
def maxcompute_of_installation() -> Iterator[MaxComputeSandbox]:
    server = MaxComputeSandbox(
        access_keys={"key": "key-very-secret"},
        projects=("sandbox",),
        timing=Timing.instant(),
        orders_rows=100,
    )
    with server:
        yield server


@pytest.fixture
def make_slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SlackSandbox]]:
    """Return a function that starts a Slack whose app has these scopes."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    started: list[SlackSandbox] = []

    def make(change: Callable[[list[str]], list[str]] = lambda scopes: scopes) -> SlackSandbox:
        described: dict[str, Any] = manifest()
        bot = described["oauth_config"]["scopes"]
        bot["bot"] = change(list(bot["bot"]))
        slack = SlackSandbox(app=SlackApp.from_manifest(described), limits_enabled=False)
        started.append(slack.start())
        return slack

    yield make
    for slack in started:
        slack.stop()


@pytest.fixture
def installation(
    redis_of_installation: EmbeddedRedis,
    maxcompute_of_installation: MaxComputeSandbox,
    make_slack: Callable[..., SlackSandbox],
    tmp_path: Path,
) -> Iterator[Installation]:
    slack = make_slack()
    rules = tmp_path / "odps-bot.toml"
    rules.write_text(RULES)
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "REDIS_URL": redis_of_installation.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key-very-secret",
        "ODPS_ENDPOINT": maxcompute_of_installation.endpoint,
        "ODPS_PROJECTS": "sandbox",
        "ODPS_BOT_RULES": str(rules),
    }
    found = Installation(redis_of_installation, slack, maxcompute_of_installation, environ, rules)
    with found.client as client:
        client.flushall()
        # As a worker leaves it behind.
        client.set(keys.reconciler_turn(), 1)
    yield found
    maxcompute_of_installation.faults.clear()


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return a function that starts a Redis, configured by these lines; it gives the address."""
    started: list[OwnedProcess] = []

    def start(*lines: str, arguments: Sequence[str] = (), data: Path = tmp_path) -> str:
        port = free_port()
        configuration = data / f"redis-{port}.conf"
        usual = (f"port {port}", "bind 127.0.0.1", f'dir "{data}"', 'save ""')
        configuration.write_text("\n".join([*usual, *lines, ""]))
        started.append(
            OwnedProcess(
                [find_server(), str(configuration), *arguments],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                return f"redis://127.0.0.1:{port}/0"

    yield start
    for process in started:
        process.end()


@pytest.fixture
def assert_found() -> Callable[..., None]:
    """Return a check that a finding has a verdict, says why, and how to mend it."""

    def check(finding: Finding, verdict: Verdict, *, says: str, remedy: str) -> None:
        assert finding.verdict is verdict, finding
        assert says in finding.says, finding
        assert remedy in finding.remedy, finding

    return check
