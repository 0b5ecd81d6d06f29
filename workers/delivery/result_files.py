"""Have a result sent as a file or a chart, by a job of its own: no card waits for it."""

from datetime import timedelta

from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind

#: The job that sends a file may have been lost with its worker.
UNTIL_ENQUEUED_AGAIN = timedelta(minutes=2)


def enqueue_file(run_id: str, services: Services, *, kind: NotificationKind) -> timedelta | None:
    """Enqueue the job, and check again until its result was posted."""
    run = services.stores.runs.get(run_id)
    is_awaited = services.stores.ephemeral_replies.is_file_requested(kind, run_id)
    if run is None or not is_awaited:
        return None
    services.jobs.send_file(kind, run_id)
    return UNTIL_ENQUEUED_AGAIN
