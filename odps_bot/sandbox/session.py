"""The sandbox: a MaxCompute, a Slack and a Redis on this machine, with the real bot and workers.

It differs from production in addresses, not in code: the bot and the workers are the processes that
a real workspace runs, configured by the same environment variables.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis

from odps_bot.config.misspellings import PREFIXES
from odps_bot.config.settings import DeliveryMode, variables_of_keys
from odps_bot.errors import OdpsBotError
from odps_bot.manifest import manifest
from odps_bot.operations.shutdown import on_signals
from odps_bot.sandbox.bot_state import clear_state, discard_jobs
from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing
from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.ports import free_port
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.sandbox.slack import ACK_TIMEOUT, Rotation, SlackApp, SlackSandbox
from odps_bot.sandbox.tour import TOUR

ACCESS_KEY_ID = "sandbox-id"
ACCESS_KEY_SECRET = "sandbox-secret"  # noqa: S105  -- opens nothing but this sandbox
PROJECTS = ("sandbox", "analytics")

#: Roles, projects and costs in the sandbox's workspace.
RULES = Path(__file__).with_name("odps-bot.toml")

#: The bot's endpoint for signed HTTP.
EVENTS_PATH = "/slack/events"

#: Logging of the processes is configured from outside.
INHERITED_SETTINGS = frozenset({"ODPS_BOT_LOG_FORMAT", "ODPS_BOT_LOG_LEVEL"})

START_TIMEOUT = timedelta(seconds=30)
DISCONNECT_TIMEOUT = timedelta(seconds=5)

#: How long a reset waits for running jobs.
JOB_TIMEOUT = timedelta(seconds=10)


@dataclass
class Session:
    """All servers and processes of a sandbox; a context manager that stops what it started."""

    slack_mode: DeliveryMode = "socket"
    port: int = 0
    data: Path | None = None
    timing: Timing = field(default_factory=Timing.natural)
    orders_rows: int = 1_000_000
    #: How long Slack waits for acknowledgements.
    ack_timeout: timedelta = ACK_TIMEOUT
    #: Additional settings of the bot and the workers.
    environ: Mapping[str, str] = field(default_factory=dict)
    #: The folder for the processes' logs; None for this process's standard error.
    logs: Path | None = None

    def __post_init__(self) -> None:
        bot_port = free_port()
        self.bot_address = f"127.0.0.1:{bot_port}"
        self.redis = EmbeddedRedis(self.data)
        self.maxcompute = MaxComputeSandbox(
            access_keys={ACCESS_KEY_ID: ACCESS_KEY_SECRET},
            projects=PROJECTS,
            timing=self.timing,
            orders_rows=self.orders_rows,
        )
        self.slack = SlackSandbox(
            port=self.port,
            app=SlackApp.from_manifest(manifest()),
            delivery=self.slack_mode,
            request_url=f"http://{self.bot_address}{EVENTS_PATH}",
            tour=TOUR,
            ack_timeout=self.ack_timeout,
            on_reset=self.reset,
        )
        self._reset_lock = threading.Lock()
        self.bot: OwnedProcess | None = None
        self.workers: list[OwnedProcess] = []

    def __enter__(self) -> Self:
        try:
            self.redis.start()
            self.maxcompute.start()
            self._start_slack()
        except BaseException:
            self.close()
            raise
        return self

    def _start_slack(self) -> None:
        try:
            self.slack.start()
        except OSError as error:
            raise OdpsBotError(
                f"can't use port {self.port} ({error.strerror}); choose another one with --port"
            ) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the processes first, then the servers they use."""
        processes = [process for process in (self.bot, *self.workers) if process]
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait_or_kill()
        self.bot, self.workers = None, []
        self.slack.stop()
        self.maxcompute.stop()
        self.redis.stop()

    def start_bot(self) -> OwnedProcess:
        """Start the bot, or restart one that has ended."""
        has_ended = self.bot is not None and self.bot.poll() is not None
        if has_ended and self.slack_mode == "socket":
            self._wait_until_disconnected()
        self.bot = self._start("bot")
        return self.bot

    def _wait_until_disconnected(self) -> None:
        """Wait until Slack has noticed that the bot ended, or its connection would take a click."""
        deadline = time.monotonic() + DISCONNECT_TIMEOUT.total_seconds()
        while self.slack.is_app_connected and time.monotonic() < deadline:
            time.sleep(0.01)

    def start_worker(self) -> OwnedProcess:
        """Start one more worker."""
        worker = self._start("worker")
        self.workers.append(worker)
        return worker

    def reset(self) -> None:
        """Return to the initial state while the bot and the workers keep running.

        Tables, instances, messages, runs and everything else that was created are gone. Running
        instances are stopped, and what people do in the meantime waits. Endpoint, keys, tokens and
        open pages stay valid.
        """
        with self._reset_lock, self.slack.paused(), Redis.from_url(self.redis.url) as redis:
            discard_jobs(redis, at_most=2 * JOB_TIMEOUT)
            self.maxcompute.reset()
            clear_state(redis, timeout=JOB_TIMEOUT)
            self.slack.reset()

    def wait_until_ready(self, timeout: timedelta = START_TIMEOUT) -> None:
        """Wait until Slack reaches the bot. Raises OdpsBotError when the bot does not start."""
        deadline = time.monotonic() + timeout.total_seconds()
        while time.monotonic() < deadline:
            if self.bot is None or self.bot.poll() is not None:
                raise OdpsBotError("the bot has exited; see its log")
            if self._is_bot_reachable():
                return
            time.sleep(0.05)
        raise OdpsBotError(f"the bot is not connected to Slack after {timeout}")

    def _is_bot_reachable(self) -> bool:
        if self.slack_mode == "socket":
            return self.slack.is_app_connected
        host, port = self.bot_address.split(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True

    def settings(self) -> dict[str, str]:
        """Return the environment variables that point the bot and the workers here."""
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "ODPS_BOT_SLACK_MODE": self.slack_mode,
            "ODPS_BOT_HTTP_LISTEN": self.bot_address,
            "REDIS_URL": self.redis.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
            "ODPS_ENDPOINT": self.maxcompute.endpoint,
            "ODPS_PROJECTS": ",".join(PROJECTS),
            "ODPS_BOT_RULES": str(RULES),
            **self.environ,
        }

    def _start(self, command: str) -> OwnedProcess:
        # slack_sdk uses a proxy even for this machine unless NO_PROXY excludes it.
        settings = self.settings()
        if command == "bot":
            # As in production, it gets no keys to MaxCompute.
            settings = {n: v for n, v in settings.items() if n not in variables_of_keys()}
        local = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        log = self._log(command)
        try:
            return OwnedProcess(
                [sys.executable, "-m", "odps_bot", command],
                env={**_inherited(), **local, **settings},
                stdout=log,
                stderr=log,
            )
        finally:
            if log is not None:
                os.close(log)

    def _log(self, command: str) -> int | None:
        if self.logs is None:
            return None
        path = self.logs / f"{command}.log"
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _inherited() -> dict[str, str]:
    """Return this process's environment without the bot's settings; the sandbox has its own.

    They may be those of a real installation, which must not be reached from here.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED_SETTINGS or not name.upper().startswith(PREFIXES)
    }


def run_sandbox(
    *,
    port: int,
    data: Path | None,
    workers: int,
    slack_mode: DeliveryMode,
    rotate_every: timedelta | None = None,
) -> None:
    """Run the sandbox with a bot and workers until Ctrl-C; restart processes that exit.

    With `rotate_every` its Slack replaces a Socket Mode connection so often.
    Raises OdpsBotError when something cannot be started.
    """
    stop = threading.Event()
    on_signals((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), stop.set)
    with Session(slack_mode=slack_mode, port=port, data=data) as session:
        session.start_bot()
        for _ in range(workers):
            session.start_worker()
        session.wait_until_ready()
        if rotate_every is not None:
            session.slack.rotate_sockets(Rotation(every=rotate_every))
        print(_welcome(session), flush=True)  # noqa: T201  -- the point of the command
        while not stop.wait(1):
            _restart_ended(session)
        print(GOODBYE, flush=True)  # noqa: T201  -- likewise


def _restart_ended(session: Session) -> None:
    if session.bot and session.bot.poll() is not None:
        session.start_bot()
    for worker in list(session.workers):
        if worker.poll() is not None:
            session.workers.remove(worker)
            session.start_worker()


def _welcome(session: Session) -> str:
    tries = "\n".join(f"  {step['title']:<22} {step['command']}" for step in TOUR[:3])
    return f"""
