"""`/odps result`: show the result of a run again, without running it again."""

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input import find_run
from odps_bot.input.command import Command
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.results.shown_again import result_answer
from odps_bot.messages.run.states import state_in_words
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
    if run := find_run.find_run(request, services, wanted):
        return result_of(run, request, services)
    if find_run.INSTANCE_ID.fullmatch(wanted):
        raise CommandError(
            f"I have no result of {t.code(wanted)}, because I didn't follow it."
            f" {t.code(f'/odps watch {wanted}')} follows it and shows its result."
        )
    raise find_run.unknown_run(request, services, wanted)


def result_of(run: Run, request: Request, services: Services) -> Answer:
    """Show the result of the run in an ephemeral message, in the best form that Slack accepts."""
    require_permission(request, services, Permission.SEE)
    if not run.is_final:
        return ephemeral.plain(
            f"{state_in_words(run)}: run {t.code(run.name)} has no result yet."
            f" {t.code(f'/odps status {run.name}')} shows its progress;"
            f" {t.code(f'/odps stop {run.name}')} stops it."
        )
    best, *plainer = result_answer(run, now=services.clock())
    services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
    services.stores.ephemeral_replies.give(request.interaction_id, best, plainer=plainer)
    services.jobs.deliver()
    return None


def _offer(request: Request, services: Services) -> Answer:
    ended = [run for run in find_run.my_runs(request, services) if run.state in WITH_RESULT]
    if not ended:
        return ephemeral.plain("None of your runs or this channel's has a result yet.")
    return ephemeral.offer_result(ended, now=services.clock())


COMMAND = Command(
    name="result",
    usage=USAGE,
    summary="Show what a run returned, without running it again",
    examples=("/odps result", "/odps result r42"),
    answer=answer,
)
