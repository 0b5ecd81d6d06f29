"""The pages for installing the app in a workspace, beside the endpoint for Slack.

Bolt leads through OAuth: the state is used once, and belongs to one browser.
https://docs.slack.dev/authentication/installing-with-oauth
"""

import logging
import secrets
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urljoin
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from redis.exceptions import RedisError
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.error import BoltError
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import FailureArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation

from odps_bot.config.settings import Settings
from odps_bot.services import SLACK_TIMEOUT_S, Services
from odps_bot.slack.api.calls import SlackError, call
from odps_bot.slack.installations import Installations, NotAllowedError, OAuthStates

log = logging.getLogger(__name__)

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"

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
        flow = _Flow(
            services.settings, services.slack.installations, services.stores.oauth_states, scopes
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
        except (RedisError, OSError, SlackClientError):
            log.exception("an installation failed (ref %s)", secrets.token_hex(4))
            response = _plain(HTTPStatus.SERVICE_UNAVAILABLE, TRY_AGAIN)
        headers = [(name, value) for name, values in response.headers.items() for value in values]
        status = HTTPStatus(response.status)
        start_response(f"{status.value} {status.phrase}", [*headers, *_HEADERS.items()])
        return [response.body.encode()]


class _Flow(OAuthFlow):
    """Bolt's flow; it uninstalls the app where it isn't allowed."""

    def __init__(
        self,
        settings: Settings,
        installations: Installations,
        states: OAuthStates,
        scopes: Sequence[str],
    ) -> None:
        api_url = settings.slack_api_url
        options = OAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret,
            scopes=list(scopes),
            authorization_url=urljoin(api_url, "../oauth/v2/authorize"),
            installation_store=installations,
            state_store=states,
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
        )
        client = WebClient(base_url=api_url, timeout=SLACK_TIMEOUT_S, retry_handlers=[])
        super().__init__(client=client, settings=options)
        self.failure_handler = _fail

    def store_installation(self, request: BoltRequest, installation: Installation) -> None:
        """Store the installation. Raises BoltError if it isn't allowed."""
        try:
            super().store_installation(request, installation)
        except NotAllowedError as error:
            log.warning("an installation was refused: %s", error)
            self._take_out(installation)
            raise BoltError(str(error)) from error

    def _take_out(self, installation: Installation) -> None:
        client = WebClient(
            token=installation.bot_token,
            base_url=self.client.base_url,
            timeout=SLACK_TIMEOUT_S,
            retry_handlers=[],
        )
        ours = {
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
        }
        try:
            call(client, "apps.uninstall", ours, form=True)
        except SlackError as error:
            log.warning("cannot uninstall the app from a workspace that isn't allowed: %s", error)


def _fail(args: FailureArgs) -> BoltResponse:
    """Respond as Bolt does, except to a refusal of ours."""
    if args.reason == "storage_error":
        return _plain(HTTPStatus.FORBIDDEN, NOT_ALLOWED.format(reason=args.error))
    return args.default.failure(args)


def _plain(status: HTTPStatus, text: str) -> BoltResponse:
    return BoltResponse(
        status=status,
        body=f"{text}\n",
        headers={"Content-Type": "text/plain; charset=utf-8"},
    )
