"""The two requests to the OpenAPI that a diagnosis needs."""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from odps_bot.maxcompute import (
    AccessKey,
    ConnectionFailedError,
    CredentialsProvider,
    CredentialsUnavailableError,
    InvalidArgumentError,
    ResponseTooLargeError,
)
from odps_bot.maxcompute.errors import api_error
from odps_bot.maxcompute.wire import object_or_empty
from odps_bot.openapi.job_info import JobInfo, JobSnapshot, parse_job_info, parse_job_snapshots
from odps_bot.openapi.signing import encoded_query, signed_headers

if TYPE_CHECKING:  # `requests` is imported with the first request
    from odps_bot.maxcompute.http.sessions import ThreadSessions, UnreadResponse

VERSION = "2022-01-04"

#: Nobody waits longer for a second opinion, whatever is slow.
TIMEOUT = timedelta(seconds=5)
MAX_RESPONSE_BYTES = 2 * 1024 * 1024

_OK = 200


def endpoint_of_region(region: str) -> str:
    """Return where the OpenAPI of a region is."""
    return f"https://maxcompute.{region}.aliyuncs.com"


class OpenApiClient:
    """Sends requests to one endpoint, each once. Thread-safe; creating it sends nothing.

    All methods raise MaxComputeError: ConnectionFailedError, MalformedResponseError or the matching
    ApiError; PermissionDeniedError where RAM does not allow the account the operation.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        credentials: CredentialsProvider,
        timeout: timedelta = TIMEOUT,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._credentials = credentials
        self._timeout = timeout
        self._clock = clock
        self._connections: ThreadSessions | None = None
        self._opening = threading.Lock()

    def get_job_info(self, instance_id: str) -> JobInfo:
        """Return what is known of a job, with the vendor's findings."""
        path = f"/api/v1/jobs/{quote(instance_id, safe='')}/info"
        return parse_job_info(self._send("GetJobInfo", "GET", path))

    def list_job_snapshots(
        self, *, project: str, instance_ids: tuple[str, ...] = (), at: datetime, limit: int = 10
    ) -> tuple[JobSnapshot, ...]:
        """Return the jobs of a project that ran at a time; all, or those with these ids."""
        wanted: dict[str, object] = {"to": int(at.timestamp()), "projectList": [project]}
        if instance_ids:
            wanted["instanceIdList"] = list(instance_ids)
        query = {"pageNumber": "1", "pageSize": str(limit)}
        path = "/api/v1/jobs/snapshot"
        return parse_job_snapshots(
            self._send("ListJobSnapshotInfos", "POST", path, query=query, body=wanted)
        )

    def close(self) -> None:
        """Close the connections of all threads."""
        if self._connections is not None:
            self._connections.close()

    def _send(
        self,
        action: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> bytes:
        query, payload = query or {}, b"" if body is None else json.dumps(body).encode()
        headers = self._headers(action, method, path, query=query, payload=payload)
        seconds = self._timeout.total_seconds()
        response = self._connected().send(
            method,
            target=f"{path}?{encoded_query(query)}" if query else path,
            headers=headers,
            body=payload or None,
            timeouts=(seconds, seconds),
        )
        with closing(response):
            content = self._read(response)
        _check(response.http_status, content)
        return content

    def _headers(
        self, action: str, method: str, path: str, *, query: Mapping[str, str], payload: bytes
    ) -> dict[str, str]:
        key = self._credentials.get()
        if not isinstance(key, AccessKey):
            raise CredentialsUnavailableError("The OpenAPI takes no bearer token.")
        headers = {
            "accept": "application/json",
            "host": urlsplit(self.endpoint).netloc,
            "x-acs-action": action,
            "x-acs-version": VERSION,
        }
        if payload:
            headers["content-type"] = "application/json; charset=utf-8"
        signed = signed_headers(
            key,
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=payload,
            at=self._clock(),
            nonce=secrets.token_hex(16),
        )
        length = {"content-length": str(len(payload))} if payload else {}
        return {**signed, **length, "accept-encoding": "identity"}

    def _read(self, response: "UnreadResponse") -> bytes:
        body, deadline = bytearray(), self._clock() + self._timeout
        for chunk in response.chunks():
            body += chunk
            if len(body) > MAX_RESPONSE_BYTES:
                raise ResponseTooLargeError("The response of the OpenAPI is too large.")
            if self._clock() > deadline:
                raise ConnectionFailedError("The OpenAPI responds too slowly.", was_sent=True)
        return bytes(body)

    def _connected(self) -> "ThreadSessions":
        if self._connections is None:
            from odps_bot.maxcompute.http.sessions import ThreadSessions  # noqa: PLC0415  -- see above

            if urlsplit(self.endpoint).scheme not in {"http", "https"}:
                raise InvalidArgumentError(f"{self.endpoint!r} is not an http or https URL.")
            with self._opening:
                if self._connections is None:
                    self._connections = ThreadSessions(self.endpoint)
        return self._connections


def _check(http_status: int, content: bytes) -> None:
    """Raise the error that a response tells, be it in a response of status 200."""
    said = object_or_empty(content.decode("utf-8", "replace"))
    if http_status == _OK and object_or_empty(said.get("data")):
        return
    # Gateways write the names of fields with capitals, the service without.
    named = {name.lower(): str(value) for name, value in said.items() if value}
    code = named.get("code") or named.get("errorcode")
    if http_status == _OK:
        if code is None:
            return
        http_status = 403 if "NoPermission" in code or "Forbidden" in code else 400
    message = named.get("message") or named.get("errormsg") or "The response has no message."
    raise api_error(
        message[:300], http_status=http_status, code=code, request_id=named.get("requestid")
    )
