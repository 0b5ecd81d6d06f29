"""Actions on messages: post, edit and delete them, and use their elements."""

from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.actions.commands import CommandActions
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.entities import Channel, Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.interactive_elements import find_element, use_element
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class MessageActions:
    """What people do with messages."""

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads
    commands: CommandActions

    async def say(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None
    ) -> Delivery:
        """Send what a person typed: a message, or a command when it starts with a slash.

        Raises SlackError for what the client does not allow: `user_not_found`,
        `user_is_deactivated`, `channel_not_found`, `is_archived`, `messages_tab_disabled`,
        `no_text`, `message_not_found`.
        """
        person, conversation = self.workspace.writer_in(user, channel)
        if not text.strip():
            raise SlackError("no_text")
        if text.startswith("/"):  # after a leading space it is an ordinary message
            return await self.commands.command(
                person, conversation, text.strip(), thread_ts=thread_ts
            )
        content: Message = {"text": self.workspace.as_typed(text)}
        if thread_ts is not None:
            content["thread_ts"] = self.workspace.thread_of(conversation, thread_ts)
        author = self.workspace.person_author(person, conversation)
        return Delivery(ok=True, ts=self.workspace.post(conversation, author, content)["ts"])

    def edit(self, user: str, channel: str, message_ts: str, text: str) -> None:
        """Edit a person's own message. Raises SlackError `cant_update_message`, `no_text`."""
        person, conversation, message = self._find_own(
            user, channel, message_ts, "cant_update_message"
        )
        if not text.strip():
            raise SlackError("no_text")
        edited = message | {"text": self.workspace.as_typed(text)}
        self.workspace.edit(conversation, self.workspace.mark_edited(edited, by=person.id))

    def delete(self, user: str, channel: str, message_ts: str, *, as_admin: bool = False) -> None:
        """Delete a person's own message, or anybody's as an admin of the workspace.

        Raises SlackError `cant_delete_message`.
        """
        if as_admin:
            _, conversation = self.workspace.actor_in(user, channel)
            message = self.workspace.message(conversation, message_ts)
        else:
            _, conversation, message = self._find_own(
                user, channel, message_ts, "cant_delete_message"
            )
        self.workspace.delete(conversation, message)

    def freeze(self, channel: str, message_ts: str) -> None:
        """Close the edit window of a message: its author can't update it any more."""
        conversation = self.workspace.channel(channel)
        message = self.workspace.message(conversation, message_ts)
        self.workspace.edit(conversation, message | {"is_frozen": True})

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        *,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
    ) -> Delivery:
        """Use an element of a message that this person sees.

        `value` is what was chosen or entered in elements other than buttons. Raises SlackError:
        `message_not_found`, `action_not_found`, `invalid_option`, `app_not_interactive`.
        """
        person, conversation = self.workspace.actor_in(user, channel)
        message = conversation.log.find(message_ts)
        if message is None or message.get("visible_to", person.id) != person.id:
            raise SlackError("message_not_found")
        blocks = message.get("blocks", [])
        block, element = find_element(blocks, action_id=action_id, block_id=block_id)
        if person.id not in element.get("visible_to_user_ids", [person.id]):
            raise SlackError("action_not_found")
        self.workspace.app.require_interactivity()
        at = f"{self.workspace.clock().timestamp():.6f}"
        action = use_element(block, element, value=value, at=at)
        payload = self.payloads.block_actions(person, conversation, message, action)
        return await self.dispatcher.deliver("interactive", payload)

    def _find_own(
        self, user: str, channel: str, message_ts: str, error: str
    ) -> tuple[Person, Channel, Message]:
        person, conversation = self.workspace.actor_in(user, channel)
        message = self.workspace.message(conversation, message_ts)
        if message["user"] != person.id or "bot_id" in message:
            raise SlackError(error)
        return person, conversation, message
