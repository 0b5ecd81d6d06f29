"""`/odps subscriptions`: list a channel's subscriptions."""

from datetime import timedelta

from odps_bot.alerts.subscriptions import Subscription
from odps_bot.authorization import require_permission
from odps_bot.input.command import Command, Group
from odps_bot.input.request import Answer, Request
from odps_bot.messages.alerts.subscriptions import WatchProblems, subscription_list
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services

USAGE = "/odps subscriptions"

#: When sweeps have failed for longer, the list says so.
LONGEST_SILENCE = timedelta(minutes=5)


def answer(request: Request, services: Services) -> Answer:
    """List them."""
    require_permission(request, services, Permission.SEE)
    found = of_channel(request, services)
    problems = {one.project: _problems(one, services) for one in found}
    return subscription_list(found, problems=problems)


def _problems(subscription: Subscription, services: Services) -> WatchProblems:
    scanned_until = services.stores.observations.scanned_until(subscription.project)
    is_late = scanned_until is not None and services.clock() - scanned_until > LONGEST_SILENCE
    return WatchProblems(
        scanned_until=scanned_until if is_late else None,
        refusal=services.stores.observations.refusal(subscription.project),
    )


def of_channel(request: Request, services: Services) -> list[Subscription]:
    """Return the channel's subscriptions."""
    found = [
        services.stores.subscriptions.find(project, request.team_id, request.channel_id)
        for project in services.settings.projects
    ]
    return [one for one in found if one]


COMMAND = Command(
    usage=USAGE,
    summary="List this channel's subscriptions and who owns them",
    group=Group.ALERTS,
    examples=("/odps subscriptions",),
    answer=answer,
)
