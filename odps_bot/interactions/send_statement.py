"""The button *Get it as a file*: a run's statement, to be edited outside of Slack."""

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.messages.replies.statement_file import NO_STATEMENT, statement_is_coming
from odps_bot.messages.run.buttons import is_sql_known
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind


def send_statement(run: Run, request: Request, services: Services) -> Answer:
    """Have the file sent to the person, and say where it comes."""
    require_permission(request, services, Permission.SEE)
    if not is_sql_known(run):
        raise CommandError(NO_STATEMENT)
    subject_id = f"{run.run_id} {request.user_id}"
    services.stores.ephemeral_replies.request_file(
        NotificationKind.STATEMENT, subject_id, request.address
    )
    services.jobs.deliver()
    return statement_is_coming(run)
