"""`/odps` with nothing behind it: how to begin, with buttons."""

from odps_bot.authorization import effective_role
from odps_bot.input import find_run
from odps_bot.input.projects import projects_here
from odps_bot.input.request import Answer, Request
from odps_bot.messages.replies.help import Place, home_address, start_message
from odps_bot.services import Services


def start(request: Request, services: Services) -> Answer:
    """Return how to begin here."""
    place = place_of(request, services)
    if place.missing:
        return start_message(place, active=0)
    active = [run for run in find_run.my_open_runs(request, services) if request.owns(run)]
    return start_message(
        place,
        active=len(active),
        run_name=find_run.run_of_thread(request, services) or "",
        home_address=home_address(request.team_id, request.app_id),
    )


def place_of(request: Request, services: Services) -> Place:
    """Return where the person is, and what they are there."""
    return Place(
        channel_id=request.channel_id,
        role=effective_role(request, services),
        projects=projects_here(request, services),
        contact=services.rules.contact,
        user_id=request.user_id,
    )
