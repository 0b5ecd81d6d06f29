"""The page and what it reads: state, live events, messages and traffic."""

import asyncio
import json
import mimetypes
import re
from contextlib import suppress
from importlib.resources import files
from typing import Any

from aiohttp import web

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.routes.page_state import is_visible_to_user, page_state
from odps_bot.sandbox.slack.workspace import Workspace

HEARTBEAT_SECONDS = 15.0
_SHOWN_EXCHANGES = 200
_NUMBER = re.compile(r"[0-9]{1,16}")
_ASSET = re.compile(r"[\w-]+(\.[\w-]+)+")
_CONTENT_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}

Body = dict[str, Any]


class PageRoutes:
    """Everything that can be read under `/`, `/page/` and `/sandbox/`."""

    def __init__(self, workspace: Workspace) -> None:
        """Show a workspace."""
        self._workspace = workspace
        self._closing = asyncio.Event()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get("/", self.index)
        # The targets of permalinks.
        router.add_get("/archives/{channel}/{message}", self.index)
        router.add_get("/files/{user}/{file}/{name}", self.index)
        router.add_get("/page/{name}", self.asset)
        router.add_get("/sandbox/state", self.state)
        router.add_get("/sandbox/events", self.events)
        router.add_get("/sandbox/traffic", self.traffic)
        router.add_get("/sandbox/messages", self.messages)

    def close(self) -> None:
        """End the event streams."""
        self._closing.set()

    async def index(self, _request: web.Request) -> web.StreamResponse:
        """Serve the page."""
        return _read_asset("index.html")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Serve a file of the page."""
        return _read_asset(request.match_info["name"])

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Serve everything a person sees."""
        try:
            with self._workspace.changed:
                person = self._workspace.person(request.query.get("user", ""))
                return web.json_response(page_state(self._workspace, person))
        except SlackError as error:
            return web.json_response(error.body(), status=400)

    async def traffic(self, request: web.Request) -> web.StreamResponse:
        """Serve the traffic log, or its entries since an id."""
        limit, since = request.query.get("limit", ""), request.query.get("since", "")
        with self._workspace.changed:
            newest = self._workspace.traffic.since(
                int(since) if _NUMBER.fullmatch(since) else 0,
                limit=int(limit) if _NUMBER.fullmatch(limit) else _SHOWN_EXCHANGES,
            )
        return web.json_response(newest)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """Serve all messages of a channel, including everybody's ephemeral ones."""
        try:
            with self._workspace.changed:
                channel = self._workspace.channel(request.query.get("channel", ""))
                return web.json_response(list(channel.log))
        except SlackError as error:
            return web.json_response(error.body(), status=400)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream events as Server-Sent Events."""
        try:
            person = self._workspace.person(request.query.get("user", ""))
        except SlackError as error:
            return web.json_response(error.body(), status=400)
        since = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        position = int(since) if _NUMBER.fullmatch(since) else self._workspace.event_stream.last_id
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # the page was closed
            await self._stream(response, person.id, position)
        return response

    async def _stream(self, response: web.StreamResponse, user_id: str, position: int) -> None:
        stream = self._workspace.event_stream
        with stream.subscribe() as published:
            closing = asyncio.ensure_future(self._closing.wait())
            try:
                await response.write(b": hello\n\n")
                while not self._closing.is_set():
                    published.clear()
                    events = stream.since(position)
                    if events is None:
                        await response.write(_sse(stream.last_id, {"type": "resync"}))
                    for event in events or []:
                        if event.is_for(user_id) and is_visible_to_user(event.data, user_id):
                            await response.write(_sse(event.id, event.data))
                    position = (
                        stream.last_id
                        if events is None
                        else max(position, *[e.id for e in events], 0)
                    )
                    if not await _wait_for_event(published, closing):
                        await response.write(b": heartbeat\n\n")
            finally:
                closing.cancel()


def _read_asset(name: str) -> web.StreamResponse:
    asset = files("odps_bot.sandbox.slack").joinpath("page", name)
    if not _ASSET.fullmatch(name) or not asset.is_file():
        return web.Response(status=404, text="File not found.\n")
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


async def _wait_for_event(published: asyncio.Event, closing: asyncio.Future[Any]) -> bool:
    """Wait for an event until the next heartbeat; return whether there is one."""
    waiting = asyncio.ensure_future(published.wait())
    try:
        done, _ = await asyncio.wait(
            {waiting, closing}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        waiting.cancel()
    return bool(done)
