"""How Slack reaches us: acknowledge, hand over, answer."""

from slack_bolt import App

from odps_bot.listeners import (
    actions,
    commands,
    decision_clicks,
    error_handler,
    inquiry_clicks,
    notice_clicks,
    shortcuts,
    views,
)
from odps_bot.listeners.events import app_home, app_uninstalled, ignored_events, mentions
from odps_bot.services import Services


def register(app: App, services: Services) -> None:
    """Let `app` hear everything that people can do."""
    commands.register(app, services)
    shortcuts.register(app, services)
    views.register(app, services)
    mentions.register(app, services)
    actions.register(app, services)
    decision_clicks.register(app, services)
    app_home.register(app, services)
    inquiry_clicks.register(app, services)
    notice_clicks.register(app, services)
    app_uninstalled.register(app, services)
    ignored_events.register(app)
    error_handler.register(app)
