"""The workspaces that have installed the app by OAuth: whose they are, and their tokens, sealed."""

from odps_bot.slack.installations.errors import NotAllowedError, NotInstalledError, UnreadableError
from odps_bot.slack.installations.oauth_state import States
from odps_bot.slack.installations.store import Installations
from odps_bot.slack.installations.token_cipher import Seal

__all__ = [
    "Installations",
    "NotAllowedError",
    "NotInstalledError",
    "Seal",
    "States",
    "UnreadableError",
]
