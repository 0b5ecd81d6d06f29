"""`/odps edit`: change the statement or the options of a run, and run it as a new one."""

from odps_bot.errors import CommandError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.links import job_meant
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.edit_run import edit_run
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.named_run import run_to_edit
from odps_bot.messages.run.buttons import is_sql_known
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services

USAGE = "/odps edit [ID]"


def answer(request: Request, services: Services) -> Answer:
    """Open the form with the named run, or offer runs; a mention is answered by a button."""
    wanted = find_run.identifier(request, services, usage=USAGE)
    if wanted is None:
        return _offer(request, services)
    meant = job_meant(wanted, request, services, project=None)
    if isinstance(meant, tuple):
        _, instance_id = meant
        raise CommandError(
            f"I don't know the statement of instance {t.code(instance_id)}. Nothing was submitted."
            f" {t.code(f'/odps watch {instance_id}')} starts following it."
        )
    is_button_needed = not request.trigger_id and is_sql_known(meant)
    return run_to_edit(meant) if is_button_needed else edit_run(meant, request, services)


def _offer(request: Request, services: Services) -> Answer:
    known = [run for run in find_run.my_runs(request, services) if is_sql_known(run)]
    return ephemeral.offer(ephemeral.EDIT, known, now=services.clock())


COMMAND = Command(
    usage=USAGE,
    group=Group.RUN,
    summary="Open the form with a run's statement and options, to change and run them",
    examples=("/odps edit", "/odps edit r42"),
    answer=answer,
    permission=Permission.READ,
)
