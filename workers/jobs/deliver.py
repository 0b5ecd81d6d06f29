"""RQ job: send to Slack what waits in the outbox."""

from workers.delivery.deliver import deliver_all
from workers.runtime.worker_services import get_services


def deliver() -> None:
    """Send what waits in the outbox; RQ calls this by name."""
    deliver_all(get_services())
