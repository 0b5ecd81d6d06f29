"""A Slack that runs on this machine; Bolt and the SDK work against it unmodified."""

from odps_bot.sandbox.slack.app import Shortcut, SlackApp, SlashCommand
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery
from odps_bot.sandbox.slack.delivery.rotation import Rotation
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.sandbox import ACK_TIMEOUT, SlackSandbox

__all__ = [
    "ACK_TIMEOUT",
    "Delivery",
    "Rotation",
    "Shortcut",
    "SlackApp",
    "SlackError",
    "SlackSandbox",
    "SlashCommand",
]
