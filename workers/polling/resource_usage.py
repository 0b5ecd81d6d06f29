"""What a run has used, asked for once at its end."""

import logging

from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import Instance, MaxComputeError
from odps_bot.runs import Cost
from workers.polling.instance_snapshot import TASK

log = logging.getLogger(__name__)

#: MaxCompute counts hundredths of a core, and MB.
CORE = 100
GB = 1_024


def actual_cost(instance: Instance) -> Cost | None:
    """Return what the instance has used, or None where MaxCompute does not tell."""
    try:
        used = instance.get_task(TASK).get_cost()
    except (MaxComputeError, JobTimeoutException) as error:
        log.info("cannot read the usage of instance %s: %s", instance.id, error)
        return None
    if used is None:
        return None
    return Cost(
        input_bytes=used.input_bytes,
        cpu_core_s=_divided(used.cpu_percent_seconds, CORE),
        memory_gb_s=_divided(used.memory_mb_seconds, GB),
    )


def _divided(amount: int | None, unit: int) -> float | None:
    return None if amount is None else amount / unit
