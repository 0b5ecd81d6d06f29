"""Serves the OpenAPI beside the REST API, on the same port."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.maxcompute.access import Access
from odps_bot.sandbox.maxcompute.openapi.responses import job_info, job_snapshots
from odps_bot.sandbox.maxcompute.openapi.signatures import verify
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import ServiceError

_VERSION = "2022-01-04"


class OpenApi:
    """Handles its requests; `refused` are the RAM actions that no account is allowed."""

    def __init__(
        self,
        context: Callable[[], Context],
        *,
        access: Access,
        refused: set[str],
        clock: Clock,
    ) -> None:
        self._context = context
        self._access = access
        self._refused = refused
        self._clock = clock

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Let an application serve it."""
        router.add_get("/api/v1/jobs/{instance_id}/info", self._job_info)
        router.add_post("/api/v1/jobs/snapshot", self._job_snapshots)

    async def _job_info(self, request: web.Request) -> web.Response:
        instance_id = request.match_info["instance_id"]

        def answer(_: bytes, now: datetime) -> dict[str, Any]:
            return job_info(self._context(), instance_id, now)

        return await self._respond(request, "GetJobInfo", answer)

    async def _job_snapshots(self, request: web.Request) -> web.Response:
        def answer(body: bytes, now: datetime) -> dict[str, Any]:
            return job_snapshots(self._context(), body, dict(request.query), now)

        return await self._respond(request, "ListJobSnapshotInfos", answer)

    async def _respond(
        self,
        request: web.Request,
        action: str,
        answer: Callable[[bytes, datetime], dict[str, Any]],
    ) -> web.Response:
        request_id = secrets.token_hex(16).upper()
        try:
            body, now = await request.read(), self._clock()
            self._check(request, action, body, now)
            data = answer(body, now)
        except ServiceError as error:
            failure = {"RequestId": request_id, "Code": error.code, "Message": error.message}
            return _json(failure, http_status=error.http_status)
        return _json({"requestId": request_id, "httpCode": 200, "data": data})

    def _check(self, request: web.Request, action: str, body: bytes, now: datetime) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        path, _, query = request.raw_path.partition("?")
        verify(
            method=request.method,
            path=path,
            query=parse_qsl(query, keep_blank_values=True),
            headers=headers,
            body=body,
            secret_of=self._access.secret_of,
            now=now,
        )
        named = (headers.get("x-acs-action"), headers.get("x-acs-version"))
        if named != (action, _VERSION):
            raise ServiceError(404, "InvalidAction.NotFound", "Specified api is not found.")
        if action in self._refused:
            message = f"You are not authorized to do this action. You need odps:{action}."
            raise ServiceError(403, "NoPermission", message)


def _json(content: dict[str, Any], *, http_status: int = 200) -> web.Response:
    return web.Response(
        body=json.dumps(content).encode(), status=http_status, content_type="application/json"
    )
