"""Slash commands of the app, and the built-in ones that concern the bot."""

import re
from dataclasses import dataclass

from odps_bot.sandbox.slack.actions.channels import ChannelActions
from odps_bot.sandbox.slack.app import SlashCommand
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.entities import Channel, Person
from odps_bot.sandbox.slack.response_messages import show_ack
from odps_bot.sandbox.slack.texts import encode_entities, escape_names
from odps_bot.sandbox.slack.workspace import Workspace

_COMMAND = re.compile(r"(/\S+)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class CommandActions:
    """Carries out slash commands; `encodes_text` escapes their text as Slack does in messages."""

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads
    channels: ChannelActions
    encodes_text: bool

    async def command(
        self, person: Person, channel: Channel, line: str, *, thread_ts: str | None
    ) -> Delivery:
        """Carry out a line that starts with a slash; Slackbot posts what is wrong with it."""
        found = _COMMAND.fullmatch(line)
        name, text = (found[1], found[2]) if found else (line, "")
        if thread_ts is not None:
            message = f"{name} is not supported in threads. Sorry!"
            return self._refuse(person, channel, "command_in_thread", message, thread_ts=thread_ts)
        if name in {"/invite", "/kick", "/remove"}:
            return self._move_bot(person, channel, name, text)
        if name == "/me":
            return self._act_out(person, channel, text)
        command = self.workspace.app.find_command(name)
        if command is None:
            message = (
                f"{name} is not a valid command. In Slack, all messages that start with the "
                '"/" character are interpreted as commands.'
            )
            return self._refuse(person, channel, "unknown_command", message)
        return await self._deliver(person, channel, command, text)

    async def _deliver(
        self, person: Person, channel: Channel, command: SlashCommand, text: str
    ) -> Delivery:
        encoded = encode_entities(text) if self.encodes_text else text
        if command.should_escape:
            channels = {entry.name: entry.id for entry in self.workspace.channels.values()}
            encoded = escape_names(encoded, people=self.workspace.names(), channels=channels)
        payload = self.payloads.slash_command(
            person, channel, command=command.command, text=encoded
        )
        delivery = await self.dispatcher.deliver("slash_commands", payload)
        if delivery.ok and not show_ack(self.workspace, channel, delivery.ack, user_id=person.id):
            delivery = Delivery(
                ok=False, error="dispatch_failed", ack=delivery.ack, elapsed=delivery.elapsed
            )
        if not delivery.ok:
            message = f'{command.command} failed with the error "{delivery.error}"'
            self.workspace.post_as_slackbot(channel, message, user_id=person.id)
        return delivery

    def _act_out(self, person: Person, channel: Channel, text: str) -> Delivery:
        if not text:
            message = "/me needs something that you do."
            return self._refuse(person, channel, "no_text", message)
        content = self.workspace.compose(person, text) | {"subtype": "me_message"}
        author = self.workspace.person_author(person, channel)
        return Delivery(ok=True, ts=self.workspace.post(channel, author, content)["ts"])

    def _move_bot(self, person: Person, channel: Channel, name: str, text: str) -> Delivery:
        bot = self.workspace.bot
        if text.strip() not in {f"@{bot.name}", f"<@{bot.id}>"}:
            message = f"{name} works for @{bot.name} only in this sandbox."
            return self._refuse(person, channel, "user_not_found", message)
        if name == "/invite":
            self.channels.invite(person.id, channel.id)
        else:
            self.channels.kick(channel.id)
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
        self.workspace.post_as_slackbot(channel, message, user_id=person.id, thread_ts=thread_ts)
        return Delivery(ok=False, error=code)
