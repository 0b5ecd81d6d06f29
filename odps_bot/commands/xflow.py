"""`/odps xflow`: show the steps of an XFlow, or run a PAI command, which is an XFlow."""

from dataclasses import replace

from odps_bot.authorization import require_permission
from odps_bot.commands.run import start
from odps_bot.errors import CommandError, UsageError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.links import job_meant
from odps_bot.input.options import take_option
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import RunOptions
from odps_bot.input.sql_input import normalize_sql
from odps_bot.interactions.inquire import inquire
from odps_bot.maxcompute import InvalidArgumentError
from odps_bot.maxcompute.pai_command import parse_pai_command
from odps_bot.messages import text as t
from odps_bot.messages.run_link import run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run
from odps_bot.services import Services

USAGE = "/odps xflow [--project P] [ID / PAI -name … -Dkey=value …]"


def answer(request: Request, services: Services) -> Answer:
    """Enqueue an inquiry for the steps, or store a run of the PAI command."""
    project, rest = take_option(request.text, "project", "p")
    if _is_pai_command(rest):
        return start(RunOptions(sql=normalize_sql(rest), project=project), request, services)
    require_permission(request, services, Permission.SEE)
    wanted = find_run.identifier(replace(request, text=rest), services, usage=USAGE)
    if wanted is None:
        raise UsageError("Which XFlow? I need the ID of a run or an instance.", usage=USAGE)
    meant = job_meant(wanted, request, services, project=project)
    if isinstance(meant, Run):
        return steps_of(meant, request, services)
    require_permission(request, services, Permission.SEE, project=meant[0])
    return inquire(request, services, "xflow", *meant)


def steps_of(run: Run, request: Request, services: Services) -> Answer:
    """Enqueue an inquiry for the steps of this run."""
    if run.instance_id is None:
        raise CommandError(
            f"Run {run_link(run)} has no steps, because it has no instance"
            + ("." if run.is_final else " yet. Try again in a moment.")
        )
    return inquire(request, services, "xflow", run.project, run.instance_id, name=run.name)


def _is_pai_command(typed: str) -> bool:
    try:
        return parse_pai_command(normalize_sql(typed)) is not None
    except InvalidArgumentError as error:
        raise CommandError(f"{t.escape(str(error))} Nothing was submitted.") from error


COMMAND = Command(
    usage=USAGE,
    summary="Show the steps of an XFlow with their states and Logviews, or run a PAI command",
    group=Group.FOLLOW,
    examples=(
        "/odps xflow r42",
        "/odps xflow 20261122093000123g1a2b3c4",
        "/odps xflow PAI -name AppendID -DinputTableName=pyodps_iris -DoutputTableName=with_id",
    ),
    answer=answer,
)
