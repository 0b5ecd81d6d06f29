"""The pages for installing the app in a workspace, beside the endpoint for Slack.

Slack leads the browser through OAuth between them; see `odps_bot.slack.installations.flow`.
"""

import logging
import secrets
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from types import MappingProxyType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from redis.exceptions import RedisError
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.oauth.callback_options import FailureArgs

from odps_bot.services import Services
from odps_bot.slack.errors import SlackError
from odps_bot.slack.installations.flow import INSTALL_PATH, REDIRECT_PATH, InstallationFlow

log = logging.getLogger(__name__)

#: If Slack refuses to uninstall it again, its token is stored nowhere and serves nobody.
NOT_ALLOWED = (
    "The app can't be installed here: {reason}. The administrator of odps-bot can change that. The"
    " app doesn't work in this workspace; if it is still listed there, remove it."
)
TRY_AGAIN = (
    "The app was not installed: Slack or the database (Redis) isn't responding. Please start again."
)

_HEADERS = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)


class InstallPages:
    """A WSGI application: two pages, and the endpoint for Slack behind them."""

    def __init__(
        self, endpoint: WSGIApplication, services: Services, *, scopes: Sequence[str]
    ) -> None:
        """Ask for `scopes`. The services must have `installations`."""
        if services.slack.installations is None:
            raise ValueError("installation by OAuth is not configured")
        flow = InstallationFlow(
            services.settings,
            services.slack.installations,
            services.stores.oauth_states,
            scopes=scopes,
            failure=_fail,
        )
        self._endpoint = endpoint
        self._pages = {
            INSTALL_PATH: flow.handle_installation,
            REDIRECT_PATH: flow.handle_callback,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        handle = self._pages.get(environ.get("PATH_INFO", ""))
        if handle is None or environ.get("REQUEST_METHOD") != "GET":
            return self._endpoint(environ, start_response)
        request = BoltRequest(
            body="",
            query=environ.get("QUERY_STRING", ""),
            headers={"cookie": environ.get("HTTP_COOKIE", "")},
        )
        try:
            response = handle(request)
        except (RedisError, OSError, SlackError):
            log.exception("an installation failed (ref %s)", secrets.token_hex(4))
            response = _plain(HTTPStatus.SERVICE_UNAVAILABLE, TRY_AGAIN)
        headers = [(name, value) for name, values in response.headers.items() for value in values]
        status = HTTPStatus(response.status)
        start_response(f"{status.value} {status.phrase}", [*headers, *_HEADERS.items()])
        return [response.body.encode()]


def _fail(args: FailureArgs) -> BoltResponse:
    """Respond as Bolt does, except to our own refusal."""
    if args.reason == "storage_error":
        return _plain(HTTPStatus.FORBIDDEN, NOT_ALLOWED.format(reason=args.error))
    return args.default.failure(args)


def _plain(status: HTTPStatus, text: str) -> BoltResponse:
    return BoltResponse(
        status=status,
        body=f"{text}\n",
        headers={"Content-Type": "text/plain; charset=utf-8"},
    )
