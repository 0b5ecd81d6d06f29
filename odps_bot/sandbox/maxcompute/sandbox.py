"""The sandbox's MaxCompute as a server: start it, use its endpoint, stop it."""

import asyncio
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from odps_bot.sandbox.clock import Clock, utc_now
from odps_bot.sandbox.listener import Listener
from odps_bot.sandbox.maxcompute.access import Access
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.time_zones import SETTING
from odps_bot.sandbox.maxcompute.faults import Faults
from odps_bot.sandbox.maxcompute.instances import InstanceRecord, Instances
from odps_bot.sandbox.maxcompute.lifecycles import Lifecycles
from odps_bot.sandbox.maxcompute.operations import BASE_PATH
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.recorder import RecordedRequest, Recorder
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.server import Server
from odps_bot.sandbox.maxcompute.timing import Timing

ACCESS_KEY_ID = "sandbox-id"
ACCESS_KEY_SECRET = "sandbox-secret"  # noqa: S105  -- not a secret


class MaxComputeSandbox:
    """A server with MaxCompute's REST API that runs SQL in memory.

    Use it as a context manager, or call `start` and `stop`. It runs in its own thread, and several
    can run side by side. Once stopped it cannot be started again. All methods can be called from
    any thread.

    The first project has the sample tables. `properties` are those of projects, of which
    `odps.sql.timezone` is the zone of jobs that set none. `sts_tokens` maps access keys that
    require a security token to it. Signatures of version 4 must be made for `region`. Projects
    have the first of the `interactive_quotas` (MaxQA).
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        access_keys: Mapping[str, str] | None = None,
        sts_tokens: Mapping[str, str] | None = None,
        projects: tuple[str, ...] = ("sandbox", "analytics"),
        properties: Mapping[str, Mapping[str, str]] | None = None,
        region: str = "sandbox",
        interactive_quotas: tuple[str, ...] = ("interactive",),
        timing: Timing | None = None,
        orders_rows: int = 1_000_000,
        clock: Clock = utc_now,
    ) -> None:
        #: Planned faults.
        self.faults = Faults()
        #: Operations of the OpenAPI that RAM allows nobody, such as ``GetJobInfo``.
        self.openapi_refused: set[str] = set()
        self._host = host
        self._port = port
        self._access = Access(
            dict(access_keys or {ACCESS_KEY_ID: ACCESS_KEY_SECRET}),
            sts_tokens=dict(sts_tokens or {}),
            region=region,
            clock=clock,
        )
        self._projects = tuple(project.lower() for project in projects)
        self._region = region
        self._interactive_quotas = interactive_quotas
        self._properties = {name.lower(): dict(ps) for name, ps in (properties or {}).items()}
        self._pace = timing or Timing.natural()
        self._orders_rows = orders_rows
        self._clock = clock
        self._instances = Instances()
        self._recorder = Recorder()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_requested: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._is_ready = threading.Event()
        self._failure: BaseException | None = None
        # These are created in the server's thread.
        self._listener: Listener
        self._context: Context
        self._server: Server

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """Return the endpoint for clients; the server must be running."""
        return f"http://{self._host}:{self._port}{BASE_PATH}"

    @property
    def openapi_endpoint(self) -> str:
        """Return the endpoint of the OpenAPI; the server must be running."""
        return f"http://{self._host}:{self._port}"

    @property
    def port(self) -> int:
        """Return the port; a free one is known once the server is running."""
        return self._port

    def start(self) -> None:
        """Start serving, and return once requests are accepted.

        Raises OSError when the port is taken.
        """
        if self._thread is not None:
            raise RuntimeError("this sandbox was already started")
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="maxcompute-sandbox", daemon=True
        )
        self._thread.start()
        self._is_ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop the server and running instances; can be called again."""
        if self._thread is None or not self._thread.is_alive():
            return
        if self._loop is not None and self._stop_requested is not None:
            self._loop.call_soon_threadsafe(self._stop_requested.set)
        self._thread.join()

    def reset(self) -> None:
        """Return to the initial state: sample tables, no instances, faults or recorded requests.

        Running instances are stopped and unknown afterwards; endpoint and keys stay the same.
        Returns when all that is done. The server must be running.
        """
        if self._loop is None:
            raise RuntimeError("the sandbox is not running")
        asyncio.run_coroutine_threadsafe(self._reset(), self._loop).result()

    def instances(self) -> list[InstanceRecord]:
        """Return copies of all instances, oldest first."""
        return [instance.record() for instance in self._instances]

    def requests(self) -> list[RecordedRequest]:
        """Return the requests so far, oldest first."""
        return self._recorder.list()

    def clear_requests(self) -> None:
        """Remove the recorded requests."""
        self._recorder.clear()

    async def _serve(self) -> None:
        try:
            self._context = self._new_context(self._instances)
            self._server = Server(
                self._context,
                faults=self.faults,
                recorder=self._recorder,
                clock=self._clock,
                openapi_refused=self.openapi_refused,
            )
            runner = web.AppRunner(
                self._server.application(), access_log=None, shutdown_timeout=0.5
            )
            await runner.setup()
            await self._listen(runner)
        except BaseException as error:  # noqa: BLE001  -- `start` raises it in the caller's thread
            self._failure = error
            self._is_ready.set()
            return
        self._is_ready.set()
        await self._stop_event().wait()
        await self._listener.stop()
        await runner.shutdown()
        await self._context.lifecycles.stop_all()
        await runner.cleanup()
        self._context.engine.close()

    async def _reset(self) -> None:
        before = self._context
        self._context = await asyncio.to_thread(self._new_context, Instances())
        self._instances = self._context.instances
        self._server.replace_context(self._context)
        self.faults.clear()
        self._recorder.clear()
        await before.lifecycles.stop_all()
        for instance in before.instances:
            if not instance.is_terminated:  # somebody can be waiting for its end
                instance.end(TaskStatus.CANCELLED, self._clock())
        before.engine.close()

    def _new_context(self, instances: Instances) -> Context:
        zones = {name: ps[SETTING] for name, ps in self._properties.items() if SETTING in ps}
        engine = Engine(self._projects, orders_rows=self._orders_rows, time_zones=zones)
        return Context(
            projects=self._projects,
            region=self._region,
            access=self._access,
            engine=engine,
            properties=self._properties,
            interactive_quotas=self._interactive_quotas,
            instances=instances,
            lifecycles=Lifecycles(engine, instances, timing=self._pace, clock=self._clock),
        )

    async def _listen(self, runner: web.AppRunner) -> None:
        self._listener = Listener(self._host, self._port)
        self._port = await self._listener.start(runner)
        self._loop = asyncio.get_running_loop()
        self._stop_requested = asyncio.Event()

    def _stop_event(self) -> asyncio.Event:
        if self._stop_requested is None:
            raise RuntimeError("the sandbox is not running")
        return self._stop_requested
