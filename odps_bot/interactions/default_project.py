"""A person's preferences for their runs, chosen in the App Home."""

from odps_bot.errors import CommandError
from odps_bot.input.projects import default_project
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.services import Services
from odps_bot.store.preferences import NotifyStyle, Preferences


def lost_project_in_words(preferences: Preferences, request: Request, services: Services) -> str:
    """Return a warning (mrkdwn) if the person's default project is gone; otherwise empty."""
    lost = preferences.lost_project(services.settings.projects)
    if not lost:
        return ""
    now = t.code(default_project(request, services, preferences))
    return (
        f":warning: Your default project {t.code(lost)} is no longer available; {now} is used"
        " instead. Choose another one in my Home tab."
    )


def choose_project(value: str, request: Request, services: Services) -> Answer:
    """Store the person's default project; their Home shows it."""
    if value not in services.settings.projects:
        raise CommandError(f"I don't have access to project {t.code(value)}. Nothing was changed.")
    services.stores.preferences.choose_project(request.team_id, request.user_id, value)
    return None


def choose_notify(value: str, request: Request, services: Services) -> Answer:
    """Store how the person is notified of the end of their runs."""
    if value not in set(NotifyStyle):
        raise CommandError("This option is no longer available. Nothing was changed.")
    services.stores.preferences.choose_notify(request.team_id, request.user_id, NotifyStyle(value))
    return None
