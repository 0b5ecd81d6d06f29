"""Polls what waits for a sweep that does not come."""

from datetime import timedelta

from odps_bot.services import Services

#: Where sweeps are not relied upon, a run is polled more often than this. One that was not is
#: waiting for a sweep: its project was taken out of the settings, or its sweeps end half-way.
LONGEST_UNPOLLED = timedelta(minutes=1)

#: So many of a project are polled at once, the ones that wait longest first.
POLLS_AT_ONCE = 50


def poll_unswept(project: str, services: Services, *, room: int) -> None:
    """Have runs polled that rely on sweeps of the project which do not succeed any more.

    Enqueues `room` jobs at most.
    """
    limit = min(room, POLLS_AT_ONCE)
    if limit <= 0:
        return
    sweeps = services.stores.sweeps
    since = services.clock() - LONGEST_UNPOLLED
    unswept = sweeps.unswept(project, polled_before=since, limit=limit)
    for run_id in sweeps.request_polls(dict.fromkeys(unswept, "")):
        services.jobs.poll_now(run_id)
