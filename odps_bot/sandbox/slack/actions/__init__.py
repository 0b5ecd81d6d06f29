"""What people do in Slack's client, and how it is delivered to the app."""

from dataclasses import dataclass

from odps_bot.sandbox.slack.actions.channels import ChannelActions
from odps_bot.sandbox.slack.actions.commands import CommandActions
from odps_bot.sandbox.slack.actions.files import FileActions
from odps_bot.sandbox.slack.actions.messages import MessageActions
from odps_bot.sandbox.slack.actions.modals import ModalActions
from odps_bot.sandbox.slack.actions.shortcuts import ShortcutActions
from odps_bot.sandbox.slack.actions.suggestions import SuggestionActions
from odps_bot.sandbox.slack.actions.views import ViewActions
from odps_bot.sandbox.slack.delivery.dispatcher import Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.event_emitter import EventEmitter
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Actions:
    """All actions of people."""

    channels: ChannelActions
    files: FileActions
    messages: MessageActions
    modals: ModalActions
    shortcuts: ShortcutActions
    suggestions: SuggestionActions
    views: ViewActions

    @classmethod
    def build(
        cls,
        workspace: Workspace,
        dispatcher: Dispatcher,
        payloads: Payloads,
        *,
        encodes_command_text: bool,
    ) -> "Actions":
        """Deliver by `dispatcher`; escape the text of commands if `encodes_command_text`."""
        emitter = EventEmitter(workspace, dispatcher, payloads)
        workspace.on_message = emitter.message
        workspace.installations.on_uninstalled = emitter.uninstalled
        channels = ChannelActions(workspace, emitter)
        files = FileActions(workspace)
        commands = CommandActions(
            workspace, dispatcher, payloads, channels, encodes_text=encodes_command_text
        )
        return cls(
            channels=channels,
            files=files,
            messages=MessageActions(workspace, dispatcher, payloads, commands),
            modals=ModalActions(workspace, dispatcher, payloads, files),
            shortcuts=ShortcutActions(workspace, dispatcher, payloads),
            suggestions=SuggestionActions(workspace, dispatcher, payloads),
            views=ViewActions(workspace, dispatcher, payloads, emitter),
        )
