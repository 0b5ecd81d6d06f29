"""RQ job: send the result of a run as a file or a chart."""

from workers.files.send_file import send
from workers.runtime.worker_services import get_services


def send_file(kind: str, run_id: str) -> None:
    """Send the result of the run into its thread; RQ calls this by name."""
    send(kind, run_id, get_services())
