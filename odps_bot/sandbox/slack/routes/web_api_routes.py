"""The routes for the app: `/api/…`, uploads and response URLs."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import BasicAuth, web

from odps_bot.sandbox.slack.entities import Team
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.faults import Fault, Faults
from odps_bot.sandbox.slack.response_messages import handle_response_url
from odps_bot.sandbox.slack.traffic import Exchange, Kind, summarize
from odps_bot.sandbox.slack.web_api.arguments import Arguments, parse_body
from odps_bot.sandbox.slack.web_api.dispatch import Response, WebApi, ratelimited
from odps_bot.sandbox.slack.workspace import Workspace


class WebApiRoutes:
    """Serves requests of the app and applies planned faults."""

    def __init__(self, workspace: Workspace, web_api: WebApi, faults: Faults) -> None:
        """Carry out calls by `web_api`."""
        self._workspace = workspace
        self._web_api = web_api
        self._faults = faults

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_post("/api/{method}", self.call)
        router.add_post("/upload/v1/{file_id}/{secret}", self.upload)
        router.add_post("/{origin:commands|actions|app}/{team}/{number}/{secret}", self.respond)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Serve one call of a Web API method."""
        name, started = request.match_info["method"], time.monotonic()
        team: Team | None = None
        body = await request.read()
        fault = self._faults.take(name, _values_or_none(body, request.content_type))
        if fault is not None and fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "drop_before":
            return _drop(request)
        try:
            values = parse_body(body, content_type=request.content_type)
        except SlackError as error:
            values, response = {}, Response(body=error.body())
        else:
            token = _read_token(request, values)
            team = self._workspace.installations.team_of(token)
            response = _fault_response(fault) or self._web_api.call(
                name, Arguments(values | _read_client(request)), token=token
            )
            values = {name: value for name, value in values.items() if name != "client_secret"}
        elapsed = timedelta(seconds=time.monotonic() - started)
        self._note(
            "web_api",
            name,
            response,
            summarize(values),
            request=values,
            elapsed=elapsed,
            team_id=team.id if team else "",
        )
        if fault is not None and fault.kind == "drop_after":
            return _drop(request)
        if fault is not None and fault.kind == "http_500":
            return _server_error()
        return web.json_response(
            response.body, status=response.http_status, headers=dict(response.headers)
        )

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Receive the bytes of an announced file."""
        content, fault = await request.read(), self._faults.take("upload")
        if fault is not None and fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        elif fault is not None and fault.kind != "drop_after":
            self._note("upload", "upload", Response(body={"ok": False}, http_status=500), "")
            return _drop(request) if fault.kind == "drop_before" else _server_error()
        try:
            with self._workspace.changing():
                file = self._workspace.files.open_with(
                    request.match_info["file_id"], request.match_info["secret"]
                )
                self._workspace.files.store(file, content)
        except SlackError as error:
            self._note("upload", "upload", Response(body=error.body(), http_status=404), "")
            return web.Response(status=404, text="file not found")
        summary = f"{file.name}, {len(content)} bytes"
        self._note("upload", "upload", Response(body={"ok": True}), summary)
        if fault is not None and fault.kind == "drop_after":
            return _drop(request)
        return web.Response(text=f"OK - {len(content)}")

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Serve a request to a response_url."""
        values: Mapping[str, Any] = {}
        try:
            values = parse_body(await request.read(), content_type="application/json")
            with self._workspace.changing():
                url = self._workspace.response_urls.find(request.path)
                fault = self._faults.take("response_url", values)
            if fault is not None and fault.kind == "hang":
                await asyncio.sleep(fault.seconds)
            with self._workspace.changing():
                response = _fault_response(fault) or Response(body={"ok": True})
                if response.body["ok"]:
                    handle_response_url(self._workspace, url, values)
        except SlackError as error:
            status = 404 if error.code in {"expired_url", "used_url"} else 400
            response = Response(body=error.body(), http_status=status)
        self._note("response_url", "response_url", response, summarize(values), request=values)
        return web.json_response(response.body, status=response.http_status)

    def _note(
        self,
        kind: Kind,
        method: str,
        response: Response,
        summary: str,
        *,
        request: Mapping[str, Any] | None = None,
        elapsed: timedelta | None = None,
        team_id: str = "",
    ) -> None:
        with self._workspace.changing():
            self._workspace.traffic.add(
                Exchange(
                    at=self._workspace.clock(),
                    direction="in",
                    kind=kind,
                    method=method,
                    http_status=response.http_status,
                    ok=bool(response.body.get("ok")),
                    error=response.body.get("error"),
                    summary=summary,
                    elapsed=elapsed,
                    request=request,
                    response=dict(response.body),
                    team_id=team_id,
                )
            )


def _values_or_none(body: bytes, content_type: str) -> Mapping[str, Any]:
    try:
        return parse_body(body, content_type=content_type)
    except SlackError:
        return {}


def _fault_response(fault: Fault | None) -> Response | None:
    if fault is None:
        return None
    if fault.kind == "ratelimited":
        return ratelimited(fault.retry_after)
    if fault.kind == "http_500":
        return Response(body={"ok": False, "error": "http_500"}, http_status=500)
    if fault.kind == "error":
        return Response(body={"ok": False, "error": fault.code})
    return None


def _read_token(request: web.Request, values: Mapping[str, Any]) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    # A token is read from a form, but not from a JSON body.
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return str(values.get("token", "")) if is_form else ""


def _read_client(request: web.Request) -> dict[str, str]:
    """Return the client credentials of an app that has no token yet."""
    try:
        basic = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        return {}
    return {"client_id": basic.login, "client_secret": basic.password}


def _server_error() -> web.StreamResponse:
    return web.Response(status=500, text="Internal Server Error", content_type="text/html")


def _drop(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
