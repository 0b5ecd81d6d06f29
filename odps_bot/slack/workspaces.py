"""What speaks to Slack: a gateway to one workspace, by its token of this moment."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from odps_bot.config.settings import Settings
from odps_bot.operations.metrics import Metrics
from odps_bot.slack.api.clients import QUICK_TIMEOUT, RefusingClient, measured_client
from odps_bot.slack.gateway import SlackGateway
from odps_bot.slack.installations import Installations, NotInstalledError, UnreadableError

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SlackServices:
    """The workspace that is spoken to, and the way to others."""

    gateway: SlackGateway
    installations: Installations | None  #: None: one workspace, by its token
    connect: Callable[[str, str], SlackGateway]  #: by a token, to the workspace with this team id
    refuse: Callable[[str, str], SlackGateway]  #: with a code, for a team id; Slack is not asked

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        metrics: Metrics,
        installations: Installations | None,
        *,
        make_gateway: Callable[..., SlackGateway],
    ) -> "SlackServices":
        """Build them; `make_gateway` gets a patient client and a quick one. Nobody is asked."""

        def connect(token: str, team_id: str) -> SlackGateway:
            client = measured_client(settings, metrics, token=token)
            quick = measured_client(settings, metrics, token=token, timeout=QUICK_TIMEOUT)
            return make_gateway(client, quick, team_id=team_id)

        def refuse(code: str, team_id: str) -> SlackGateway:
            client = RefusingClient(code, base_url=settings.slack_api_url)
            return make_gateway(client, client, team_id=team_id)

        return cls(
            gateway=connect(settings.slack_bot_token, ""),
            installations=installations,
            connect=connect,
            refuse=refuse,
        )

    def of(self, team_id: str, installations: Installations) -> "SlackServices":
        """Return what speaks to one of the workspaces that have installed the app.

        Who has not installed the app, or not any more, is spoken to by a gateway that refuses:
        `not_installed`.
        """
        try:
            gateway = self.connect(installations.of_workspace(team_id).bot_token or "", team_id)
        except NotInstalledError:
            gateway = self.refuse("not_installed", team_id)
        except UnreadableError as error:
            # Whoever mends the keys in time loses nothing: it is tried again.
            log.error("%s", error)  # noqa: TRY400  -- no trace
            gateway = self.refuse("service_unavailable", team_id)
        return replace(self, gateway=gateway)
