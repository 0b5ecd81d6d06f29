"""What Slack sends: acknowledge it, hand it over, respond."""

from slack_bolt import App

from odps_bot.listeners import actions, commands, error_handler, shortcuts, views
from odps_bot.listeners.events import (
    app_home,
    app_rate_limited,
    app_uninstalled,
    ignored_events,
    mentions,
)
from odps_bot.services import Services


def register(app: App, services: Services) -> None:
    """Register all listeners with `app`."""
    commands.register(app, services)
    actions.register(app, services)
    shortcuts.register(app, services)
    views.register(app, services)
    mentions.register(app, services)
    app_home.register(app, services)
    app_uninstalled.register(app, services)
    app_rate_limited.register(app, services)
    ignored_events.register(app, services)
    error_handler.register(app, services)
