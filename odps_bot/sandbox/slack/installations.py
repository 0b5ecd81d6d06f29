"""Workspaces that install the app by OAuth, besides the one that has it from the start.

All share the same people and channels; only the token and its workspace differ.
https://docs.slack.dev/authentication/installing-with-oauth
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.slack.entities import Team
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.fixtures import TEAMS

CODE_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class _Code:
    team: Team
    user_id: str
    issued_at: datetime


class Installations:
    """The app's client secret, the issued codes, and the tokens that they were exchanged for."""

    def __init__(self, *, clock: Clock) -> None:
        """Read the time from `clock`."""
        self.client_id = "5000000000.6000000000"
        self.client_secret = secrets.token_hex(16)
        self.redirect_url = ""  #: of the app; empty: it cannot be installed
        #: Called for every workspace that uninstalls the app.
        self.on_uninstalled: Callable[[Team], None] = _ignore
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self._tokens: dict[str, Team] = {}

    def check_client(self, client_id: str, client_secret: str = "") -> None:
        """Raise SlackError unless the id, and the secret if given, are the app's."""
        if client_id != self.client_id:
            raise SlackError("invalid_client_id")
        if client_secret and not secrets.compare_digest(
            client_secret.encode(), self.client_secret.encode()
        ):
            raise SlackError("bad_client_secret")

    def issue_code(self, team_id: str, *, user_id: str) -> str:
        """Return a code that the app exchanges for a token. Raises SlackError `invalid_team`."""
        if team_id not in TEAMS:
            raise SlackError("invalid_team")
        code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._codes[code] = _Code(TEAMS[team_id], user_id, self._clock())
        return code

    def redeem(self, code: str) -> tuple[str, Team, str]:
        """Exchange a code for a token; return it, its workspace and the installing user's id.

        Raises SlackError `invalid_code`, or `code_expired`.
        """
        given = self._codes.pop(code, None)
        if given is None:
            raise SlackError("invalid_code")
        if self._clock() - given.issued_at > CODE_LIFETIME:
            raise SlackError("code_expired")
        token = f"xoxb-{secrets.token_hex(24)}"
        self._tokens[token] = given.team
        return token, given.team, given.user_id

    def team_of(self, token: str) -> Team | None:
        """Return the workspace of a token, or None when it was not issued here."""
        return self._tokens.get(token)

    def clear(self) -> None:
        """Remove all installations without telling the app."""
        self._codes.clear()
        self._tokens.clear()

    def uninstall(self, team: Team) -> None:
        """Uninstall the app from a workspace: revoke its tokens and tell the app."""
        paused = [token for token, owner in self._tokens.items() if owner == team]
        for token in paused:
            del self._tokens[token]
        if paused:
            self.on_uninstalled(team)


def _ignore(_team: Team) -> None:
    """Do nothing."""