The odps-bot sandbox is running. Open

  {session.slack.url}

and, as Alice in #data-eng, type:

{tries}

MaxCompute is at {session.maxcompute.endpoint}, with the projects {" and ".join(PROJECTS)},
AccessKey ID {ACCESS_KEY_ID} and secret {ACCESS_KEY_SECRET}. You can also watch jobs that were
submitted elsewhere: run this in Python (`pip install pyodps`) and type what it prints:

{_snippet(session)}

"Reset" at the top of the page starts over. Ctrl-C stops the sandbox.
"""


def _snippet(session: Session) -> str:
    return f"""\
  from odps import ODPS
  odps = ODPS("{ACCESS_KEY_ID}", "{ACCESS_KEY_SECRET}",
              "{PROJECTS[0]}", "{session.maxcompute.endpoint}")
  instance = odps.run_sql("select count(*) from orders where ds >= '20261001'",
                          hints={{"sandbox.duration": "60"}})
  print("/odps watch", instance.id)"""


GOODBYE = """
The sandbox has stopped. For a real workspace, create a Slack app from the output of
`odps-bot manifest`, set the variables that `odps-bot doctor` lists, and start `odps-bot bot` and
`odps-bot worker`:
https://github.com/odps-bot/odps-bot/blob/main/docs/operating.md
"""
