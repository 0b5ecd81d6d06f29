"""`/odps result`: what a run has returned, again and without running it again."""

from odps_bot.commands import lookup
from odps_bot.commands.command import Command
from odps_bot.commands.request import Answer, Request
from odps_bot.errors import CommandError
from odps_bot.messages import answers
from odps_bot.messages import text as t
from odps_bot.messages.result_answer import result_answer
from odps_bot.messages.states import state_in_words
from odps_bot.permission import demand
from odps_bot.policy.standing import Deed
from odps_bot.runs import Run, RunState
from odps_bot.services import Services

USAGE = "/odps result [ID]"

#: Ends at which MaxCompute has said something; the others have left a card only.
WITH_RESULT = frozenset({RunState.SUCCEEDED, RunState.FAILED})


def answer(request: Request, services: Services) -> Answer:
    """Show the result of the named run, or offer those that have ended."""
    demand(request, services, Deed.SEE)
    wanted = lookup.identifier(request, services, usage=USAGE)
    if wanted is None:
        return _offer(request, services)
    if run := lookup.find_run(request, services, wanted):
        return result_of(run, request, services)
    if lookup.INSTANCE_ID.fullmatch(wanted):
        raise CommandError(
            f"I keep results of runs that I have followed, and {t.code(wanted)} is none."
            " `/odps watch` takes it up and shows its result."
        )
    raise lookup.unknown_run(request, services, wanted)


def result_of(run: Run, request: Request, services: Services) -> Answer:
    """Show what the run has returned, privately, in the best form that Slack takes."""
    demand(request, services, Deed.SEE)
    if not run.is_final:
        return answers.plain(
            f"{state_in_words(run)}: run {t.code(run.name)} has no result yet."
            f" {t.code(f'/odps status {run.name}')} says how far it is,"
            f" {t.code(f'/odps stop {run.name}')} stops it."
        )
    best, *plainer = result_answer(run, now=services.clock())
    services.private_answers.remember_address(request.ask_id, request.address)
    services.private_answers.give(request.ask_id, best, plainer=plainer)
    services.jobs.deliver()
    return None


def _offer(request: Request, services: Services) -> Answer:
    ended = [run for run in lookup.my_runs(request, services) if run.state in WITH_RESULT]
    if not ended:
        return answers.plain("No run of yours or of this channel has ended yet with a result.")
    return answers.offer_result(ended, now=services.clock())


COMMAND = Command(
    name="result",
    usage=USAGE,
    summary="Show what a run returned, without running it again",
    examples=("/odps result", "/odps result r42"),
    answer=answer,
)
