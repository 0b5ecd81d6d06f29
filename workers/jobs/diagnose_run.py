"""RQ job: ask about a run's instance what may say why it is slow."""

from workers.polling import diagnose_run as polling
from workers.runtime.worker_services import get_services


def diagnose_run(
    run_id: str,
    *,
    task_name: str = "",
    task_type: str = "",
    asks_progress: bool = True,
    may_ask_workers: bool = False,
    asks_quota: bool = False,
) -> None:
    """Ask, and record what holds the run up; RQ calls this by name."""
    polling.diagnose_run(
        run_id,
        get_services(),
        task_name=task_name,
        task_type=task_type,
        asks_progress=asks_progress,
        may_ask_workers=may_ask_workers,
        asks_quota=asks_quota,
    )
