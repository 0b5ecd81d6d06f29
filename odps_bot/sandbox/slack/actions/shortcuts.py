"""Global shortcuts and message shortcuts."""

from dataclasses import dataclass
from typing import Literal

from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class ShortcutActions:
    """Starts shortcuts of the app."""

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads

    async def start(self, user: str, callback_id: str) -> Delivery:
        """Start a global shortcut.

        Raises SlackError: `shortcut_not_found`, `app_not_interactive`.
        """
        person = self.workspace.actor(user)
        self._require(callback_id, "global")
        payload = self.payloads.global_shortcut(person, callback_id)
        return await self.dispatcher.deliver("interactive", payload)

    async def start_on_message(
        self, user: str, callback_id: str, channel: str, message_ts: str
    ) -> Delivery:
        """Start a shortcut from a message, also in threads and where the bot is not a member.

        Raises SlackError: `shortcut_not_found`, `message_not_found` (ephemeral messages have no
        shortcuts), `app_not_interactive`.
        """
        person, conversation = self.workspace.actor_in(user, channel)
        self._require(callback_id, "message")
        message = self.workspace.message(conversation, message_ts)
        payload = self.payloads.message_shortcut(person, conversation, message, callback_id)
        return await self.dispatcher.deliver("interactive", payload)

    def _require(self, callback_id: str, kind: Literal["global", "message"]) -> None:
        if self.workspace.app.find_shortcut(callback_id, kind=kind) is None:
            raise SlackError("shortcut_not_found")
        self.workspace.app.require_interactivity()
