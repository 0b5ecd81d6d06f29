"""The page and what it asks: state, live events, and what a person does."""

import asyncio
import json
import mimetypes
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.resources import files
from typing import Any

from aiohttp import web

from odps_bot.sandbox.slack.delivery.dispatcher import Delivery
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.faults import Faults
from odps_bot.sandbox.slack.modal_actions import ModalActions
from odps_bot.sandbox.slack.person_actions import PersonActions
from odps_bot.sandbox.slack.rate_limits import RateLimits
from odps_bot.sandbox.slack.routes.page_state import may_see, page_state
from odps_bot.sandbox.slack.workspace import Workspace

HEARTBEAT_SECONDS = 15.0
_NUMBER = re.compile(r"[0-9]{1,16}")
_ASSET = re.compile(r"[\w-]+(\.[\w-]+)+")
_CONTENT_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}

Body = dict[str, Any]


class PageRoutes:
    """Everything under `/`, `/page/` and `/sandbox/`."""

    def __init__(
        self,
        workspace: Workspace,
        actions: PersonActions,
        modals: ModalActions,
        *,
        faults: Faults,
        limits: RateLimits,
    ) -> None:
        """Act in the workspace by `actions`, and in modals by `modals`."""
        self._modals = modals
        self._workspace = workspace
        self._actions = actions
        self._faults = faults
        self._limits = limits
        self._closing = asyncio.Event()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get("/", self.index)
        router.add_get("/page/{name}", self.asset)
        router.add_get("/sandbox/state", self.state)
        router.add_get("/sandbox/events", self.events)
        router.add_get("/sandbox/traffic", self.traffic)
        router.add_get("/sandbox/messages", self.messages)
        for name, act in self._commands().items():
            router.add_post(f"/sandbox/{name}", self._command(act))

    def close(self) -> None:
        """End the event streams."""
        self._closing.set()

    async def index(self, _request: web.Request) -> web.StreamResponse:
        """Serve the page."""
        return _read_asset("index.html")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Serve what belongs to the page."""
        return _read_asset(request.match_info["name"])

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Serve all that a person sees."""
        try:
            with self._workspace.changed:
                person = self._workspace.person(request.query.get("user", ""))
                return web.json_response(page_state(self._workspace, person))
        except SlackError as refusal:
            return web.json_response(refusal.body(), status=400)

    async def traffic(self, request: web.Request) -> web.StreamResponse:
        """Serve the log of what went to and fro."""
        limit = request.query.get("limit", "200")
        with self._workspace.changed:
            newest = self._workspace.traffic.newest(int(limit) if _NUMBER.fullmatch(limit) else 200)
        return web.json_response(newest)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """Serve a channel as everybody together sees it."""
        try:
            with self._workspace.changed:
                channel = self._workspace.channel(request.query.get("channel", ""))
                return web.json_response(list(channel.log))
        except SlackError as refusal:
            return web.json_response(refusal.body(), status=400)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream what happens, as Server-Sent Events."""
        try:
            person = self._workspace.person(request.query.get("user", ""))
        except SlackError as refusal:
            return web.json_response(refusal.body(), status=400)
        since = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        position = int(since) if _NUMBER.fullmatch(since) else self._workspace.feed.last_id
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # the page went away
            await self._stream(response, person.id, position)
        return response

    async def _stream(self, response: web.StreamResponse, user_id: str, position: int) -> None:
        feed = self._workspace.feed
        with feed.bell() as bell:
            closing = asyncio.ensure_future(self._closing.wait())
            try:
                await response.write(b": hello\n\n")
                while not self._closing.is_set():
                    bell.clear()
                    events = feed.since(position)
                    if events is None:
                        await response.write(_sse(feed.last_id, {"type": "resync"}))
                    for event in events or []:
                        if event.is_for(user_id) and may_see(event.data, user_id):
                            await response.write(_sse(event.id, event.data))
                    position = (
                        feed.last_id
                        if events is None
                        else max(position, *[e.id for e in events], 0)
                    )
                    if not await _ring(bell, closing):
                        await response.write(b": still here\n\n")
            finally:
                closing.cancel()

    def _commands(self) -> dict[str, Callable[[Body], Awaitable[Body]]]:
        return {
            "say": self._say,
            "click": self._click,
            "submit_view": self._submit_view,
            "close_view": self._close_view,
            "invite": self._invite,
            "kick": self._kick,
            "archive": self._archive,
            "faults": self._add_fault,
            "limits": self._set_limits,
        }

    def _command(
        self, act: Callable[[Body], Awaitable[Body]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            # A form of another page could not send this type without asking first.
            if request.content_type != "application/json":
                return web.json_response({"ok": False, "error": "json_expected"}, status=415)
            try:
                body = json.loads(await request.read())
                return web.json_response(await act(body))
            except SlackError as refusal:
                return web.json_response(refusal.body())
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                message = f"{type(error).__name__}: {error}"
                refusal_body = {"ok": False, "error": "invalid_arguments", "detail": message}
                return web.json_response(refusal_body, status=400)

        return serve

    async def _say(self, body: Body) -> Body:
        delivery = await self._actions.say(
            body["user"], body["channel"], body["text"], thread_ts=body.get("thread_ts") or None
        )
        if delivery.ts is not None:
            return {"ok": True, "ts": delivery.ts}
        return _told(delivery) | ({"delivered": True, "ack": delivery.ack} if delivery.ok else {})

    async def _click(self, body: Body) -> Body:
        chosen = body.get("selected_option", body.get("value"))
        delivery = await self._actions.click(
            body["user"],
            body["channel"],
            body["message_ts"],
            action_id=body["action_id"],
            block_id=body.get("block_id"),
            value=chosen,
        )
        return _told(delivery)

    async def _submit_view(self, body: Body) -> Body:
        delivery = await self._modals.submit(body["user"], body["view_id"], dict(body["values"]))
        return _told(delivery)

    async def _close_view(self, body: Body) -> Body:
        return _told(await self._modals.close(body["user"], body["view_id"]))

    async def _invite(self, body: Body) -> Body:
        self._actions.invite(body["user"], body["channel"])
        return {"ok": True}

    async def _kick(self, body: Body) -> Body:
        self._actions.kick(body["channel"])
        return {"ok": True}

    async def _archive(self, body: Body) -> Body:
        self._actions.archive(body["channel"], archived=bool(body.get("archived", True)))
        return {"ok": True}

    async def _add_fault(self, body: Body) -> Body:
        self._faults.add(**body)
        return {"ok": True}

    async def _set_limits(self, body: Body) -> Body:
        self._limits.is_enabled = bool(body["enabled"])
        return {"ok": True}


def _told(delivery: Delivery) -> Body:
    return {"ok": True} if delivery.ok else {"ok": False, "error": delivery.error}


def _read_asset(name: str) -> web.StreamResponse:
    asset = files("odps_bot.sandbox.slack").joinpath("page", name)
    if not _ASSET.fullmatch(name) or not asset.is_file():
        return web.Response(status=404, text="There is no such file.\n")
    suffix = name[name.rindex(".") :]
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    content_type = _CONTENT_TYPES.get(suffix, guessed)
    is_text = content_type.startswith("text/")
    return web.Response(
        body=asset.read_bytes(),
        content_type=content_type,
        charset="utf-8" if is_text else None,
    )


def _sse(event_id: int, data: Body) -> bytes:
    return f"id: {event_id}\ndata: {json.dumps(data)}\n\n".encode()


async def _ring(bell: asyncio.Event, closing: asyncio.Future[Any]) -> bool:
    """Wait for news, at most until the next sign of life is due; tell whether there are any."""
    ringing = asyncio.ensure_future(bell.wait())
    try:
        done, _ = await asyncio.wait(
            {ringing, closing}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        ringing.cancel()
    return bool(done)
