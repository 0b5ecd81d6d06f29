"""What a run has used, asked for once at its end."""

import logging
from collections.abc import Sequence

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
    return Cost(
        input_bytes=sum(cost.input_bytes for cost in costs),
        cpu_core_s=sum(cost.cpu_percent_seconds for cost in costs) / CORE,
        memory_gb_s=sum(cost.memory_mb_seconds for cost in costs) / GB,
    )


def _task_cost(instance: Instance, task_name: str) -> TaskCost | None:
    try:
        return instance.get_task(task_name).get_cost()
    except (MaxComputeError, JobTimeoutException) as error:
        log.info("cannot read the usage of instance %s: %s", instance.id, error)
        return None
