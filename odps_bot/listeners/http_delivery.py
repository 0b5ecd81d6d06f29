"""Signed HTTP: a WSGI application around a Bolt app, for a production server.

It corrects what Bolt 1.30 gets wrong with Slack's requests, and leaves the signature check to Bolt;
what was answered is not handled again.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.adapter.wsgi.http_request import WsgiHttpRequest
from slack_bolt.request.internals import build_context

from odps_bot.listeners.error_handler import UNREADABLE, refuse
from odps_bot.listeners.replay_protection import Replays

PATH = "/slack/events"

#: Slack's largest requests are views of 250 KB; a slash command has a few thousand characters.
BODY_BYTES = 1_000_000

#: Far more than seconds since 1970 will need.
TIMESTAMP_DIGITS = 15


class FormRequest(BoltRequest):
    """A request whose form may contain the word `payload` anywhere.

    Bolt takes such a form for an interaction, finds no field of that name, and loses the command
    (`/odps run SELECT payload FROM t`).
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        if self.mode == "http" and not self.body and self.raw_body:
            self.body = dict(parse_qsl(self.raw_body, keep_blank_values=True))
            self.context = build_context(BoltContext(arguments.get("context") or {}), self.body)

    def to_copyable(self) -> "FormRequest":
        """Return a copy for a lazy listener; it must be read in the same way."""
        return FormRequest(
            body=self.raw_body if self.mode == "http" else self.body,
            query=self.query,
            headers=self.headers,
            context=self.context.to_copyable(),
            mode=self.mode,
        )


class SlackEndpoint(SlackRequestHandler):
    """The WSGI application: one path, bounded bodies, sane headers."""

    def __init__(self, app: App) -> None:
        super().__init__(app, path=PATH)
        self._replays = Replays()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        refusal = _refusal(environ)
        if refusal is None and self._replays.is_replay(signature):
            refusal = "409 Conflict"
        if refusal:
            start_response(refusal, [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        return super().__call__(environ, start_response)

    def dispatch(self, request: WsgiHttpRequest) -> BoltResponse:
        """Let the app handle a request."""
        try:
            form = FormRequest(
                body=request.get_body(), query=request.query_string, headers=request.get_headers()
            )
        except (*UNREADABLE, RecursionError):
            # Bolt reads the body before it checks the signature: anybody can send something else.
            return BoltResponse(status=HTTPStatus.BAD_REQUEST)
        try:
            response = self.app.dispatch(form)
        except Exception as error:  # noqa: BLE001  -- Bolt's own readers, before any listener
            return refuse(error)
        # Checks of the certificate are answered without a look at the signature.
        if response.status == HTTPStatus.OK and "ssl_check" not in form.body:
            # A proxy may repeat what failed; what was answered is handled once.
            self._replays.remember(next(iter(form.headers.get("x-slack-signature", [])), ""))
        return response


def _refusal(environ: WSGIEnvironment) -> str | None:
    """Return the HTTP status of what need not reach Bolt, or None."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BODY_BYTES:
        return "413 Content Too Large"
    # Bolt raises on these instead of refusing them.
    timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "0")
    signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
    is_number = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= TIMESTAMP_DIGITS
    if not (is_number and signature.isascii()):
        return "401 Unauthorized"
    return None
