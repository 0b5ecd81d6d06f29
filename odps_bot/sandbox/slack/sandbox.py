"""The sandbox's Slack, for people at its page and for tests in any thread."""

import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from odps_bot.sandbox.clock import Clock, utc_now
from odps_bot.sandbox.slack.actions import Actions
from odps_bot.sandbox.slack.app import SlackApp
from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.delivery.dispatcher import EVENT_RETRIES, Delivery
from odps_bot.sandbox.slack.delivery.rotation import Rotation
from odps_bot.sandbox.slack.errors import DeliveryFailedError, SlackError
from odps_bot.sandbox.slack.faults import Faults
from odps_bot.sandbox.slack.fixtures import TEAMS
from odps_bot.sandbox.slack.inspection import WorkspaceInspection
from odps_bot.sandbox.slack.loop_thread import LoopThread
from odps_bot.sandbox.slack.rate_limits import RateLimits
from odps_bot.sandbox.slack.server import ServerOptions, SlackServer
from odps_bot.sandbox.slack.user_actions import UserActions
from odps_bot.sandbox.slack.workspace import Workspace

_Result = TypeVar("_Result")
_DEFAULT_TIMEOUT = timedelta(seconds=10)
_NOT_RUNNING = "the sandbox's Slack is not running; call start() first"
_READ_ONLY = "a predicate of wait_until must only read: it holds the lock that actions need"

#: As long Slack waits for an acknowledgement, and lets an app open a view.
ACK_TIMEOUT = timedelta(seconds=3)


