"""What a person has chosen for their runs, and choosing it in the App Home."""

from odps_bot.errors import CommandError
from odps_bot.input.projects import default_project
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.services import Services
from odps_bot.store.preferences import NotifyStyle, Preferences


def lost_project_in_words(preferences: Preferences, request: Request, services: Services) -> str:
    """Return mrkdwn that says where runs go now that the chosen project is gone; mostly empty."""
    lost = preferences.lost_project(services.settings.projects)
    if not lost:
        return ""
    now = t.code(default_project(request, services, preferences))
    return (
        f":warning: I may no longer use your default project {t.code(lost)}: this goes to {now}."
        " Choose another in my Home tab."
    )


def choose_project(value: str, request: Request, services: Services) -> Answer:
    """Keep the person's default project; their Home shows that it is kept."""
    if value not in services.settings.projects:
        raise CommandError(f"I may not use the project {t.code(value)}. Nothing was changed.")
    services.stores.preferences.choose_project(request.team_id, request.user_id, value)
    return None


def choose_notify(value: str, request: Request, services: Services) -> Answer:
    """Keep how the person hears of the end of their runs."""
    if value not in set(NotifyStyle):
        raise CommandError("I don't know this choice. Nothing was changed.")
    services.stores.preferences.choose_notify(request.team_id, request.user_id, NotifyStyle(value))
    return None
