"""The control API of Socket Mode's connections, as posts to `/sandbox/`."""

from datetime import timedelta

from aiohttp import web

from odps_bot.sandbox.slack.delivery.rotation import NOTICE, Rotation
from odps_bot.sandbox.slack.delivery.socket_mode import SocketModeSender
from odps_bot.sandbox.slack.routes.control_routes import Body, serve_act


class SocketRoutes:
    """`rotation`, `disconnect` and `socket_mode`; each answers with how many are open."""

    def __init__(self, sockets: SocketModeSender) -> None:
        """Act on these connections."""
        self._sockets = sockets

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_post("/sandbox/rotation", serve_act(self._rotate))
        router.add_post("/sandbox/disconnect", serve_act(self._disconnect))
        router.add_post("/sandbox/socket_mode", serve_act(self._set_enabled))

    async def _rotate(self, body: Body) -> Body:
        """`every` and `notice` are in seconds; without `every` no connection is replaced."""
        if body.get("every"):
            every = timedelta(seconds=float(body["every"]))
            notice = timedelta(seconds=float(body.get("notice", NOTICE.total_seconds())))
            self._sockets.rotate(Rotation(every=every, notice=notice))
        else:
            self._sockets.rotate(None)
        return self._outcome()

    async def _disconnect(self, body: Body) -> Body:
        if body.get("abrupt"):
            self._sockets.abort()
        else:
            await self._sockets.disconnect(str(body.get("reason", "refresh_requested")))
        return self._outcome()

    async def _set_enabled(self, body: Body) -> Body:
        await self._sockets.set_enabled(is_enabled=bool(body["enabled"]))
        return self._outcome()

    def _outcome(self) -> Body:
        return {
            "ok": True,
            "connections": self._sockets.connection_count,
            "rotations": self._sockets.rotations,
        }
