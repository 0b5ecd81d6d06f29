"""How Slack reaches us: acknowledge, hand over, answer."""

from slack_bolt import App

from odps_bot.listeners import (
    clicks,
    decision_clicks,
    home,
    inquiry_clicks,
    mentions,
    notice_clicks,
    shortcuts,
    slash_command,
    unheard,
    uninstalled,
    unreadable,
    views,
)
from odps_bot.services import Services


def register(app: App, services: Services) -> None:
    """Let `app` hear everything that people can do."""
    slash_command.register(app, services)
    shortcuts.register(app, services)
    views.register(app, services)
    mentions.register(app, services)
    clicks.register(app, services)
    decision_clicks.register(app, services)
    home.register(app, services)
    inquiry_clicks.register(app, services)
    notice_clicks.register(app, services)
    uninstalled.register(app, services)
    unheard.register(app)
    unreadable.register(app)
