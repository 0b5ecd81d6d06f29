"""A Web API call from its token to its response."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.rate_limits import (
    POSTS_OF_A_CHANNEL,
    POSTS_OF_A_WORKSPACE,
    Rate,
    RateLimits,
    retry_after,
)
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.methods import METHODS, Method
from odps_bot.sandbox.slack.web_api.permissions import require_scope
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Response:
    """The response to a call."""

    body: Mapping[str, Any]
    http_status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class WebApi:
    """Carries out calls one at a time."""

    def __init__(
        self, workspace: Workspace, *, credentials: Credentials, limits: RateLimits
    ) -> None:
        """Serve one workspace to the app with `credentials`."""
        self._workspace = workspace
        self._credentials = credentials
        self._limits = limits

    def call(self, name: str, arguments: Arguments, *, token: str) -> Response:
        """Carry out a call; errors are responses, not exceptions."""
        with self._workspace.changing():
            try:
                method = self._find_method(name, token)
                arguments.team = (
                    self._workspace.installations.team_of(token) or self._workspace.team
                )
                wait = self._limits.take(self._rates(name, method, arguments))
                if wait:
                    return ratelimited(retry_after(wait))
                body = method.handler(self._workspace, arguments)
            except SlackError as error:
                body = error.body()
        return Response(body=body, headers={"x-oauth-scopes": ",".join(self._workspace.app.scopes)})

    def _find_method(self, name: str, token: str) -> Method:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if method.caller != "anybody":
            self._check_token(method, token)
            require_scope(self._workspace.app, method.scope)
        return method

    def _check_token(self, method: Method, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        is_installed = self._workspace.installations.team_of(token) is not None
        kind = "bot" if is_installed else self._credentials.kind_of(token)
        if kind is None:
            raise SlackError("invalid_auth")
        if kind != method.caller:
            raise SlackError("not_allowed_token_type")

    def _rates(self, name: str, method: Method, arguments: Arguments) -> dict[Hashable, Rate]:
        if method.rate is not None:
            return {name: method.rate}
        channel = arguments.text("channel")
        return {(name, self._channel_key(channel)): POSTS_OF_A_CHANNEL, name: POSTS_OF_A_WORKSPACE}

    def _channel_key(self, reference: str) -> str:
        try:
            if reference in self._workspace.people:
                return self._workspace.direct_message(reference).id
            return self._workspace.channel(reference).id
        except SlackError:
            return ""


def ratelimited(seconds: int) -> Response:
    """Return the response to a call above the rate limit."""
    return Response(
        body={"ok": False, "error": "ratelimited"},
        http_status=429,
        headers={"Retry-After": str(seconds)},
    )
