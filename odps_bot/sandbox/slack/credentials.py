"""The secrets that Slack and the app share."""

import secrets
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Tokens and signing secret of the installed app."""

    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str  #: deprecated by Slack, still in every payload

    @classmethod
    def complete(
        cls, *, bot_token: str | None, app_token: str | None, signing_secret: str | None
    ) -> "Credentials":
        """Return the given secrets; those that are None are generated."""
        return cls(
            bot_token=bot_token or f"xoxb-{secrets.token_hex(24)}",
            app_token=app_token or f"xapp-1-{secrets.token_hex(24)}",
            signing_secret=signing_secret or secrets.token_hex(16),
            verification_token=secrets.token_hex(12),
        )

    def kind_of(self, token: str) -> Literal["bot", "app"] | None:
        """Return which of the tokens this is, or None when it is neither."""
        if secrets.compare_digest(token.encode(), self.bot_token.encode()):
            return "bot"
        if secrets.compare_digest(token.encode(), self.app_token.encode()):
            return "app"
        return None
