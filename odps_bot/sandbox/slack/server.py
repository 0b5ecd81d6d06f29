"""Assembles the parts of the sandbox's Slack and serves them in an event loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from aiohttp import web

from odps_bot.sandbox.listener import Listener
from odps_bot.sandbox.slack.actions import Actions
from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.delivery.dispatcher import EVENT_RETRIES, Dispatcher
from odps_bot.sandbox.slack.delivery.http_sender import HttpSender
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.delivery.socket_mode import SocketModeSender
from odps_bot.sandbox.slack.faults import Faults
from odps_bot.sandbox.slack.rate_limits import RateLimits
from odps_bot.sandbox.slack.routes.control_routes import ControlRoutes
from odps_bot.sandbox.slack.routes.file_routes import FileRoutes
from odps_bot.sandbox.slack.routes.guard import add_security_headers, guard
from odps_bot.sandbox.slack.routes.oauth_routes import OAuthRoutes
from odps_bot.sandbox.slack.routes.page_routes import PageRoutes
from odps_bot.sandbox.slack.routes.socket_routes import SocketRoutes
from odps_bot.sandbox.slack.routes.web_api_routes import WebApiRoutes
from odps_bot.sandbox.slack.web_api.dispatch import WebApi
from odps_bot.sandbox.slack.workspace import Workspace

MAX_REQUEST_BYTES = 100_000_000
_SHUTDOWN_SECONDS = 0.5


class Routes(Protocol):
    """Anything that serves some paths."""

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """Where to listen and how to deliver to the app."""

    host: str
    delivery: Literal["socket", "http"]
    request_url: str | None
    encodes_command_text: bool
    ack_timeout: timedelta = timedelta(seconds=3)
    event_retries: Sequence[timedelta] = EVENT_RETRIES


class SlackServer:
    """One listening server; everything here happens in its event loop."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        credentials: Credentials,
        limits: RateLimits,
        faults: Faults,
        options: ServerOptions,
        reset: Callable[[], None],
    ) -> None:
        """Assemble the parts; must be called in the event loop."""
        self.sockets = SocketModeSender(workspace, ack_timeout=options.ack_timeout)
        self.http = HttpSender(
            workspace,
            credentials=credentials,
            request_url=options.request_url,
            ack_timeout=options.ack_timeout,
        )
        sender = self.sockets if options.delivery == "socket" else self.http
        self.dispatcher = Dispatcher(workspace, sender, event_retries=options.event_retries)
        self.actions = Actions.build(
            workspace,
            self.dispatcher,
            Payloads(workspace, credentials),
            encodes_command_text=options.encodes_command_text,
        )
        self._workspace = workspace
        self._options = options
        web_api = WebApi(workspace, credentials=credentials, limits=limits)
        self._page = PageRoutes(workspace)
        self._listener: Listener | None = None
        self._runner = self._build_runner(
            WebApiRoutes(workspace, web_api, faults),
            FileRoutes(workspace, credentials),
            OAuthRoutes(workspace),
            self._page,
            ControlRoutes(self.actions, faults=faults, limits=limits, reset=reset),
            SocketRoutes(self.sockets),
        )

    async def start(self, port: int) -> int:
        """Listen and return the port. Raises OSError when it is taken."""
        await self._runner.setup()
        self._listener = Listener(self._options.host, port)
        chosen = await self._listener.start(self._runner)
        host = self._options.host if self._options.host != "0.0.0.0" else "127.0.0.1"
        self._workspace.base_url = f"http://{host}:{chosen}"
        if self._options.delivery == "http":
            self.http.set_request_url(self._options.request_url)
        return chosen

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._listener is not None:
            await self._listener.stop()
        self._page.close()
        await self.dispatcher.close()
        await self.sockets.close()
        await self.http.close()
        await self._runner.cleanup()
        self._workspace.set_app_connected(is_connected=False)

    def _build_runner(self, *all_routes: Routes) -> web.AppRunner:
        application = web.Application(
            middlewares=[guard(self._options.host)], client_max_size=MAX_REQUEST_BYTES
        )
        application.on_response_prepare.append(add_security_headers)
        for routes in all_routes:
            routes.add_to(application.router)
        application.router.add_get("/link", self.sockets.connect)
        application.router.add_get("/link/", self.sockets.connect)
        return web.AppRunner(
            application,
            handle_signals=False,
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )
