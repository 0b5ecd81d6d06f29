"""`/odps reject`: reject a run that awaits a decision, with a reason."""

from functools import partial

from odps_bot.errors import UsageError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.options import split_word
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.decide import check, decide
from odps_bot.messages.run.questions import REASON_CHARACTERS, reject_modal
from odps_bot.runs import Run
from odps_bot.services import Services

USAGE = "/odps reject ID REASON"


def answer(request: Request, services: Services) -> Answer:
    """Reject the named run."""
    wanted, reason = split_word(request.text)
    if not wanted:
        raise UsageError(
            "Which run do you want to reject, and why? Those that wait for you are in my Home tab."
            " Nothing was changed.",
            usage=USAGE,
        )
    run = find_run.known_run(request, services, wanted.strip("`'\"*.,;"))
    return reject(run, None, request, services, reason=reason)


def reject(
    run: Run, digest: str | None, request: Request, services: Services, *, reason: str
) -> Answer:
    """Reject what was shown. Raises UsageError without a reason for the requester."""
    is_own_question = run.question is not None and run.question.is_for_requester
    stated = reason.strip()[:REASON_CHARACTERS]
    if not stated and not is_own_question:
        check(run, digest, request, services, is_approval=False)
        raise UsageError("Give a reason for the requester. Nothing was changed.", usage=USAGE)
    return decide(run, digest, request, services, is_approval=False, reason=stated)


#: Declines one's own run because of its cost.
decline = partial(decide, is_approval=False)


def ask_why(run: Run, digest: str, request: Request, services: Services) -> Answer:
    """Open the modal that asks for the reason of a rejection."""
    check(run, digest, request, services, is_approval=False)
    return reject_modal(run)


COMMAND = Command(
    usage=USAGE,
    summary="Reject a run that awaits a decision, with a reason",
    group=Group.COSTS,
    examples=("/odps reject r42 please restrict it to one day",),
    answer=answer,
)
