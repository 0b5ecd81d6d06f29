"""RQ job: send to Slack what waits in the outbox."""

from workers.delivery.deliver import deliver_all
from workers.runtime.worker_services import get_senders, get_services


def deliver() -> None:
    """Have the process's senders send what waits in the outbox; RQ calls this by name."""
    deliver_all(get_services(), get_senders())
