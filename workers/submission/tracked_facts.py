"""What an instance that somebody follows tells of itself: owner, start and origin."""

import logging
from collections.abc import Mapping
from typing import Any

from odps_bot.maxcompute import Instance, InstanceSource, MaxComputeError
from odps_bot.runs.origin import origin_of

log = logging.getLogger(__name__)


def tracked_facts(instance: Instance, *, is_foreign: bool) -> Mapping[str, Any]:
    """Return the fields of a run that follows the instance; one request if its source was read.

    Whatever MaxCompute does not tell is None: it is no reason not to follow the instance.
    """
    source = _source(instance)
    try:
        instance.reload()
    except MaxComputeError as error:
        log.info("owner and times of instance %s are not known: %s", instance.id, error)
    tasks = source.tasks if source else ()
    started_at = instance.start_time or (source.creation_time if source else None)
    if not is_foreign:
        return {"is_foreign": False, "started_at": started_at}
    return {
        "is_foreign": True,
        "started_at": started_at,
        "owner": instance.owner or (source.owner if source else None),
        "origin": origin_of(
            [task.name for task in tasks],
            {key: value for task in tasks for key, value in task.settings.items()},
        ),
    }


def _source(instance: Instance) -> InstanceSource | None:
    try:
        return instance.get_source()
    except MaxComputeError as error:
        log.info("the source of instance %s is not known: %s", instance.id, error)
        return None
