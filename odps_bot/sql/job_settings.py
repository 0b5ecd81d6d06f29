"""Settings that are fields of a job, not of its tasks: odpscmd lifts them out. Pure.

Source: SetCommand of aliyun/aliyun-odps-console. It sends them as settings, too.
"""

from collections.abc import Mapping

PRIORITY = "odps.instance.priority"
RUNNING_CLUSTER = "odps.running.cluster"

#: The quota that a job runs in; unlike the others it is a setting only.
QUOTA = "odps.task.wlm.quota"


class BadPriorityError(ValueError):
    """The priority isn't a whole number; the message is plain text."""


def priority_in(settings: Mapping[str, str]) -> int | None:
    """Return the priority that the settings choose, if any. Raises BadPriorityError."""
    typed = _last(settings, PRIORITY)
    if typed is None:
        return None
    if not (typed.isascii() and typed.isdecimal()):
        raise BadPriorityError(f"{PRIORITY}={typed[:40]} isn't a number from 0 to 9.")
    return int(typed[:9])


def running_cluster_in(settings: Mapping[str, str]) -> str | None:
    """Return the cluster that the settings choose, if any."""
    return _last(settings, RUNNING_CLUSTER) or None


def _last(settings: Mapping[str, str], key: str) -> str | None:
    """Return the last value; keys are compared without regard to case."""
    values = [value.strip() for name, value in settings.items() if name.lower() == key]
    return values[-1] if values else None
