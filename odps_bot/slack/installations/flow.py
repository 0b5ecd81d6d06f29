"""Bolt's flow of an installation by OAuth, which uninstalls the app where it is not allowed.

The state is used once, and belongs to one browser.
https://docs.slack.dev/authentication/installing-with-oauth
"""

import logging
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.error import BoltError
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import FailureArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk.oauth.installation_store import Installation

from odps_bot.config.settings import Settings
from odps_bot.slack.api.calls import attempt, call
from odps_bot.slack.api.clients import web_client
from odps_bot.slack.errors import SlackError
from odps_bot.slack.installations.errors import NotAllowedError
from odps_bot.slack.installations.oauth_state import OAuthStates
from odps_bot.slack.installations.store import Installations

log = logging.getLogger(__name__)

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"


class InstallationFlow(OAuthFlow):
    """The two steps in a browser; both raise SlackError when Slack cannot be asked."""

    def __init__(
        self,
        settings: Settings,
        installations: Installations,
        states: OAuthStates,
        *,
        scopes: Sequence[str],
        failure: Callable[[FailureArgs], BoltResponse],
    ) -> None:
        """Ask for `scopes`; `failure` is what the browser shows when it went wrong."""
        options = OAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret,
            scopes=list(scopes),
            authorization_url=urljoin(settings.slack_api_url, "../oauth/v2/authorize"),
            installation_store=installations,
            state_store=states,
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
        )
        super().__init__(client=web_client(settings), settings=options)
        self._app_settings = settings
        self.failure_handler = failure

    def handle_callback(self, request: BoltRequest) -> BoltResponse:
        """Take what Slack sends the browser back with, and keep the installation."""
        return attempt(
            "oauth.v2.access", lambda: super(InstallationFlow, self).handle_callback(request)
        )

    def store_installation(self, request: BoltRequest, installation: Installation) -> None:
        """Store the installation. Raises BoltError if it isn't allowed."""
        try:
            super().store_installation(request, installation)
        except NotAllowedError as error:
            log.warning("an installation was refused: %s", error)
            self._uninstall(installation)
            raise BoltError(str(error)) from error

    def _uninstall(self, installation: Installation) -> None:
        client = web_client(self._app_settings, token=installation.bot_token or "")
        ours = {
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
        }
        try:
            call(client, "apps.uninstall", ours, form=True)
        except SlackError as error:
            log.warning("cannot uninstall the app from a workspace that isn't allowed: %s", error)
