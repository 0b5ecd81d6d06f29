"""What a run has used, asked for once at its end."""

import logging
from collections.abc import Iterable, Sequence

from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import Instance, MaxComputeError, TaskCost
from odps_bot.runs import Cost
from workers.polling.task_progress import MOST_TASKS

log = logging.getLogger(__name__)

#: MaxCompute counts hundredths of a core, and MB.
CORE = 100
GB = 1_024


def actual_cost(instance: Instance, task_names: Sequence[str]) -> Cost | None:
    """Return what the instance's tasks have used, or None where MaxCompute tells of none.

    A request for each task, up to `MOST_TASKS`.
    """
    costs = [cost for name in task_names[:MOST_TASKS] if (cost := _task_cost(instance, name))]
    if not costs:
        return None
    cpu = _total(cost.cpu_percent_seconds for cost in costs)
    memory = _total(cost.memory_mb_seconds for cost in costs)
    return Cost(
        input_bytes=_total(cost.input_bytes for cost in costs),
        cpu_core_s=None if cpu is None else cpu / CORE,
        memory_gb_s=None if memory is None else memory / GB,
    )


def _total(amounts: Iterable[int | None]) -> int | None:
    """Return the sum of those that are known; None where none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _task_cost(instance: Instance, task_name: str) -> TaskCost | None:
    try:
        return instance.get_task(task_name).get_cost()
    except (MaxComputeError, JobTimeoutException) as error:
        log.info("cannot read the usage of instance %s: %s", instance.id, error)
        return None
