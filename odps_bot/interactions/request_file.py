"""The buttons *CSV* and *Chart*: a run's result as a file or a chart, in its thread."""

from functools import partial
from typing import Literal

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message
from odps_bot.messages.run_link import run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run, RunState
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind

_COMING = {
    NotificationKind.CSV: ":page_facing_up: Posting run {} as a CSV file in its thread …",
    NotificationKind.CHART: ":bar_chart: Posting run {} as a chart in its thread …",
}


def _send(
    kind: Literal[NotificationKind.CSV, NotificationKind.CHART],
    run: Run,
    request: Request,
    services: Services,
) -> Answer:
    """Enqueue it, unless it was posted already. Raises CommandError for a run without rows."""
    require_permission(request, services, Permission.SEE)
    if run.state is not RunState.SUCCEEDED or not run.table or not run.table.rows:
        raise CommandError(f"Run {run_link(run)} has no rows. Nothing was sent.")
    if (run.csv_ts if kind is NotificationKind.CSV else run.chart_ts) is not None:
        return Message(f"It is already in the thread of run {run_link(run)}.")
    services.stores.ephemeral_replies.request_file(kind, run.run_id, request.address)
    services.jobs.deliver()
    return Message(_COMING[kind].format(run_link(run)))


send_csv = partial(_send, NotificationKind.CSV)
send_chart = partial(_send, NotificationKind.CHART)
