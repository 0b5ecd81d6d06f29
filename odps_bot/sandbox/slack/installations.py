"""Workspaces that install the app by OAuth, besides the one in which it is from the start.

All have the same people and channels: what differs is the token, and whose it is.
https://docs.slack.dev/authentication/installing-with-oauth
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.sandbox.slack.entities import Team
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.fixtures import TEAMS
from odps_bot.sandbox.slack.timestamps import Clock

CODE_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class _Code:
    team: Team
    user_id: str
    issued_at: datetime


class Installations:
    """The app's client secret, the codes that were given, and the tokens that came of them."""

    def __init__(self, *, clock: Clock) -> None:
        """Measure ages by `clock`."""
        self.client_id = "5000000000.6000000000"
        self.client_secret = secrets.token_hex(16)
        self.redirect_url = ""  #: where the app wants people to come back; empty: none can install
        #: Told of every workspace that has taken the app out.
        self.on_uninstalled: Callable[[Team], None] = _ignore
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self._tokens: dict[str, Team] = {}

    def check_client(self, client_id: str, client_secret: str = "") -> None:
        """Raise SlackError unless it is the app; without a secret, unless it says so."""
        if client_id != self.client_id:
            raise SlackError("invalid_client_id")
        if client_secret and not secrets.compare_digest(
            client_secret.encode(), self.client_secret.encode()
        ):
            raise SlackError("bad_client_secret")

    def issue_code(self, team_id: str, *, user_id: str) -> str:
        """Return the code by which the app gets its token. Raises SlackError `invalid_team`."""
        if team_id not in TEAMS:
            raise SlackError("invalid_team")
        code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._codes[code] = _Code(TEAMS[team_id], user_id, self._clock())
        return code

    def redeem(self, code: str) -> tuple[str, Team, str]:
        """Use a code up: return the token, whose it is, and who allowed it.

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
        """Return the workspace that a token serves, None when it serves none."""
        return self._tokens.get(token)

    def forget(self) -> None:
        """Forget every workspace that has installed the app, without a word to it."""
        self._codes.clear()
        self._tokens.clear()

    def uninstall(self, team: Team) -> None:
        """Take the app out of a workspace: its tokens are void, and the app is told."""
        paused = [token for token, owner in self._tokens.items() if owner == team]
        for token in paused:
            del self._tokens[token]
        if paused:
            self.on_uninstalled(team)


def _ignore(_team: Team) -> None:
    """Listen to nothing."""
