"""How Slack reaches us: acknowledge, hand over, answer."""

from slack_bolt import App

from odps_bot.listeners import clicks, slash_command
from odps_bot.services import Services


def register(app: App, services: Services) -> None:
    """Let `app` hear everything that people can do."""
    slash_command.register(app, services)
    clicks.register(app, services)
