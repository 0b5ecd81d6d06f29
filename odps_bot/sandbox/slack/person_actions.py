"""What people do: say something, command the app, click, invite it."""

import re
from typing import Any

from odps_bot.sandbox.slack.app import BOT_USER_ID, SlashCommand
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.interactive_elements import find_element, use_element
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.residents import Channel, Person
from odps_bot.sandbox.slack.response_messages import show_ack
from odps_bot.sandbox.slack.texts import as_typed, encode_entities, escape_names
from odps_bot.sandbox.slack.workspace import Workspace

_COMMAND = re.compile(r"(/\S+)\s*(.*)", re.DOTALL)


class PersonActions:
    """Everything that a person can do in the client."""

    def __init__(
        self,
        workspace: Workspace,
        dispatcher: Dispatcher,
        payloads: Payloads,
        *,
        encodes_command_text: bool,
    ) -> None:
        """Tell the app by `dispatcher`; escape what is typed if `encodes_command_text`."""
        self._workspace = workspace
        self._dispatcher = dispatcher
        self._payloads = payloads
        self._encodes_command_text = encodes_command_text

    async def say(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None
    ) -> Delivery:
        """Send what a person typed: a message, or a command when it begins with a slash.

        Raises SlackError for what the client would not let a person do: `user_not_found`,
        `channel_not_found`, `is_archived`, `no_text`, `thread_not_found`.
        """
        person, place = self._find(user, channel)
        if place.is_archived:
            raise SlackError("is_archived")
        if not text.strip():
            raise SlackError("no_text")
        if text.startswith("/"):  # a space in front makes it an ordinary message
            return await self._command(person, place, text.strip(), thread_ts=thread_ts)
        return self._speak(person, place, text, thread_ts=thread_ts)

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

        `value` is what is chosen or entered in elements other than buttons. Raises SlackError:
        `message_not_found`, `action_not_found`, `invalid_option`, `app_not_interactive`.
        """
        person, place = self._find(user, channel)
        message = place.log.find(message_ts)
        if message is None or message.get("visible_to", person.id) != person.id:
            raise SlackError("message_not_found")
        blocks = message.get("blocks", [])
        block, element = find_element(blocks, action_id=action_id, block_id=block_id)
        if not self._workspace.app.is_interactive:
            raise SlackError("app_not_interactive")
        at = f"{self._workspace.clock().timestamp():.6f}"
        action = use_element(block, element, value=value, at=at)
        payload = self._payloads.block_actions(person, place, message, action)
        return await self._dispatcher.deliver("interactive", payload)

    def invite(self, user: str, channel: str) -> None:
        """Bring the bot into a channel. Raises SlackError `cant_invite_to_im`, `is_archived`."""
        person, place = self._find(user, channel)
        if place.kind == "im":
            raise SlackError("cant_invite_to_im")
        if place.is_archived:
            raise SlackError("is_archived")
        if not place.is_bot_member:
            self._workspace.join(place, BOT_USER_ID)
            self._announce_bot(place, inviter=person)

    def kick(self, channel: str) -> None:
        """Take the bot out of a channel. Raises SlackError `cant_kick_from_im`."""
        place = self._workspace.channel(channel)
        if place.kind == "im":
            raise SlackError("cant_kick_from_im")
        self._workspace.leave(place, BOT_USER_ID)

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self._workspace.archive(self._workspace.channel(channel), archived=archived)

    def _find(self, user: str, channel: str) -> tuple[Person, Channel]:
        person = self._workspace.person(user)
        return person, self._workspace.channel_seen_by(person.id, channel)

    # -- commands ----------------------------------------------------------------------------

    async def _command(
        self, person: Person, channel: Channel, line: str, *, thread_ts: str | None
    ) -> Delivery:
        found = _COMMAND.fullmatch(line)
        name, text = (found[1], found[2]) if found else (line, "")
        if thread_ts is not None:
            message = f"{name} is not supported in threads. Sorry!"
            return self._refuse(person, channel, "command_in_thread", message, thread_ts=thread_ts)
        if name in {"/invite", "/kick", "/remove"}:
            return self._move_bot(person, channel, name, text)
        command = self._workspace.app.find_command(name)
        if command is None:
            message = (
                f"{name} is not a valid command. In Slack, all messages that start with the "
                '"/" character are interpreted as commands.'
            )
            return self._refuse(person, channel, "unknown_command", message)
        return await self._deliver_command(person, channel, command, text)

    async def _deliver_command(
        self, person: Person, channel: Channel, command: SlashCommand, text: str
    ) -> Delivery:
        encoded = encode_entities(text) if self._encodes_command_text else text
        if command.should_escape:
            channels = {entry.name: entry.id for entry in self._workspace.channels.values()}
            encoded = escape_names(encoded, people=self._names(), channels=channels)
        payload = self._payloads.slash_command(
            person, channel, command=command.command, text=encoded
        )
        delivery = await self._dispatcher.deliver("slash_commands", payload)
        if delivery.ok and not show_ack(self._workspace, channel, delivery.ack, user_id=person.id):
            delivery = Delivery(
                ok=False, error="dispatch_failed", ack=delivery.ack, elapsed=delivery.elapsed
            )
        if not delivery.ok:
            message = f'{command.command} failed with the error "{delivery.error}"'
            self._workspace.say_as_slackbot(channel, message, user_id=person.id)
        return delivery

    def _move_bot(self, person: Person, channel: Channel, name: str, text: str) -> Delivery:
        bot = self._workspace.bot
        if text.strip() not in {f"@{bot.name}", f"<@{bot.id}>"}:
            message = f"{name} works for @{bot.name} only in this sandbox."
            return self._refuse(person, channel, "user_not_found", message)
        if name == "/invite":
            self.invite(person.id, channel.id)
        else:
            self.kick(channel.id)
        return Delivery(ok=True)

    def _refuse(
        self,
        person: Person,
        channel: Channel,
        code: str,
        message: str,
        *,
        thread_ts: str | None = None,
    ) -> Delivery:
        self._workspace.say_as_slackbot(channel, message, user_id=person.id, thread_ts=thread_ts)
        return Delivery(ok=False, error=code)

    # -- messages ----------------------------------------------------------------------------

    def _speak(
        self, person: Person, channel: Channel, text: str, *, thread_ts: str | None
    ) -> Delivery:
        content: Message = {"text": as_typed(text, people=self._names())}
        if thread_ts is not None:
            parent = self._workspace.message(channel, thread_ts)
            content["thread_ts"] = parent.get("thread_ts", parent["ts"])
        author = self._workspace.person_author(person)
        message = self._workspace.post(channel, author, content)
        for event in self._events_about(channel, message):
            self._dispatcher.send_event(self._payloads.event(event))
        return Delivery(ok=True, ts=message["ts"])

    def _events_about(self, channel: Channel, message: Message) -> list[Message]:
        if not channel.is_bot_member:
            return []
        subscribed = self._workspace.app.events
        kind = {"public": "channel", "private": "group", "im": "im"}[channel.kind]
        told = {key: value for key, value in message.items() if key != "type"}
        about = told | {"event_ts": message["ts"]}
        names = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
        events = []
        if names[kind] in subscribed:
            events.append({"type": "message", **about, "channel_type": kind})
        # In a direct message with the app Slack sends message.im only.
        is_mentioned = f"<@{BOT_USER_ID}>" in message["text"]
        if kind != "im" and is_mentioned and "app_mention" in subscribed:
            events.append({"type": "app_mention", **about})
        return events

    def _announce_bot(self, channel: Channel, *, inviter: Person) -> None:
        if "member_joined_channel" in self._workspace.app.events:
            event = {
                "type": "member_joined_channel",
                "user": BOT_USER_ID,
                "channel": channel.id,
                "channel_type": "G" if channel.kind == "private" else "C",
                "team": self._workspace.team.id,
                "inviter": inviter.id,
                "event_ts": f"{self._workspace.clock().timestamp():.6f}",
            }
            self._dispatcher.send_event(self._payloads.event(event))

    def _names(self) -> dict[str, str]:
        return {person.name: person.id for person in self._workspace.people.values()}
