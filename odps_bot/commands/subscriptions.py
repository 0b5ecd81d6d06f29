"""`/odps subscriptions`: what a channel hears of."""

from odps_bot.commands.command import Command
from odps_bot.commands.permission import demand
from odps_bot.commands.request import Answer, Request
from odps_bot.messages import notices
from odps_bot.policy.standing import Deed
from odps_bot.runs.subscriptions import Subscription
from odps_bot.services import Services

USAGE = "/odps subscriptions"


def answer(request: Request, services: Services) -> Answer:
    """List them."""
    demand(request, services, Deed.SEE)
    return notices.subscription_list(of_channel(request, services))


def of_channel(request: Request, services: Services) -> list[Subscription]:
    """Return the channel's subscriptions."""
    found = [
        services.subscriptions.find(project, request.team_id, request.channel_id)
        for project in services.settings.projects
    ]
    return [one for one in found if one]


COMMAND = Command(
    name="subscriptions",
    usage=USAGE,
    summary="What this channel hears of, and who subscribed it",
    examples=("/odps subscriptions",),
    answer=answer,
)