class SlackSandbox(UserActions, WorkspaceInspection):
    """A workspace with one app, served on this machine; a context manager.

    Every method can be called from any thread but the server's own. People and channels are named
    by id or by name (`"U0ALICE"` or `"alice"`, `"C0DATAENG1"` or `"#data-eng"`).
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        app: SlackApp | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
        signing_secret: str | None = None,
        delivery: Literal["socket", "http"] = "socket",
        request_url: str | None = None,
        tour: Sequence[Mapping[str, str]] = (),
        limits_enabled: bool = True,
        clock: Clock = utc_now,
        encodes_command_text: bool = True,
        ack_timeout: timedelta = ACK_TIMEOUT,
        event_retries: Sequence[timedelta] = EVENT_RETRIES,
        on_reset: Callable[[], None] | None = None,
        most_messages: int | None = None,
    ) -> None:
        """Prepare a server on `port` (0 for a free one); secrets that are not given are generated.

        `encodes_command_text` escapes `&`, `<` and `>` in the text of commands, as Slack does in
        messages; whether it does so in commands is not documented, so an app must handle both.
        `most_messages` is how many a page of a history or a thread has, however many are asked for.
        Somebody who waits longer than Slack does, with a longer `ack_timeout`, also lets the app
        open views for so long.
        `on_reset` is called for a reset at the page; by default only the workspace is reset.
        """
        self._on_reset = on_reset or self.reset
        self._credentials = Credentials.complete(
            bot_token=bot_token, app_token=app_token, signing_secret=signing_secret
        )
        self._workspace = Workspace(
            app=app or SlackApp(),
            clock=clock,
            tour=tour,
            trigger_lifetime=max(ack_timeout, ACK_TIMEOUT),
        )
        self._workspace.most_messages = most_messages
        self._limits = RateLimits(clock=clock, is_enabled=limits_enabled)
        self._options = ServerOptions(
            host=host,
            delivery=delivery,
            request_url=request_url,
            encodes_command_text=encodes_command_text,
            ack_timeout=ack_timeout,
            event_retries=event_retries,
        )
        self._port = port
        self._loop: LoopThread | None = None
        self._server: SlackServer | None = None
        self._inspecting: set[int] = set()  #: threads inside `wait_until`, which hold the lock
        self.faults = Faults(guard=self._workspace.changing)

    # -- lifecycle --------------------------------------------------------------------------------

    def start(self) -> Self:
        """Listen. Raises OSError when the port is taken."""
        loop = LoopThread(name="sandbox-slack")
        try:
            self._server = loop.call(self._build())
            self._port = loop.call(self._server.start(self._port))
        except BaseException:
            loop.stop()
            raise
        self._loop = loop
        return self

    def stop(self) -> None:
        """Close all connections; the state can still be read, and `start` continues from it."""
        if self._loop is not None and self._server is not None:
            self._loop.call(self._server.stop())
            self._loop.stop()
            self._loop = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port; it stays the same when the server is stopped and started again."""
        return self._port

    @property
    def url(self) -> str:
        """The address of the page, without a slash at its end."""
        return self._workspace.base_url

    @property
    def api_url(self) -> str:
        """The `base_url` for slack_sdk's WebClient."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The token of the installed bot (`xoxb-…`)."""
        return self._credentials.bot_token

    @property
    def app_token(self) -> str:
        """The token for Socket Mode (`xapp-…`)."""
        return self._credentials.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests to the app."""
        return self._credentials.signing_secret

    @property
    def client_id(self) -> str:
        """The app's client id for OAuth."""
        return self._workspace.installations.client_id

    @property
    def client_secret(self) -> str:
        """The app's client secret for OAuth."""
        return self._workspace.installations.client_secret

    def set_redirect_url(self, url: str) -> None:
        """Allow workspaces to install the app by OAuth, with `url` as redirect URL."""
        self._workspace.installations.redirect_url = url

    def uninstall(self, team_id: str) -> None:
        """Uninstall the app from a workspace."""
        self._run(lambda: self._workspace.installations.uninstall(TEAMS[team_id]))

    # -- waiting -----------------------------------------------------------------------------

    def wait_until(
        self, predicate: Callable[[], _Result], timeout: timedelta | float = _DEFAULT_TIMEOUT
    ) -> _Result:
        """Wait until `predicate` is true and return what it returned.

        It is evaluated after every change of the workspace and must only read. `timeout` is in
        seconds when it is a bare number. Raises TimeoutError.
        """
        patience = timeout if isinstance(timeout, timedelta) else timedelta(seconds=timeout)
        with self._workspace.changed:
            self._inspecting.add(threading.get_ident())
            try:
                result = self._workspace.changed.wait_for(predicate, patience.total_seconds())
            finally:
                self._inspecting.discard(threading.get_ident())
        if not result:
            newest = "\n".join(str(entry) for entry in self.traffic()[-8:])
            raise TimeoutError(f"not true within {patience}; latest traffic:\n{newest}")
        return result

    # -- reset -------------------------------------------------------------------------------

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause deliveries; inside, the app is not working on anything that was delivered."""
        server = self._running()
        self._call(server.dispatcher.pause())
        try:
            yield
        finally:
            self._run(server.dispatcher.resume)

    def reset(self) -> None:
        """Return to the initial state, without messages, files, views, faults or traffic.

        The app stays installed and connected; open pages reload.
        """
        self._run(self._reset)

    def _reset(self) -> None:
        self.faults.clear()
        self._limits.clear()
        self._workspace.reset()

    # -- faults ------------------------------------------------------------------------------

    def set_limits(self, *, is_enabled: bool) -> None:
        """Enable or disable the rate limits."""
        self._limits.is_enabled = is_enabled

    def disconnect_sockets(
        self, reason: str = "refresh_requested", *, abrupt: bool = False
    ) -> None:
        """Request new Socket Mode connections as Slack does, or drop them without notice.

        Reasons are `warning` (nothing is closed yet), `refresh_requested`, `link_disabled`.
        """
        server = self._running()
        if abrupt:
            self._run(server.sockets.abort)
        else:
            self._call(server.sockets.disconnect(reason))

    def rotate_sockets(self, rotation: Rotation | None) -> None:
        """Replace Socket Mode connections on a timer from now on, or no longer."""
        server = self._running()
        self._run(lambda: server.sockets.rotate(rotation))

    def set_socket_mode(self, *, is_enabled: bool) -> None:
        """Switch Socket Mode on or off, as an administrator does on the app's page."""
        self._call(self._running().sockets.set_enabled(is_enabled=is_enabled))

    @property
    def socket_count(self) -> int:
        """How many Socket Mode connections are open."""
        return self._running().sockets.connection_count

    @property
    def socket_tickets(self) -> int:
        """How many addresses for Socket Mode connections the app was given."""
        return self._workspace.socket_tickets.count

    @property
    def socket_rotations(self) -> int:
        """How many connections `rotate_sockets` has replaced."""
        return self._running().sockets.rotations

    def set_request_url(self, url: str | None) -> None:
        """Change where requests go when `delivery` is `http`."""
        server = self._running()
        self._run(lambda: server.http.set_request_url(url))

    def verify_request_url(self) -> Delivery:
        """Verify the request URL as Slack does: send the `ssl_check` and the challenge."""
        server = self._running()

        async def verify(_actions: Actions) -> Delivery:
            try:
                await server.http.check_ssl()
                await server.http.verify()
            except DeliveryFailedError as failure:
                return Delivery(ok=False, error=failure.code)
            return Delivery(ok=True)

        return self._deliver(verify)

    # -- internals ---------------------------------------------------------------------------

    async def _build(self) -> SlackServer:
        return SlackServer(
            self._workspace,
            credentials=self._credentials,
            limits=self._limits,
            faults=self.faults,
            options=self._options,
            reset=self._on_reset,
        )

    def _running(self) -> SlackServer:
        if self._loop is None or self._server is None:
            raise RuntimeError(_NOT_RUNNING)
        return self._server

    def _call(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        loop, is_inspecting = self._loop, threading.get_ident() in self._inspecting
        if loop is None or is_inspecting:
            coroutine.close()
            raise RuntimeError(_READ_ONLY if is_inspecting else _NOT_RUNNING)
        return loop.call(coroutine)

    def _act(self, act: Callable[[Actions], _Result]) -> _Result:
        actions = self._running().actions
        return self._run(lambda: act(actions))

    def _run(self, act: Callable[[], _Result]) -> _Result:
        async def run() -> _Result:
            return act()

        return self._call(run())

    def _deliver(self, act: Callable[[Actions], Coroutine[Any, Any, Delivery]]) -> Delivery:
        try:
            return self._call(act(self._running().actions))
        except SlackError as error:
            return Delivery(ok=False, error=error.code, details=error.details)
