"""RQ job: poll the instance of a run once."""

from workers.polling.poll import poll
from workers.runtime.worker_services import get_services


def poll_run(run_id: str, *, is_prompted: bool = False) -> None:
    """Poll the instance of the run once; RQ calls this by name."""
    poll(run_id, get_services(), is_prompted=is_prompted)
