"""RQ job: submit a run to MaxCompute, once."""

from workers.runtime.worker_services import get_services
from workers.submission.submit import submit


def submit_run(run_id: str) -> None:
    """Submit the run; RQ calls this by name."""
    submit(run_id, get_services())
