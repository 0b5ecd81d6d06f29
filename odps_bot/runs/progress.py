"""How far a job has got: one figure for it, wherever it is shown. Pure."""

from odps_bot.runs.run import Run, RunState, Stage

_IN_MAXCOMPUTE = frozenset({RunState.RUNNING, RunState.STOPPING})


def has_begun(run: Run) -> bool:
    """Return whether MaxCompute executes the instance, rather than keeps it in its queue."""
    return bool(run.stages or run.sub_instances or run.is_executing or run.progress_percent)


def is_executing(run: Run) -> bool:
    """Return whether a worker of the instance runs, or has run; stages alone may still wait."""
    has_workers = any(one.running_workers or one.terminated_workers for one in run.stages)
    return bool(has_workers or run.sub_instances or run.is_executing or run.progress_percent)


def progress_percent_of(run: Run) -> int | None:
    """Return how far a run has got; None before it has begun, after its end, or if nobody tells."""
    if run.state not in _IN_MAXCOMPUTE or not (run.stages or run.progress_percent):
        return None
    return run.progress_percent


def percent(fraction: float | None) -> int:
    """Return in percent what MaxCompute's scheduler tells of an instance."""
    return max(0, min(100, int((fraction or 0) * 100)))


def overall_progress_percent(stages: tuple[Stage, ...]) -> int:
    """Return finished workers of all stages in percent; 0 while no worker is known."""
    total = sum(stage.total_workers for stage in stages)
    if total <= 0:
        return 0
    return min(100, 100 * sum(stage.terminated_workers for stage in stages) // total)


#: The last words of what the scheduler says of an instance that it does not keep waiting, such as
#: ``Offline Job is running``, ``Task is executing`` or ``SQLTask is updating meta information``.
_NO_WAITS = frozenset(
    {
        *("running", "executing", "information", "finishing", "cancelling"),
        *("success", "succeeded", "terminated", "finished", "fuxi"),
    }
)


def is_wait(status: str | None) -> bool:
    """Return whether these words of the scheduler say why an instance waits."""
    words = (status or "").lower().split()
    # "Offline Job Waiting for running" is none that runs.
    return bool(words) and ("waiting" in words or words[-1] not in _NO_WAITS)


def is_queued(position: int | None, status: str | None) -> bool:
    """Return whether an instance waits, by its place in the queue and the scheduler's words."""
    return bool(position) or is_wait(status)
