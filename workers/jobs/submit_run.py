"""RQ job: submit a run to MaxCompute, once."""

from rq.timeouts import JobTimeoutException

from workers.runtime.worker_services import get_services
from workers.submission.submit import submission_timed_out, submit


def submit_run(run_id: str) -> None:
    """Submit the run; RQ calls this by name."""
    services = get_services()
    try:
        submit(run_id, services)
    except JobTimeoutException:
        submission_timed_out(run_id, services)
