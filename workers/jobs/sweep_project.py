"""RQ job: sweep a project once."""

from workers.polling.sweep import sweep
from workers.runtime.worker_services import get_services


def sweep_project(project: str) -> None:
    """Sweep the running instances of the project once; RQ calls this by name."""
    sweep(project, get_services())
