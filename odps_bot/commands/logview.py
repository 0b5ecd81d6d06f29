"""`/odps logview`: a link to MaxCompute's page about a job, for the requester only."""

from dataclasses import replace

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.links import instance_meant, job_meant
from odps_bot.input.options import take_option
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.inquire import inquire
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.instances import read_instance_value
from odps_bot.messages.run_link import run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run
from odps_bot.services import Services

USAGE = "/odps logview [--project P] [ID]"


def answer(request: Request, services: Services) -> Answer:
    """Enqueue an inquiry for a link; without an id, offer the runs that have one."""
    project, rest = take_option(request.text, "project", "p")
    require_permission(request, services, Permission.SEE)
    wanted = find_run.identifier(replace(request, text=rest), services, usage=USAGE)
    if wanted is None:
        return _offer(request, services)
    meant = job_meant(wanted, request, services, project=project)
    if isinstance(meant, Run):
        return logview_of(meant, request, services)
    return _ask(*meant, request, services)


def logview_of_instance(value: str, request: Request, services: Services) -> Answer:
    """Enqueue an inquiry for a link to the instance that a button names."""
    named = read_instance_value(value)
    meant = instance_meant(named[1], request, services, project=named[0]) if named else None
    if meant is None:
        raise CommandError("This button no longer works. Use `/odps logview ID`.")
    # A Logview shows statement and result: one of another channel's run is refused here.
    find_run.find_run(request, services, meant[1])
    return _ask(*meant, request, services)


def _ask(project: str, instance_id: str, request: Request, services: Services) -> Answer:
    require_permission(request, services, Permission.SEE, project=project)
    return inquire(request, services, "logview", project, instance_id)


def logview_of(run: Run, request: Request, services: Services) -> Answer:
    """Enqueue an inquiry for a link to this run's Logview."""
    require_permission(request, services, Permission.SEE)
    if run.instance_id is None:
        raise CommandError(
            f"Run {run_link(run)} has no Logview, because it has no instance"
            + ("." if run.is_final else " yet. Try again in a moment.")
        )
    return inquire(request, services, "logview", run.project, run.instance_id, name=run.name)


def _offer(request: Request, services: Services) -> Answer:
    runs = [run for run in find_run.my_runs(request, services) if run.instance_id]
    return ephemeral.offer(ephemeral.LOGVIEW, runs, now=services.clock())


COMMAND = Command(
    usage=USAGE,
    summary="Get a link to the job's Logview page, visible only to you",
    group=Group.FOLLOW,
    examples=("/odps logview", "/odps logview r42"),
    answer=answer,
)
