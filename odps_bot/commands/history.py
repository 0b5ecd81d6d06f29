"""`/odps history`: how long a job usually takes, by its last successful runs."""

from dataclasses import replace

from odps_bot.authorization import require_permission
from odps_bot.history.past_run import statement_of
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.links import job_meant
from odps_bot.input.options import take_option
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.inquire import inquire
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.history import history_answer, no_statement
from odps_bot.messages.run_link import run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run
from odps_bot.services import Services

USAGE = "/odps history [--project P] [ID]"


def answer(request: Request, services: Services) -> Answer:
    """Show earlier runs of the named job; MaxCompute is asked only about an instance of no run."""
    project, rest = take_option(request.text, "project", "p")
    require_permission(request, services, Permission.SEE)
    wanted = find_run.identifier(replace(request, text=rest), services, usage=USAGE)
    if wanted is None:
        runs = [run for run in find_run.my_runs(request, services) if run.sql]
        return ephemeral.offer(ephemeral.HISTORY, runs, now=services.clock())
    meant = job_meant(wanted, request, services, project=project)
    if isinstance(meant, Run):
        return history_of(meant, request, services)
    project, instance_id = meant
    require_permission(request, services, Permission.SEE, project=project)
    return inquire(request, services, "history", project, instance_id)


def history_of(run: Run, request: Request, services: Services) -> Answer:
    """Show the earlier runs of this run's job, in the best form that Slack accepts."""
    require_permission(request, services, Permission.SEE)
    statement = statement_of(run.sql, node_id=run.origin.node_id if run.origin else "")
    name = f"Run {run_link(run)}"
    if not statement:
        return no_statement(name)
    now = services.clock()
    runs = services.stores.history.runs(run.project, statement, now=now)
    best, *plainer = history_answer(name, runs, now=now, zone=services.rules.time_zone, run=run)
    services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
    services.stores.ephemeral_replies.give(request.interaction_id, best, plainer=plainer)
    services.jobs.deliver()
    return None


COMMAND = Command(
    usage=USAGE,
    summary="Show how long a job usually takes, and its last successful runs",
    group=Group.FOLLOW,
    examples=("/odps history", "/odps history r42"),
    answer=answer,
)
