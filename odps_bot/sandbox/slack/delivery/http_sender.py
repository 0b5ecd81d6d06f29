"""Signed HTTP: requests to the request URL of the app.

https://docs.slack.dev/apis/events-api/using-http-request-urls
"""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp

from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.delivery.sender import EnvelopeKind
from odps_bot.sandbox.slack.errors import DeliveryFailedError
from odps_bot.sandbox.slack.signing import signature_headers
from odps_bot.sandbox.slack.traffic import Exchange, summarize
from odps_bot.sandbox.slack.workspace import Workspace

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_OK = 200


class HttpSender:
    """Posts to one request URL; commands and interactions as forms, events as JSON."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        credentials: Credentials,
        request_url: str | None,
        ack_timeout: timedelta,
    ) -> None:
        """Post to `request_url`; time out after `ack_timeout`."""
        self._workspace = workspace
        self._credentials = credentials
        self._ack_timeout = ack_timeout
        self._session: aiohttp.ClientSession | None = None
        self._request_url = request_url

    def set_request_url(self, url: str | None) -> None:
        """Change the request URL."""
        self._request_url = url
        self._workspace.set_app_connected(is_connected=url is not None)

    async def deliver(
        self, kind: EnvelopeKind, payload: dict[str, Any], *, attempt: int = 0, reason: str = ""
    ) -> Any:
        """Post a payload and return the content of the response."""
        content_type, body = _encode(kind, payload)
        headers = {"Content-Type": content_type}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        return await self._post(body, headers)

    async def check_ssl(self) -> None:
        """Send the probe with which Slack checks a URL from time to time."""
        probe = {"ssl_check": "1", "token": self._credentials.verification_token}
        await self._post(urlencode(probe).encode(), {"Content-Type": FORM})

    async def verify(self) -> None:
        """Send the challenge with which Slack verifies a URL for events.

        Raises DeliveryFailedError `challenge_failed` when the response does not repeat it.
        """
        challenge = self._credentials.verification_token[::-1]
        request = {
            "token": self._credentials.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        response = await self._post(json.dumps(request).encode(), {"Content-Type": JSON})
        text = response.get("challenge") if isinstance(response, dict) else response
        if text != challenge:
            raise DeliveryFailedError("challenge_failed", reason="http_error")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, body: bytes, headers: dict[str, str]) -> Any:
        if self._request_url is None:
            raise DeliveryFailedError("app_not_connected", reason="connection_failed")
        headers = headers | {
            "User-Agent": USER_AGENT,
            "Accept": "application/json,*/*",
            **signature_headers(
                body,
                signing_secret=self._credentials.signing_secret,
                at=self._workspace.clock(),
            ),
        }
        try:
            status, response_headers, content = await self._exchange(body, headers)
        except TimeoutError:
            raise DeliveryFailedError("operation_timeout", reason="http_timeout") from None
        except aiohttp.ClientError:
            self._workspace.set_app_connected(is_connected=False)
            raise DeliveryFailedError("dispatch_failed", reason="connection_failed") from None
        self._workspace.set_app_connected(is_connected=True)
        self._note_response(status, content)
        if status != _OK:
            is_final = response_headers.get("X-Slack-No-Retry") == "1"
            raise DeliveryFailedError(
                "dispatch_failed", reason="no_retry" if is_final else "http_error"
            )
        return content

    async def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, Any, Any]:
        if self._session is None:
            # One connection per request, like Slack's many hosts; no proxy of the environment.
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        timeout = aiohttp.ClientTimeout(total=self._ack_timeout.total_seconds())
        async with self._session.post(
            str(self._request_url),
            data=body,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            return (
                response.status,
                response.headers,
                _decode(await response.read(), response.content_type),
            )

    def _note_response(self, status: int, content: Any) -> None:
        with self._workspace.changing():
            self._workspace.traffic.add(
                Exchange(
                    at=self._workspace.clock(),
                    direction="in",
                    kind="ack",
                    method="ack",
                    http_status=status,
                    ok=status == _OK,
                    summary=summarize(content) if isinstance(content, dict) else "",
                    request=content,
                )
            )


def _encode(kind: EnvelopeKind, payload: dict[str, Any]) -> tuple[str, bytes]:
    if kind == "slash_commands":
        return FORM, urlencode(payload).encode()
    if kind == "interactive":
        return FORM, urlencode({"payload": json.dumps(payload)}).encode()
    return JSON, json.dumps(payload).encode()


def _decode(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    text = body.decode(errors="replace")
    if content_type != JSON:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
