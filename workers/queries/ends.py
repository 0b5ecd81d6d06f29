"""How an instance ended, in a word, by how its tasks did."""

from odps_bot.maxcompute import TaskState, TaskStatuses

_ENDS = {
    TaskState.FAILED: "failed",
    TaskState.CANCELLED: "stopped",
    TaskState.SUCCESS: "succeeded",
}


def end_of(statuses: TaskStatuses | None) -> str:
    """Return the word; "ended" where no task tells more."""
    states = {task.status for task in statuses.tasks.values()} if statuses else set()
    return next((word for state, word in _ENDS.items() if state in states), "ended")
