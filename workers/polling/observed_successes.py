"""What the successes of subscribed projects add to the histories of their statements."""

import logging
from datetime import datetime

from odps_bot.alerts.observations import Observation
from odps_bot.history.past_run import PastRun
from odps_bot.maxcompute import Instance, MaxComputeError, TaskStatuses
from odps_bot.runs import Run
from odps_bot.services import Services
from workers.polling.ownership import recorded_ownership
from workers.polling.past_runs import past_instance, quota_of_source, statement_of_source
from workers.polling.resource_usage import read_usage

log = logging.getLogger(__name__)


def past_of_observed(
    instance: Instance,
    statuses: TaskStatuses,
    observation: Observation,
    services: Services,
    *,
    ended: datetime,
) -> tuple[str, PastRun | None]:
    """Return what a success adds to which history; nothing where that cannot be read now.

    A request for its source, and one for each task. That of a run is added by its last poll, which
    knows more.
    """
    owner = recorded_ownership(instance.id, None, services).owner
    if isinstance(owner, Run) and owner.instance_id == instance.id:
        return "", None
    try:
        source = instance.get_source()
    except MaxComputeError as error:
        log.info("the statement of instance %s is not known: %s", instance.id, error)
        return "", None
    statement = statement_of_source(source)
    if not statement:
        return "", None
    usage = read_usage(instance, [task.name for task in statuses.tasks.values()])
    past = past_instance(
        instance.id,
        usage,
        submitted=observation.started_at,
        began=observation.began_at,
        ended=ended,
        snapshots=services.stores.recent_snapshots.of(instance.id),
        quota=quota_of_source(source),
    )
    return statement, past
