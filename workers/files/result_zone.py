"""The time zone of a run's result, as MaxCompute says it: two small requests at most."""

import logging

from odps_bot.maxcompute import Client, Instance, InstanceSource, MaxComputeError
from odps_bot.maxcompute.time_zones import SETTING
from odps_bot.messages.results.zones import ZoneNames
from odps_bot.sql.statements import SqlText

log = logging.getLogger(__name__)


def zone_names(client: Client, instance: Instance) -> ZoneNames:
    """Return the zone that the job and its project set; what can't be read is not known."""
    is_known = True
    try:
        if job := _zone_in(instance.get_source()):
            return ZoneNames(job=job)
    except MaxComputeError as error:
        log.info("the settings of instance %s are not known: %s", instance.id, error)
        is_known = False
    try:
        properties = client.get_project_properties(project=instance.project)
    except MaxComputeError as error:
        log.info("the properties of project %s are not known: %s", instance.project, error)
        return ZoneNames(is_known=False)
    project = properties.get(SETTING, "").strip() or None
    return ZoneNames(project=project, is_known=is_known)


def _zone_in(source: InstanceSource) -> str | None:
    """Return the zone in the settings of a task, else in the `set` lines of its text."""
    for task in source.tasks:
        if zone := task.settings.get(SETTING, "").strip():
            return zone
        if SETTING in (task.query or "").lower():
            settings = SqlText(task.query or "").settings
            return next((v for key, v in settings.items() if key.lower() == SETTING and v), None)
    return None
