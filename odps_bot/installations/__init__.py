"""The workspaces that have installed the app by OAuth: whose they are, and their tokens, sealed."""

from odps_bot.installations.errors import NotAllowedError, NotInstalledError, UnreadableError
from odps_bot.installations.seal import Seal
from odps_bot.installations.states import States
from odps_bot.installations.store import Installations

__all__ = [
    "Installations",
    "NotAllowedError",
    "NotInstalledError",
    "Seal",
    "States",
    "UnreadableError",
]
