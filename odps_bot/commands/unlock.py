"""`/odps unlock`: make a locked project writable again."""

from odps_bot.authorization import require_permission
from odps_bot.commands.lock import lock_decision
from odps_bot.errors import UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message, denials
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services

USAGE = "/odps unlock PROJECT"


def answer(request: Request, services: Services) -> Answer:
    """Unlock the project, no matter who locked it."""
    words = request.text.split()
    if len(words) != 1:
        raise UsageError("Which project? Nothing was changed.", usage=USAGE)
    project = allowed_project(
        words[0].strip("`'\"*.,;"), request, services, undone="Nothing was changed."
    )
    require_permission(request, services, Permission.LOCK, project=project)
    if not services.stores.locks.unlock(project):
        return Message(denials.not_locked(project))
    services.stores.audit.record(lock_decision("unlock", request, project=project))
    return Message(denials.was_unlocked(project))


COMMAND = Command(
    usage=USAGE,
    summary="Make a locked project writable again",
    group=Group.ADMINISTRATION,
    examples=("/odps unlock analytics",),
    answer=answer,
    permission=Permission.LOCK,
)
