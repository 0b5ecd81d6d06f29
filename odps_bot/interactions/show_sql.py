"""The button *SQL*: the whole statement of a run, in a modal."""

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.messages.modals.sql_modal import sql_modal_view
from odps_bot.messages.run.buttons import is_sql_known
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run
from odps_bot.services import Services


def show_sql(run: Run, request: Request, services: Services) -> Answer:
    """Open a modal with the statement. Raises CommandError if it isn't known."""
    require_permission(request, services, Permission.SEE)
    if not is_sql_known(run):
        raise CommandError(
            f"MaxCompute doesn't give me the statement of run {t.code(run.name)}. Its Logview may"
            " show it."
        )
    return sql_modal_view(run)
