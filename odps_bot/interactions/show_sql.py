"""The button *SQL*: the whole statement of a run, in a modal."""

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.messages.modals.modal_place import ModalPlace
from odps_bot.messages.modals.run_modal import FIELD_CHARACTERS
from odps_bot.messages.modals.sql_modal import sql_modal_view
from odps_bot.messages.run.buttons import edit_button, get_file_button, is_sql_known
from odps_bot.messages.run_link import run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run
from odps_bot.services import Services


def show_sql(run: Run, request: Request, services: Services) -> Answer:
    """Open a modal with the statement. Raises CommandError if it isn't known."""
    require_permission(request, services, Permission.SEE)
    if not is_sql_known(run):
        raise CommandError(
            f"MaxCompute doesn't give me the statement of run {run_link(run)}. Its Logview may"
            " show it."
        )
    place = ModalPlace(channel_id=request.channel_id, thread_ts=request.thread_ts or "")
    buttons = [edit_button(run)]
    if len(run.sql.strip()) > FIELD_CHARACTERS:
        # The form has no field for it: it can be edited as a file.
        buttons.append(get_file_button(run))
    return sql_modal_view(run, buttons=buttons, place=place)
