"""A Slack of one's own, for a person at the page and for tests in any thread."""

import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from odps_bot.sandbox.slack.actions import Actions
from odps_bot.sandbox.slack.app import SlackApp
from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.delivery.dispatcher import EVENT_RETRIES, Delivery
from odps_bot.sandbox.slack.errors import DeliveryFailedError, SlackError
from odps_bot.sandbox.slack.faults import Faults
from odps_bot.sandbox.slack.loop_thread import LoopThread
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.rate_limits import RateLimits
from odps_bot.sandbox.slack.server import ServerOptions, SlackServer
from odps_bot.sandbox.slack.timestamps import Clock, utc_now
from odps_bot.sandbox.slack.workspace import Workspace

_Result = TypeVar("_Result")
_PATIENCE = timedelta(seconds=10)
_NOT_RUNNING = "The sandbox's Slack is not running; call start() first."
_ONLY_LOOK = "A predicate of wait_until must only look: it holds the state that acting changes."


class SlackSandbox:
    """A workspace with one app, served on this machine; a context manager.

    Every method may be called from any thread but the server's own. People and channels are named
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
        ack_timeout: timedelta = timedelta(seconds=3),
        event_retries: Sequence[timedelta] = EVENT_RETRIES,
    ) -> None:
        """Prepare a server on `port` (0: a free one); secrets that are not given are generated.

        `encodes_command_text` escapes `&`, `<` and `>` in the text of commands, as Slack does in
        messages; whether it does so in commands is not documented, so an app must cope with both.
        """
        self._credentials = Credentials.complete(
            bot_token=bot_token, app_token=app_token, signing_secret=signing_secret
        )
        self._workspace = Workspace(app=app or SlackApp(), clock=clock, tour=tour)
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
        self._looking: set[int] = set()  #: threads inside `wait_until`, which hold the state
        self.faults = Faults(guard=self._workspace.changing)

    # -- life --------------------------------------------------------------------------------

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
        """Close all connections; what happened can still be read, and `start` begins again."""
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

    # -- acting as a person ------------------------------------------------------------------

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Delivery:
        """Type something; a command waits for its acknowledgement, at most three seconds."""
        return self._deliver(
            lambda acts: acts.messages.say(user, channel, text, thread_ts=thread_ts)
        )

    def edit(self, user: str, channel: str, message_ts: str, text: str) -> None:
        """Change what a person wrote. Raises SlackError `cant_update_message`."""
        self._act(lambda acts: acts.messages.edit(user, channel, message_ts, text))

    def delete(self, user: str, channel: str, message_ts: str) -> None:
        """Take away what a person wrote. Raises SlackError `cant_delete_message`."""
        self._act(lambda acts: acts.messages.delete(user, channel, message_ts))

    def share_file(  # noqa: PLR0917  -- named like this by the API that tests and the page share
        self,
        user: str,
        channel: str,
        name: str,
        content: str | bytes,
        comment: str = "",
        thread_ts: str | None = None,
    ) -> Delivery:
        """Send a message with a file; its timestamp is in what is returned."""
        data = content.encode() if isinstance(content, str) else content

        async def share(acts: Actions) -> Delivery:
            return acts.files.share(user, channel, name, data, comment, thread_ts=thread_ts)

        return self._deliver(share)

    def click(  # noqa: PLR0917  -- named like this by the API that tests and the page share
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
    ) -> Delivery:
        """Use a button or another element of a message, and wait for the acknowledgement."""
        return self._deliver(
            lambda acts: acts.messages.click(
                user, channel, message_ts, action_id=action_id, block_id=block_id, value=value
            )
        )

    def click_in_view(  # noqa: PLR0917  -- named like this by the API that tests and the page share
        self,
        user: str,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
        values: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Use an element of a modal or home tab; `values` is what is entered in it so far."""
        return self._deliver(
            lambda acts: acts.views.click(
                user, view_id, action_id=action_id, block_id=block_id, value=value, values=values
            )
        )

    def submit_view(self, user: str, view_id: str, values: Mapping[str, Any]) -> Delivery:
        """Fill in a modal, submit it, and do what the app answers.

        `values` is by action id, or by block id and action id. What the client itself would refuse
        never reaches the app: `missing_input`, `input_too_long` and others.
        """
        return self._deliver(lambda acts: acts.modals.submit(user, view_id, values))

    def close_view(self, user: str, view_id: str, *, closes_all: bool = False) -> Delivery:
        """Close a modal, with all below it if asked."""
        return self._deliver(lambda acts: acts.modals.close(user, view_id, closes_all=closes_all))

    def open_home(
        self, user: str, tab: Literal["home", "messages"] = "home"
    ) -> dict[str, Any] | None:
        """Open the app's home or messages; return the home tab as it is published so far.

        Raises SlackError `not_enabled` when the app has no such tab.
        """
        return self._act(lambda acts: acts.views.open_home(user, tab=tab))

    def shortcut(self, user: str, callback_id: str) -> Delivery:
        """Start a global shortcut, and wait for the acknowledgement."""
        return self._deliver(lambda acts: acts.shortcuts.start(user, callback_id))

    def message_shortcut(
        self, user: str, callback_id: str, channel: str, message_ts: str
    ) -> Delivery:
        """Start a shortcut from a message, and wait for the acknowledgement."""
        return self._deliver(
            lambda acts: acts.shortcuts.start_on_message(user, callback_id, channel, message_ts)
        )

    def invite(self, user: str, channel: str) -> None:
        """Bring the bot into a channel."""
        self._act(lambda acts: acts.channels.invite(user, channel))

    def kick(self, channel: str) -> None:
        """Take the bot out of a channel."""
        self._act(lambda acts: acts.channels.kick(channel))

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self._act(lambda acts: acts.channels.archive(channel, archived=archived))

    def rename(self, channel: str, name: str) -> None:
        """Give a channel another name. Raises SlackError `invalid_name`, `name_taken`."""
        self._act(lambda acts: acts.channels.rename(channel, name))

    def make_private(self, channel: str) -> None:
        """Close a public channel to all but its members."""
        self._act(lambda acts: acts.channels.make_private(channel))

    def delete_channel(self, channel: str) -> None:
        """Delete a channel with all that was said in it."""
        self._act(lambda acts: acts.channels.delete(channel))

    # -- looking -----------------------------------------------------------------------------

    def messages(self, channel: str, *, include_ephemeral: bool = True) -> list[Message]:
        """Return what was said in a channel, replies included, oldest first."""
        with self._workspace.changed:
            log = self._workspace.channel(channel).log
            return [dict(m) for m in log if include_ephemeral or not m.get("is_ephemeral")]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """Return the replies to a message that everybody sees, oldest first."""
        with self._workspace.changed:
            return [dict(reply) for reply in self._workspace.channel(channel).log.replies(ts)]

    def ephemerals(self, user: str) -> list[Message]:
        """Return what only this person sees, in all channels, oldest first."""
        with self._workspace.changed:
            user_id = self._workspace.person(user).id
            found = [
                dict(message)
                for channel in self._workspace.channels.values()
                for message in channel.log
                if message.get("visible_to") == user_id
            ]
        return sorted(found, key=lambda message: float(message["ts"]))

    def views(self, user: str) -> list[dict[str, Any]]:
        """Return the modals that a person sees, the one on top last."""
        with self._workspace.changed:
            user_id = self._workspace.person(user).id
            return [dict(view) for view in self._workspace.views.stacks.get(user_id, [])]

    def home(self, user: str) -> dict[str, Any] | None:
        """Return the home tab that is published for a person."""
        with self._workspace.changed:
            return self._workspace.views.homes.get(self._workspace.person(user).id)

    def files(self) -> list[dict[str, Any]]:
        """Return the files that were shared, each with its `content`."""
        with self._workspace.changed:
            shared = self._workspace.files.shared()
            return [
                self._workspace.describe_file(f) | {"content": f.content or b""} for f in shared
            ]

    def traffic(self) -> list[dict[str, Any]]:
        """Return what went to and fro between Slack and the app, oldest first."""
        with self._workspace.changed:
            return self._workspace.traffic.newest()

    @property
    def is_app_connected(self) -> bool:
        """Whether the app has a connection, or answered its last request."""
        with self._workspace.changed:
            return self._workspace.is_app_connected

    def wait_until(
        self, predicate: Callable[[], _Result], timeout: timedelta | float = _PATIENCE
    ) -> _Result:
        """Wait until `predicate` is true and return what it returned.

        It is asked after every change of the workspace, and must only look. `timeout` is in
        seconds when it is a bare number. Raises TimeoutError.
        """
        patience = timeout if isinstance(timeout, timedelta) else timedelta(seconds=timeout)
        with self._workspace.changed:
            self._looking.add(threading.get_ident())
            try:
                result = self._workspace.changed.wait_for(predicate, patience.total_seconds())
            finally:
                self._looking.discard(threading.get_ident())
        if not result:
            newest = "\n".join(str(entry) for entry in self.traffic()[-8:])
            raise TimeoutError(f"not true within {patience}; the newest traffic:\n{newest}")
        return result

    # -- disturbing --------------------------------------------------------------------------

    def set_limits(self, *, is_enabled: bool) -> None:
        """Switch the rate limits on or off."""
        self._limits.is_enabled = is_enabled

    def disconnect_sockets(
        self, reason: str = "refresh_requested", *, abrupt: bool = False
    ) -> None:
        """Ask for new Socket Mode connections as Slack does, or cut them without a word.

        Reasons are `warning` (nothing is closed yet), `refresh_requested`, `link_disabled`.
        """
        server = self._running()
        if abrupt:
            self._run(server.sockets.abort)
        else:
            self._call(server.sockets.disconnect(reason))

    def set_request_url(self, url: str | None) -> None:
        """Change where requests go when `delivery` is `http`."""
        server = self._running()
        self._run(lambda: server.http.set_request_url(url))

    def verify_request_url(self) -> Delivery:
        """Send what Slack sends to a new request URL: the `ssl_check` and the challenge."""
        server = self._running()

        async def verify(_acts: Actions) -> Delivery:
            try:
                await server.http.check_ssl()
                await server.http.verify()
            except DeliveryFailedError as failure:
                return Delivery(ok=False, error=failure.code)
            return Delivery(ok=True)

        return self._deliver(verify)

    # -- inside ------------------------------------------------------------------------------

    async def _build(self) -> SlackServer:
        return SlackServer(
            self._workspace,
            credentials=self._credentials,
            limits=self._limits,
            faults=self.faults,
            options=self._options,
        )

    def _running(self) -> SlackServer:
        if self._loop is None or self._server is None:
            raise RuntimeError(_NOT_RUNNING)
        return self._server

    def _call(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        loop, is_looking = self._loop, threading.get_ident() in self._looking
        if loop is None or is_looking:
            coroutine.close()
            raise RuntimeError(_ONLY_LOOK if is_looking else _NOT_RUNNING)
        return loop.call(coroutine)

    def _act(self, act: Callable[[Actions], _Result]) -> _Result:
        acts = self._running().actions
        return self._run(lambda: act(acts))

    def _run(self, act: Callable[[], _Result]) -> _Result:
        async def run() -> _Result:
            return act()

        return self._call(run())

    def _deliver(self, act: Callable[[Actions], Coroutine[Any, Any, Delivery]]) -> Delivery:
        try:
            return self._call(act(self._running().actions))
        except SlackError as refusal:
            return Delivery(ok=False, error=refusal.code, ack=refusal.details or None)
