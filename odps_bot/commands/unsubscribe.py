"""`/odps unsubscribe`: stop notifying a channel about a project."""

from odps_bot.authorization import require_permission
from odps_bot.commands.subscriptions import of_channel
from odps_bot.errors import CommandError, UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.did_you_mean import QUOTED_CHARACTERS, suggestion
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.messages.alerts.subscriptions import unsubscribed
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services

USAGE = "/odps unsubscribe PROJECT"

_FILLERS = frozenset({"from", "project", "to", "of"})


def answer(request: Request, services: Services) -> Answer:
    """End the channel's subscription; pending alerts are dropped."""
    project = _project(request, services)
    require_permission(request, services, Permission.SUBSCRIBE, project=project)
    before, _ = services.stores.subscriptions.change(
        project, request.team_id, request.channel_id, lambda _before: None
    )
    if before is None:
        raise _not_subscribed(project, request, services)
    services.stores.digests.forget(before.id)
    if not services.stores.subscriptions.has_any(project):
        services.stores.observations.forget(project)
    return unsubscribed(before)


def _not_subscribed(project: str, request: Request, services: Services) -> CommandError:
    name = t.code(project, limit=QUOTED_CHARACTERS)
    subscribed = [one.project for one in of_channel(request, services)]
    if near := suggestion(project, subscribed):
        return CommandError(f"This channel isn't subscribed to {name}.{near} Nothing was changed.")
    how = t.code(f"/odps subscribe {project}", limit=80)
    return CommandError(f"This channel isn't subscribed to {name}. To subscribe: {how}.")


def _project(request: Request, services: Services) -> str:
    """Return the project that was typed, or the only one that the channel is subscribed to."""
    words = [word.strip("`'\"*.,;") for word in request.text.split()]
    named = [word for word in words if word.lower() not in _FILLERS]
    if len(named) > 1:
        raise UsageError("Name one project at a time. Nothing was changed.", usage=USAGE)
    if named:
        return named[0]
    subscribed = [one.project for one in of_channel(request, services)]
    if len(subscribed) == 1:
        return subscribed[0]
    if not subscribed:
        raise CommandError(
            "This channel has no subscriptions. To subscribe: `/odps subscribe PROJECT`."
        )
    known = ", ".join(map(t.code, subscribed))
    raise UsageError(f"Which project? This channel is subscribed to {known}.", usage=USAGE)


COMMAND = Command(
    usage=USAGE,
    summary="Stop notifying this channel about a project",
    group=Group.ALERTS,
    examples=("/odps unsubscribe analytics",),
    answer=answer,
    permission=Permission.SUBSCRIBE,
)
