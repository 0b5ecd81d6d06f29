"""The numbers of a quota group, as evidence. Pure."""

from datetime import timedelta

from odps_bot.diagnosis.holds import Snapshots
from odps_bot.diagnosis.snapshots import Quota

_NAMES = ("max_cpu", "requested_cpu", "usable_cpu", "used_cpu", "tasks_ahead")


#: A quota is asked for every two minutes only; in between, what was told last is shown.
TOLD_FOR = timedelta(minutes=3)


def told_quota(snapshots: Snapshots) -> Quota | None:
    """Return the quota as it was told last, unless that is long ago."""
    now = snapshots[-1].at
    return next(
        (one.quota for one in reversed(snapshots) if one.quota and now - one.at <= TOLD_FOR), None
    )


def quota_numbers(quota: Quota | None) -> dict[str, float]:
    """Return what is known of it, by the names of `Quota`; CPU in hundredths of a core."""
    told = {name: getattr(quota, name, None) for name in _NAMES}
    return {name: float(value) for name, value in told.items() if value is not None}


def is_group_short(quota: Quota | None) -> bool:
    """Return whether the jobs of the quota group are known to want more than there is."""
    if quota is None or quota.requested_cpu is None or quota.usable_cpu is None:
        return False
    return quota.requested_cpu > quota.usable_cpu
