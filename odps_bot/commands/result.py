"""`/odps result`: show the result of a run again, without running it again."""

from odps_bot.authorization import require_permission
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.request import Answer, Request, Surface
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.shown_again import result_answer
from odps_bot.messages.run.result_modal import result_modal_view
from odps_bot.messages.run.states import state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run, RunState
from odps_bot.services import Services

USAGE = "/odps result [ID]"

#: The final states in which a run has a result or an error to show.
WITH_RESULT = frozenset({RunState.SUCCEEDED, RunState.FAILED})


def answer(request: Request, services: Services) -> Answer:
    """Show the result of the named run, or offer the runs that have ended."""
    require_permission(request, services, Permission.SEE)
    wanted = find_run.identifier(request, services, usage=USAGE)
    if wanted is None:
        return _offer(request, services)
    hint = "I have no result of {}, because I didn't follow it. {} follows it and shows its result."
    run = find_run.known_run(request, services, wanted, if_instance=hint)
    return result_of(run, request, services)


def result_of(run: Run, request: Request, services: Services) -> Answer:
    """Show the result of the run in an ephemeral message, in the best form that Slack accepts."""
    require_permission(request, services, Permission.SEE)
    if not run.is_final:
        return Message(
            f"{state_in_words(run)}: run {run_link(run)} has no result yet."
            f" {t.code(f'/odps status {run.name}')} shows its progress;"
            f" {t.code(f'/odps stop {run.name}')} stops it."
        )
    if request.surface is Surface.HOME and run.table:
        # A reply to a click there would be a direct message.
        return result_modal_view(run, run.table, now=services.clock())
    best, *plainer = result_answer(run, now=services.clock())
    services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
    services.stores.ephemeral_replies.give(request.interaction_id, best, plainer=plainer)
    services.jobs.deliver()
    return None


def _offer(request: Request, services: Services) -> Answer:
    ended = [run for run in find_run.my_runs(request, services) if run.state in WITH_RESULT]
    return ephemeral.offer(ephemeral.RESULT, ended, now=services.clock())


COMMAND = Command(
    usage=USAGE,
    summary="Show what a run returned, without running it again",
    group=Group.FOLLOW,
    examples=("/odps result", "/odps result r42"),
    answer=answer,
)
