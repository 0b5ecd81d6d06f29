"""RQ job: wait for the end of a young run."""

from workers.polling.held_runs import add_run
from workers.runtime.worker_services import get_hold_pool, get_services


def hold_run(run_id: str) -> None:
    """Have threads of this process wait for the end of the run; RQ calls this by name."""
    add_run(run_id, get_services(), get_hold_pool())
