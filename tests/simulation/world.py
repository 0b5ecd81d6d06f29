"""One world: a Redis, a MaxCompute, a Slack, a bot and workers, and people who use them."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from greenlet import getcurrent
from redis.exceptions import RedisError
from rq.timeouts import JobTimeoutException
from slack_bolt import BoltRequest
from slack_sdk.webhook import WebhookResponse

from odps_bot.app import create_app
from odps_bot.config.settings import Settings
from odps_bot.maxcompute.http.sessions import ThreadSessions
from odps_bot.runs.record import decode_run
from odps_bot.runs.run import Run
from odps_bot.services import Services
from odps_bot.slack import gateway
from odps_bot.slack.api.bounded_http import BoundedClient, BoundedWebhook
from odps_bot.store import keys, outbox
from odps_bot.store.job_queue import FILE_TIMEOUT, FILES_QUEUE, JOB_TIMEOUT
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import UPDATE_LIMIT
from tests.simulation import people
from tests.simulation.boundaries import Boundaries
from tests.simulation.faults import Fault, Faults
from tests.simulation.jobs import Queues, SimulatedJobQueue
from tests.simulation.loop import Loop, Process
from tests.simulation.maxcompute import Execution, MaxComputeServer
from tests.simulation.outside import outside
from tests.simulation.redis_client import SimulatedRedis
from tests.simulation.redis_server import VirtualRedisServer, Wire
from tests.simulation.slack import SlackServer
from tests.simulation.weather import Weather
from workers.delivery import deliver as delivery
from workers.delivery.senders import SenderPool
from workers.jobs import (
    answer_inquiries,
    deliver,
    diagnose_run,
    hold_run,
    poll_run,
    refresh_memberships,
    send_file,
    submit_run,
    sweep_project,
)
from workers.polling.held_runs import make_pool
from workers.polling.hold_pool import HoldPool
from workers.runtime.lanes import LANES
from workers.runtime.reconciler import detect_data_loss, reconcile_once

START_US = 1_800_000_000_000_000
WORKERS = ("worker-1", "worker-2")

#: A process that died is back after so long.
RESTART_S = (0.5, 6.0)

#: Slack waits so long for an acknowledgement.
ACK_S = 3.0

JOBS: dict[str, Callable[..., None]] = {
    f"{module.__name__}.{module.__name__.rpartition('.')[2]}": getattr(
        module, module.__name__.rpartition(".")[2]
    )
    for module in (
        answer_inquiries,
        deliver,
        diagnose_run,
        hold_run,
        poll_run,
        refresh_memberships,
        send_file,
        submit_run,
        sweep_project,
    )
}


class Machine(Process):
    """A process of the product: its services and senders are its memory."""

    def __init__(self, name: str, services: Services) -> None:
        super().__init__(name)
        self.services = services
        self.senders = SenderPool()
        self.holds = make_pool(services)
        self.app: Any = None
        #: when the process has last read the locks of projects
        self.locks_read_us = 0


class Watcher:
    """Is told of what happens outside the product."""

    def check_execution(self, execution: Execution) -> None:
        """A statement begins to run."""

    def check_repetition(self, execution: Execution) -> None:
        """A statement is sent again that MaxCompute has taken."""

    def check_shown(self, channel: str, user: str, text: str) -> None:
        """Something is shown in a channel, or to one person."""


@dataclass
class Acknowledged:
    """What came back from the bot for an envelope; None: nothing in time."""

    text: str | None = None
    is_acknowledged: bool = False


@dataclass
class World:
    """All of it. `play` lets time pass."""

    seed: int
    server: VirtualRedisServer
    wire: Wire
    faults: Faults
    folder: Path
    keep_days: int = 7
    scarce_updates_per_s: float = UPDATE_LIMIT.per_second
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = Loop(START_US, report=self._report)
        outside.enter(self.loop, seed=self.seed)
        self.people = Process("people")
        self.server.set_clock(START_US)
        self.wire.call([("FLUSHALL",), ("SCRIPT FLUSH",)])
        self.maxcompute = MaxComputeServer(
            self.seed,
            now_us=lambda: self.loop.now_us,
            on_execution=self._on_execution,
            on_repetition=self._on_repetition,
        )
        self.slack = SlackServer(
            now_us=lambda: self.loop.now_us,
            on_shown=self._on_shown,
        )
        self.queues = Queues(self.loop)
        self.boundaries = Boundaries(
            loop=self.loop,
            faults=self.faults,
            server=self.server,
            wire=self.wire,
            maxcompute=self.maxcompute,
            slack=self.slack,
            queues=self.queues,
            crash=self.crash,
        )
        self.settings = self._settings()
        # In half of the seeds updates are scarce.
        is_tight = self.faults.chance("updates") < 0.5
        limit = replace(UPDATE_LIMIT, per_second=self.scarce_updates_per_s if is_tight else 30)
        for module in (gateway, delivery, outbox):
            module.UPDATE_LIMIT = limit
        self.machines: dict[str, Machine] = {}
        self.watcher: Watcher = Watcher()
        self.is_over = False
        WORLD.world = self
        self.weather = Weather(self)
        for name in ("bot", *WORKERS):
            self.loop.call_in(0, partial(self._start, name))

    def violate(self, what: str) -> None:
        """Record that something happened which must never happen."""
        self.violations.append(f"at {self.loop.now_us / 1e6 - START_US / 1e6:.3f} s: {what}")

    def crash(self, process: Process) -> None:
        """Let a process die now, and come back in a while."""
        if process.is_dead or not isinstance(process, Machine):
            return
        name = process.name
        low, high = RESTART_S
        pause_s = low + (high - low) * self.faults.chance(f"restart {name}", self.loop.now_us)
        self.machines.pop(name, None)
        self.loop.call_in(pause_s, partial(self._start, name))
        self.loop.kill(process)

    def run_of(self, run_id: str) -> Run | None:
        """Return the run as it is in Redis; no boundary is crossed."""
        record = self.boundaries.now_in_redis([("HGET", keys.run(run_id), "record")])[0]
        return decode_run(record) if isinstance(record, bytes) else None

    def send(self, body: dict[str, Any]) -> Acknowledged:
        """Deliver what a person did, as Slack would; return what came back within 3 seconds."""
        ack = Acknowledged()
        fault = self.faults.at("envelope", f"envelope {body['trigger_id']}").fault
        if fault is not Fault.DROPPED:
            delay_s = 0.02 + (3.5 if fault is Fault.DELAYED else 0)
            self.loop.call_in(delay_s, partial(self._deliver, body, ack))
        if fault is Fault.DOUBLED:
            self.loop.call_in(0.5, partial(self._deliver, body, Acknowledged()))
        self.loop.sleep(ACK_S)
        return replace(ack)

    def is_quiet(self) -> bool:
        """Return whether nothing waits for anybody any more."""
        names = [keys.deadlines(), *(keys.outbox(kind) for kind in NotificationKind)]
        names += [keys.watched(project) for project in people.PROJECTS]
        return not any(self.boundaries.now_in_redis([("ZCARD", name) for name in names]))

    def was_locked_at_recheck(self, project: str) -> bool:
        """Return whether the project was locked when whoever acts now has read the locks, or is."""
        locked = getattr(getcurrent(), "locked", None)
        if locked is None:
            locked = self.boundaries.locked_projects()
        return project.encode() in locked

    def end(self) -> None:
        """Let all processes die."""
        self.is_over = True
        for machine in [*self.machines.values(), self.people]:
            self.loop.kill(machine)
        self.loop.run(until_us=self.loop.now_us)

    def _deliver(self, body: dict[str, Any], ack: Acknowledged) -> None:
        bot = self.machines.get("bot")
        if bot is None or bot.app is None:
            return

        def handle() -> None:
            response = bot.app.dispatch(
                BoltRequest(body=json.loads(json.dumps(body)), mode="socket_mode")
            )
            ack.is_acknowledged = response.status == 200
            said = response.body
            if said and isinstance(said, str) and said.startswith("{"):
                ack.text = json.loads(said).get("text")
                self.slack._tell(body["user_id"], body["channel_id"], json.loads(said))

        self.loop.spawn(handle, bot)

    def _start(self, name: str) -> None:
        if self.is_over:
            return
        machine = Machine(name, self._services(name))
        self.machines[name] = machine
        if name == "bot":
            self.loop.spawn(partial(self._run_bot, machine), machine)
        else:
            for lane in LANES:
                for queue in lane.queues:
                    for _ in range(lane.threads):
                        self.loop.spawn(partial(self._run_jobs, queue, machine), machine)
            self.loop.spawn(partial(self._reconcile, machine), machine)

    def _run_bot(self, machine: Machine) -> None:
        while machine.app is None:
            try:
                machine.app = create_app(machine.services)
            except Exception:  # noqa: BLE001  -- Slack does not answer: it is started again
                self.loop.sleep(1)

    def _run_jobs(self, queue: str, machine: Machine) -> None:
        me: Any = getcurrent()
        me.too_long = JobTimeoutException
        limit = FILE_TIMEOUT if queue == FILES_QUEUE else JOB_TIMEOUT
        while True:
            me.limit_us = None
            _, _, function, arguments = self.queues.take(queue)
            me.limit_us = self.loop.now_us + limit // timedelta(microseconds=1)
            me.locked = None
            try:
                JOBS[function](**arguments)
            except Exception as error:  # noqa: BLE001  -- the job has failed, the worker goes on
                self._report(machine, error)

    def _reconcile(self, machine: Machine) -> None:
        memory: bytes | None = None
        while True:
            self.loop.sleep(1)
            with suppress(RedisError):
                memory = detect_data_loss(memory, machine.services)
                reconcile_once(machine.services)

    def _services(self, name: str) -> Services:
        redis = SimulatedRedis(self.boundaries.redis)
        services = Services.from_settings(self.settings, redis=redis)
        jobs = SimulatedJobQueue(
            self.queues, now_us=lambda: self.loop.now_us, put=self.boundaries.put
        )
        return replace(services, jobs=jobs)  # type: ignore[arg-type]

    def _settings(self) -> Settings:
        rules = self.folder / "odps-bot.toml"
        rules.write_text(people.RULES)
        return Settings.from_environ(
            {
                "SLACK_BOT_TOKEN": "xoxb-simulated",
                "SLACK_API_URL": "https://slack.example/api/",
                "REDIS_URL": "redis://simulated",
                "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
                "ODPS_ENDPOINT": "https://maxcompute.example/api",
                "ODPS_PROJECTS": ",".join(people.PROJECTS),
                "ODPS_BOT_RULES": str(rules),
                "ODPS_BOT_REQUESTS_PER_SECOND": "50",
                "ODPS_BOT_PATIENCE_HOURS": "1",
                "ODPS_BOT_KEEP_DAYS": str(self.keep_days),
            }
        )

    def _on_execution(self, execution: Execution) -> None:
        self.watcher.check_execution(execution)

    def _on_repetition(self, execution: Execution) -> None:
        self.watcher.check_repetition(execution)

    def _on_shown(self, channel: str, user: str, text: str) -> None:
        self.watcher.check_shown(channel, user, text)

    def _report(self, process: Process, error: Exception) -> None:
        if isinstance(error, RedisError):
            return
        logging.getLogger("simulation").debug("%s", error, exc_info=error)
        self.violate(f"{process.name} raised {type(error).__name__}: {error}")


class _Present:
    """The world that is played at the moment: what was patched in the product asks it."""

    def __init__(self) -> None:
        self.world: World | None = None

    @property
    def boundaries(self) -> Boundaries:
        assert self.world is not None
        return self.world.boundaries


WORLD = _Present()


def _services_of_this_process() -> Services:
    machine: Machine = getcurrent().process  # type: ignore[attr-defined]
    return machine.services


def _senders_of_this_process() -> SenderPool:
    machine: Machine = getcurrent().process  # type: ignore[attr-defined]
    return machine.senders


def _hold_pool_of_this_process() -> HoldPool:
    machine: Machine = getcurrent().process  # type: ignore[attr-defined]
    return machine.holds


def _call_slack(_client: BoundedClient, url: str, request: Any) -> dict[str, Any]:
    content_type = str(request.get_header("Content-type", ""))
    body = WORLD.boundaries.slack(url, content_type, request.data or b"")
    return {"status": 200, "headers": {}, "body": body}


def _call_hook(client: BoundedWebhook, url: str, request: Any) -> WebhookResponse:
    body = WORLD.boundaries.slack(url, "application/json", request.data)
    return WebhookResponse(url=client.url, status_code=200, body=body, headers={})


def _call_maxcompute(_sessions: ThreadSessions, method: str, **about: Any) -> Any:
    return WORLD.boundaries.maxcompute(method, **about)


def connect_product() -> None:
    """Let the product's clients and jobs meet the world of the moment, whichever it is."""
    for module in (
        answer_inquiries,
        deliver,
        diagnose_run,
        hold_run,
        poll_run,
        refresh_memberships,
        send_file,
        submit_run,
        sweep_project,
    ):
        module.get_services = _services_of_this_process
    deliver.get_senders = _senders_of_this_process
    hold_run.get_hold_pool = _hold_pool_of_this_process
    BoundedClient._perform_urllib_http_request_internal = _call_slack
    BoundedWebhook._perform_http_request_internal = _call_hook
    ThreadSessions.send = _call_maxcompute
    logging.disable(logging.CRITICAL)
