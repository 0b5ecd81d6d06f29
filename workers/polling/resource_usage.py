"""What an instance's tasks have read, written and used, asked for once at its end."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import Instance, MaxComputeError
from odps_bot.maxcompute.models.details import TaskSummary
from odps_bot.runs import Cost
from workers.polling.task_progress import MOST_TASKS

log = logging.getLogger(__name__)

#: MaxCompute counts hundredths of a core, and MB.
CORE = 100
GB = 1_024


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What MaxCompute tells of an instance that has ended."""

    summaries: tuple[TaskSummary, ...] = ()  #: of its tasks that have one

    @property
    def cost(self) -> Cost | None:
        """What the tasks have used, or None where MaxCompute tells of none."""
        costs = [cost for one in self.summaries if (cost := one.cost)]
        if not costs:
            return None
        cpu = total(cost.cpu_percent_seconds for cost in costs)
        memory = total(cost.memory_mb_seconds for cost in costs)
        return Cost(
            input_bytes=total(cost.input_bytes for cost in costs),
            cpu_core_s=None if cpu is None else cpu / CORE,
            memory_gb_s=None if memory is None else memory / GB,
        )


def read_usage(instance: Instance, task_names: Sequence[str]) -> Usage:
    """Ask for the summary of each task, up to `MOST_TASKS`; what is refused is not known."""
    found = (_summary(instance, name) for name in task_names[:MOST_TASKS])
    return Usage(summaries=tuple(one for one in found if one is not None))


def total(amounts: Iterable[int | None]) -> int | None:
    """Return the sum of those that are known; None where none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _summary(instance: Instance, task_name: str) -> TaskSummary | None:
    try:
        return instance.get_task(task_name).get_summary()
    except (MaxComputeError, JobTimeoutException) as error:
        log.info("cannot read the usage of instance %s: %s", instance.id, error)
        return None
