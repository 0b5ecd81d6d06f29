"""The workspaces that have installed the app by OAuth: whose they are, and their tokens, sealed."""

from odps_bot.slack.installations.errors import NotAllowedError, NotInstalledError, UnreadableError
from odps_bot.slack.installations.oauth_state import OAuthStates
from odps_bot.slack.installations.store import Installations
from odps_bot.slack.installations.token_cipher import TokenCipher

__all__ = [
    "Installations",
    "NotAllowedError",
    "NotInstalledError",
    "OAuthStates",
    "TokenCipher",
    "UnreadableError",
]
