"""`/odps status`: the state of a run, as of the workers' last poll."""

from dataclasses import replace

from odps_bot.authorization import effective_role, require_permission
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.links import job_meant
from odps_bot.input.options import take_option
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.inquire import inquire
from odps_bot.messages import Message
from odps_bot.messages.blocks import Block
from odps_bot.messages.denials import lock_line
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.row_actions import run_row_action
from odps_bot.messages.run.card import run_card
from odps_bot.policy.effective_role import EffectiveRole, Permission
from odps_bot.runs import Run
from odps_bot.services import Services

USAGE = "/odps status [--project P] [ID]"

LISTED = 10


def answer(request: Request, services: Services) -> Answer:
    """Answer from the records; MaxCompute is asked only about an instance of no run."""
    project, rest = take_option(request.text, "project", "p")
    require_permission(request, services, Permission.SEE)
    wanted = find_run.identifier(replace(request, text=rest), services, usage=USAGE)
    if wanted is None:
        return _overview(request, services)
    meant = job_meant(wanted, request, services, project=project)
    if isinstance(meant, Run):
        return run_card(meant, now=services.clock())
    project, instance_id = meant
    require_permission(request, services, Permission.SEE, project=project)
    return inquire(request, services, "status", project, instance_id)


def _overview(request: Request, services: Services) -> Answer:
    newest = find_run.my_runs(request, services)
    running = find_run.my_open_runs(request, services, newest=newest)
    ended = [run for run in newest if run.is_final]
    runs = [*running, *ended][:LISTED]
    locks = [lock_line(lock) for lock in services.stores.locks.all()]
    effective = effective_role(request, services)
    if not runs:
        return Message(
            "\n".join(
                [
                    "You and this channel have no runs yet. Start one with `/odps run SELECT …`.",
                    *locks,
                ]
            )
        )
    title = f"Your and this channel's recent runs ({len(running):,} active)"
    rows = [(run, _action(run, request, effective)) for run in runs]
    return ephemeral.runs_overview(rows, now=services.clock(), title=title, notes=locks)


def _action(run: Run, request: Request, effective: EffectiveRole) -> Block | None:
    """Return the button beside a run; a click on it checks again what is allowed."""
    may_stop = request.owns(run) or effective.allows(Permission.STOP_OTHERS)
    return run_row_action(run, may_stop=may_stop, may_repeat=effective.allows(Permission.READ))


COMMAND = Command(
    usage=USAGE,
    summary="Show a run's state; without an ID, your runs and this channel's",
    group=Group.FOLLOW,
    examples=("/odps status", "/odps status r42"),
    answer=answer,
)
