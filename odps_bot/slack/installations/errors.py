"""What can be wrong with an installation."""

from odps_bot.errors import OdpsBotError


class NotInstalledError(OdpsBotError):
    """The workspace has not installed the app, or no longer has it."""

    def __init__(self, team_id: str) -> None:
        super().__init__(f"the app is not installed in {team_id}")
        self.team_id = team_id


class UnreadableError(OdpsBotError):
    """What is kept of an installation cannot be unsealed, or is not what it should be."""

    def __init__(self, owner_id: str) -> None:
        super().__init__(
            f"the installation of {owner_id} cannot be read: ODPS_BOT_ENCRYPTION_KEYS must hold the"
            " key by which it was sealed; else the workspace must install the app again"
        )


class NotAllowedError(OdpsBotError):
    """This workspace may not install the app, or not in this way."""
