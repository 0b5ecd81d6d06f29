"""Actions on messages: post, edit and delete them, and use their elements."""

import uuid
from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.actions.commands import CommandActions
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.entities import Channel, Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.forwards import forwarded
from odps_bot.sandbox.slack.interactive_elements import find_element, use_element
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.organizations import home_of
from odps_bot.sandbox.slack.other_app import other_app_author
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class MessageActions:
    """What people do with messages."""

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads
    commands: CommandActions

    async def say(
        self,
        user: str,
        channel: str,
        text: str = "",
        *,
        thread_ts: str | None = None,
        blocks: Any = None,
        is_broadcast: bool = False,
        is_through_app: bool = False,
    ) -> Delivery:
        """Send what a person typed: a message, or a command when it starts with a slash.

        `blocks` is rich text in place of `text`, for what markup can't express. `is_broadcast`
        sends a reply to the channel as well. `is_through_app` posts on behalf of the person, as
        apps with a user's token do. Raises SlackError for what the client does not allow:
        `user_not_found`, `user_is_deactivated`, `channel_not_found`, `is_archived`,
        `messages_tab_disabled`, `no_text`, `message_not_found`, `invalid_blocks`.
        """
        person, conversation = self.workspace.writer_in(user, channel)
        if not text.strip() and blocks is None:
            raise SlackError("no_text")
        if text.startswith("/"):  # after a leading space it is an ordinary message
            return await self.commands.command(
                person, conversation, text.strip(), thread_ts=thread_ts
            )
        content = self.workspace.compose(person, text, blocks=blocks)
        if thread_ts is not None:
            content["thread_ts"] = self.workspace.thread_of(conversation, thread_ts)
            content |= {"subtype": "thread_broadcast"} if is_broadcast else {}
        author = self.workspace.person_author(person, conversation)
        author |= (
            other_app_author(self.workspace.team)
            if is_through_app
            else {"client_msg_id": _new_id()}
        )
        return Delivery(ok=True, ts=self.workspace.post(conversation, author, content)["ts"])

    def forward(
        self, user: str, channel: str, message_ts: str, to: str, comment: str = ""
    ) -> Delivery:
        """Forward a message to another conversation.

        Raises SlackError `message_not_found`, and as `say` does for the conversation `to`.
        """
        person, conversation = self.workspace.actor_in(user, channel)
        message = self.workspace.message(conversation, message_ts)
        person, target = self.workspace.writer_in(user, to)
        content = self.workspace.compose(person, comment)
        attachment = forwarded(
            message,
            author=self.workspace.people.get(message["user"]),
            channel=conversation,
            team=self.workspace.team,
            permalink=self.workspace.permalink(conversation, message),
        )
        author = self.workspace.person_author(person, target) | {"client_msg_id": _new_id()}
        content["attachments"] = [attachment]
        return Delivery(ok=True, ts=self.workspace.post(target, author, content)["ts"])

    def edit(
        self, user: str, channel: str, message_ts: str, text: str = "", *, blocks: Any = None
    ) -> None:
        """Edit a person's own message. Raises SlackError `cant_update_message`, `no_text`."""
        person, conversation, message = self._find_own(
            user, channel, message_ts, "cant_update_message"
        )
        if not text.strip() and blocks is None:
            raise SlackError("no_text")
        written = self.workspace.compose(person, text, blocks=blocks)
        # Slack adds these fields to messages of people that were edited.
        home = home_of(person, self.workspace.organization)
        teams = {"user_team": home, "source_team": home}
        edited = message | written | teams
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


def _new_id() -> str:
    """Return the id that a client gives to a message, so that it is not posted twice."""
    return str(uuid.uuid4())
