"""RQ job: poll the instance of a run once."""

from rq.timeouts import JobTimeoutException

from workers.polling.poll import poll, poll_timed_out
from workers.runtime.worker_services import get_services


def poll_run(run_id: str, *, is_prompted: bool = False) -> None:
    """Poll the instance of the run once; RQ calls this by name."""
    services = get_services()
    try:
        poll(run_id, services, is_prompted=is_prompted)
    except JobTimeoutException:
        poll_timed_out(run_id, services)
