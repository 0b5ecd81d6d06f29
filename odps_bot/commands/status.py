"""`/odps status`: how a run stands, from what the workers have last seen."""

from dataclasses import replace

from odps_bot.commands import lookup
from odps_bot.commands.command import Command
from odps_bot.commands.inquiries import ask_maxcompute
from odps_bot.commands.pasted_links import instance_meant
from odps_bot.commands.request import Answer, Request
from odps_bot.commands.typed_text import take_option
from odps_bot.messages import answers
from odps_bot.messages.card import run_card
from odps_bot.messages.denials import lock_line
from odps_bot.permission import demand
from odps_bot.policy.standing import Deed
from odps_bot.services import Services

USAGE = "/odps status [--project P] [ID]"

LISTED = 10


def answer(request: Request, services: Services) -> Answer:
    """Answer from the records; an instance that is not ours is asked for at MaxCompute."""
    project, rest = take_option(request.text, "project", "p")
    demand(request, services, Deed.SEE)
    wanted = lookup.identifier(replace(request, text=rest), services, usage=USAGE)
    if wanted is None:
        return _overview(request, services)
    if run := lookup.find_run(request, services, wanted):
        return run_card(run, now=services.clock())
    meant = instance_meant(wanted, request, services, project=project)
    if meant is None:
        raise lookup.unknown_run(request, services, wanted)
    project, instance_id = meant
    # A link may lead to a run: of another channel's, nothing is to be had here.
    if run := lookup.find_run(request, services, instance_id):
        return run_card(run, now=services.clock())
    demand(request, services, Deed.SEE, project=project)
    return ask_maxcompute(
        request,
        services,
        wants="status",
        instance_id=instance_id,
        project=project,
        name=instance_id,
    )


def _overview(request: Request, services: Services) -> Answer:
    newest = lookup.my_runs(request, services)
    running = lookup.my_open_runs(request, services, newest=newest)
    ended = [run for run in newest if run.is_final]
    runs = [*running, *ended][:LISTED]
    locks = "".join(f"\n{lock_line(lock)}" for lock in services.locks.all())
    if not runs:
        return answers.plain(
            "No runs of yours or of this channel yet. Start one with `/odps run SELECT …`." + locks
        )
    going = f"{len(running):,} of them going on" if running else "none of them going on"
    title = f"Your runs and this channel's, {going}"
    listed = answers.runs_overview(runs, now=services.clock(), title=title)
    return answers.plain(listed.text + locks)


COMMAND = Command(
    name="status",
    usage=USAGE,
    summary="Show a run's state; without an ID, your runs and this channel's",
    examples=("/odps status", "/odps status r42"),
    answer=answer,
)
