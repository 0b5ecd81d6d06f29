"""Socket Mode: envelopes over the WebSockets that the app opened.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import uuid
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from typing import Any

from aiohttp import WSMsgType, web

from odps_bot.sandbox.slack.app import APP_ID
from odps_bot.sandbox.slack.delivery.rotation import Rotation, Step
from odps_bot.sandbox.slack.delivery.sender import EnvelopeKind
from odps_bot.sandbox.slack.errors import DeliveryFailedError
from odps_bot.sandbox.slack.traffic import Exchange, summarize
from odps_bot.sandbox.slack.workspace import Workspace

MAX_CONNECTIONS = 10
#: How long a connection stays open after its replacement was requested.
GRACE = timedelta(seconds=10)
_PING_SECONDS = 30
_HOST = "applink-sandbox"
_CONNECTION_TIME = timedelta(hours=5)


@dataclass(eq=False)
class _Connection:
    socket: web.WebSocketResponse
    request: web.Request
    is_leaving: bool = False  #: its end was announced
    is_closing: bool = False  #: it gets no more envelopes
    waiting: set[asyncio.Future[Any]] = field(default_factory=set)
    chosen_at: int = 0  #: when it last got an envelope, counted in envelopes


class SocketModeSender:
    """The open connections of the app; each envelope is sent to any one of them."""

    def __init__(self, workspace: Workspace, *, ack_timeout: timedelta) -> None:
        """Wait for acknowledgements for `ack_timeout`."""
        self._workspace = workspace
        self._ack_timeout = ack_timeout
        self._connections: list[_Connection] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._rotation: asyncio.Task[None] | None = None
        self._is_enabled = True
        self._chosen = 0
        #: How many connections were rotated by a timer.
        self.rotations = 0

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket until either side closes it."""
        if not self._workspace.socket_tickets.redeem(request.query.get("ticket", "")):
            return web.Response(status=401, text="invalid ticket")
        socket = web.WebSocketResponse(heartbeat=_PING_SECONDS, max_msg_size=0)
        await socket.prepare(request)
        if refusal := self._refusal():
            await socket.send_json(_disconnect_message(refusal))
            await socket.close()
            return socket
        connection = _Connection(socket, request)
        self._connections.append(connection)
        try:
            await socket.send_json(_hello_message(len(self._connections)))
            self._workspace.set_app_connected(is_connected=True)
            await self._read(socket)
        finally:
            self._connections.remove(connection)
            self._workspace.set_app_connected(is_connected=bool(self._connections))
        return socket

    def _refusal(self) -> str | None:
        if not self._is_enabled:
            return "link_disabled"
        return "too_many_websockets" if len(self._connections) >= MAX_CONNECTIONS else None

    @property
    def connection_count(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def deliver(
        self, kind: EnvelopeKind, payload: dict[str, Any], *, attempt: int = 0, reason: str = ""
    ) -> Any:
        """Send an envelope to one connection and return the content of its acknowledgement."""
        connection = self._choose_connection()
        envelope_id = str(uuid.uuid4())
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        acknowledged = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acknowledged
        connection.waiting.add(acknowledged)
        try:
            await connection.socket.send_json(envelope)
            return await asyncio.wait_for(acknowledged, self._ack_timeout.total_seconds())
        except TimeoutError:
            raise DeliveryFailedError("operation_timeout", reason="timeout") from None
        except ConnectionError:
            raise DeliveryFailedError("dispatch_failed", reason="connection_failed") from None
        finally:
            del self._waiting[envelope_id]
            connection.waiting.discard(acknowledged)

    async def disconnect(self, reason: str) -> None:
        """Announce the end of all connections; `warning` does not close them."""
        for connection in list(self._connections):
            await self._announce(connection, reason)
            if reason != "warning":
                self._start(self._close_after(connection, GRACE))

    async def set_enabled(self, *, is_enabled: bool) -> None:
        """Switch Socket Mode on or off, as on the app's page: `link_disabled` ends connections."""
        self._is_enabled = is_enabled
        if not is_enabled:
            for connection in list(self._connections):
                await self._announce(connection, "link_disabled")
                self._start(self._close_after(connection, timedelta()))

    def rotate(self, rotation: Rotation | None) -> None:
        """Rotate connections from now on, or no longer."""
        if self._rotation is not None:
            self._rotation.cancel()
        self._rotation = self._start(self._keep_rotating(rotation)) if rotation else None

    async def _keep_rotating(self, rotation: Rotation) -> None:
        for steps in cycle(rotation.scripts()):
            await asyncio.sleep(rotation.every.total_seconds())
            oldest = next((one for one in self._connections if not one.is_leaving), None)
            if oldest is not None:
                self.rotations += 1
                self._start(self._rotate_one(oldest, steps))

    async def _rotate_one(self, connection: _Connection, steps: tuple[Step, ...]) -> None:
        for step in steps:
            await self._announce(connection, step.reason)
            await asyncio.sleep(step.pause.total_seconds())
        await self._close_after(connection, timedelta())

    async def _announce(self, connection: _Connection, reason: str) -> None:
        connection.is_leaving = True
        with suppress(ConnectionError):  # already closed
            await connection.socket.send_json(_disconnect_message(reason))

    async def _close_after(self, connection: _Connection, pause: timedelta) -> None:
        """Close a connection once what it has delivered is acknowledged, or was not in time."""
        await asyncio.sleep(pause.total_seconds())
        connection.is_closing = True
        if connection.waiting:
            await asyncio.wait(set(connection.waiting))
        await connection.socket.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def abort(self) -> None:
        """Abort all connections without notice."""
        for connection in list(self._connections):
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def close(self) -> None:
        """Close all connections."""
        for task in list(self._tasks):
            task.cancel()
        for connection in list(self._connections):
            await connection.socket.close()

    def _choose_connection(self) -> _Connection:
        usable = [entry for entry in self._connections if not entry.is_closing]
        if not usable:
            raise DeliveryFailedError("app_not_connected", reason="connection_failed")
        chosen = min(usable, key=lambda entry: entry.chosen_at)
        self._chosen += 1
        chosen.chosen_at = self._chosen
        return chosen

    async def _read(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                response = json.loads(message.data)
                acknowledged = self._waiting.get(response["envelope_id"])
            except (ValueError, TypeError, KeyError):
                continue
            payload = response.get("payload")
            self._note_ack(payload, is_expected=acknowledged is not None)
            if acknowledged is not None and not acknowledged.done():
                acknowledged.set_result(payload)

    def _note_ack(self, payload: Any, *, is_expected: bool) -> None:
        with self._workspace.changing():
            self._workspace.traffic.add(
                Exchange(
                    at=self._workspace.clock(),
                    direction="in",
                    kind="ack",
                    method="ack",
                    http_status=None,
                    ok=is_expected,
                    error=None if is_expected else "unknown_envelope",
                    summary=summarize(payload) if isinstance(payload, dict) else "",
                    request=payload,
                )
            )


def _hello_message(connections: int) -> dict[str, Any]:
    return {
        "type": "hello",
        "num_connections": connections,
        "connection_info": {"app_id": APP_ID},
        "debug_info": {
            "host": _HOST,
            "build_number": 10,
            "approximate_connection_time": int(_CONNECTION_TIME.total_seconds()),
        },
    }


def _disconnect_message(reason: str) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}
