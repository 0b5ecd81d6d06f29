"""The projects that are available in a channel, and the default one."""

from odps_bot.config.rules import EVERY_PROJECT
from odps_bot.errors import CommandError
from odps_bot.input.did_you_mean import QUOTED_CHARACTERS, suggestion
from odps_bot.input.request import Request
from odps_bot.messages import text as t
from odps_bot.messages.denials import ask_for_help
from odps_bot.services import Services
from odps_bot.store.preferences import Preferences


def projects_here(request: Request, services: Services) -> tuple[str, ...]:
    """Return the projects that the channel allows, in its own order."""
    channel = services.rules.channel(request.channel_id)
    allowed = [name for name in services.settings.projects if channel.allows(name)]
    preferred = [name for name in channel.projects if name in allowed]
    return tuple(dict.fromkeys((*preferred, *allowed)))


def default_project(
    request: Request, services: Services, preferences: Preferences | None = None
) -> str:
    """Return the project of a run that names none: the channel's, or the person's choice.

    Reads `preferences` unless they are given. Raises CommandError where no project may be used.
    """
    here = projects_here(request, services)
    if not here:
        raise CommandError(
            "No projects are enabled in this channel. Nothing was submitted."
            f" {ask_for_help(services.rules.contact, user_id=request.user_id)}"
        )
    if services.rules.channel(request.channel_id).projects[0] != EVERY_PROJECT:
        return here[0]
    if preferences is None:
        preferences = services.stores.preferences.get(request.team_id, request.user_id)
    return preferences.project_among(here)


def allowed_project(
    project: str | None,
    request: Request,
    services: Services,
    preferences: Preferences | None = None,
    *,
    undone: str = "Nothing was submitted.",
) -> str:
    """Return the project that was named, or the default. Raises CommandError for unknown ones.

    `undone` is the sentence of the error that says what was not done.
    Of those that look like it, only such as the channel may see are suggested.
    Whether the channel and the person may use it is for `odps_bot.authorization`.
    """
    if project is None:
        return default_project(request, services, preferences)
    if project not in services.settings.projects:
        here = projects_here(request, services)
        if near := suggestion(project, here):
            name = t.code(project, limit=QUOTED_CHARACTERS)
            raise CommandError(f"I don't know project {name}.{near} {undone}")
        known = ", ".join(map(t.code, here)) or "none"
        raise CommandError(
            f"I don't have access to project {t.code(project)}. Available here: {known}. {undone}"
        )
    return project
