"""`/odps approve`: approve a run that awaits a second person, or its requester's confirmation."""

from functools import partial

from odps_bot.errors import UsageError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.decide import decide
from odps_bot.services import Services

USAGE = "/odps approve ID"


def answer(request: Request, services: Services) -> Answer:
    """Approve the named run, as its card currently shows it."""
    wanted = find_run.identifier(request, services, usage=USAGE)
    if wanted is None:
        raise UsageError(
            "Which run do you want to approve? Those that wait for you are in my Home tab."
            " Nothing was changed.",
            usage=USAGE,
        )
    run = find_run.known_run(request, services, wanted)
    return approve(run, None, request, services)


#: Approves what the card showed when its button was clicked.
approve = partial(decide, is_approval=True)

COMMAND = Command(
    usage=USAGE,
    summary="Approve a run that needs a second person's approval",
    group=Group.COSTS,
    examples=("/odps approve r42",),
    answer=answer,
)
