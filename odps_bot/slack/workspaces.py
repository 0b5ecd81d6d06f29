"""A gateway to each workspace, by its token of this moment."""

import logging

from redis import Redis
from slack_sdk import WebClient

from odps_bot.config.settings import Settings
from odps_bot.operations.metrics import Metrics
from odps_bot.slack.api.clients import QUICK_TIMEOUT, RefusingClient, measured_client
from odps_bot.slack.gateway import SlackGateway
from odps_bot.slack.installations import Installations, NotInstalledError, UnreadableError
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.store.audit import AuditTrail
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.rate_limits import RateLimiter

log = logging.getLogger(__name__)


class SlackWorkspaces:
    """Where we speak; building it asks nobody anything."""

    def __init__(
        self,
        settings: Settings,
        redis: Redis,
        *,
        installations: Installations | None,
        leases: MessageLeases,
        rate_limiter: RateLimiter,
        audit: AuditTrail,
        metrics: Metrics,
    ) -> None:
        """Without `installations` there is one workspace, whose token is in the settings."""
        self._settings = settings
        self._installations = installations
        self._leases = leases
        self._rate_limiter = rate_limiter
        self._audit = audit
        self._metrics = metrics
        self._unsupported_blocks = UnsupportedBlocks(redis)
        self.only = self._by_token(settings.slack_bot_token)

    def of(self, team_id: str) -> SlackGateway:
        """Return the gateway to a workspace.

        Who has not installed the app, or not any more, is spoken to by a client that refuses:
        `not_installed`.
        """
        if self._installations is None:
            return self.only
        try:
            token = self._installations.of_workspace(team_id).bot_token or ""
        except NotInstalledError:
            return self._gateway(*[RefusingClient("not_installed")] * 2)
        except UnreadableError as error:
            # Whoever mends the keys in time loses nothing: it is tried again.
            log.error("%s", error)  # noqa: TRY400  -- no trace
            return self._gateway(*[RefusingClient("service_unavailable")] * 2)
        return self._by_token(token)

    def _by_token(self, token: str) -> SlackGateway:
        return self._gateway(
            measured_client(self._settings, self._metrics, token=token),
            measured_client(self._settings, self._metrics, token=token, timeout=QUICK_TIMEOUT),
        )

    def _gateway(self, client: WebClient, quick_client: WebClient) -> SlackGateway:
        return SlackGateway(
            client,
            quick_client=quick_client,
            leases=self._leases,
            rate_limiter=self._rate_limiter,
            audit=self._audit,
            unsupported_blocks=self._unsupported_blocks,
        )
