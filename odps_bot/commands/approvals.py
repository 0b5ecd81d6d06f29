"""`/odps approvals`: list approvals that hold for a while, and end them."""

from odps_bot.authorization import require_permission
from odps_bot.errors import UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.standing_approvals import list_approvals
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services

USAGE = "/odps approvals"


def answer(request: Request, services: Services) -> Answer:
    """List them, each with a button that ends it."""
    require_permission(request, services, Permission.SEE)
    if request.text.strip():
        raise UsageError(
            "The list takes no words. To approve a run: `/odps approve ID`. Nothing was changed.",
            usage=USAGE,
        )
    return list_approvals(request, services)


COMMAND = Command(
    usage=USAGE,
    group=Group.COSTS,
    summary="List the standing approvals that concern you, and revoke them",
    examples=("/odps approvals",),
    answer=answer,
)
