"""Polls what waits for a sweep that does not come."""

from datetime import timedelta

from odps_bot.services import Services

#: Where sweeps are not relied upon, a run is polled more often than this. One that was not is
#: waiting for a sweep: its project was taken out of the settings, or its sweeps end half-way.
LONGEST_UNPOLLED = timedelta(minutes=1)

#: So many are polled at once in all projects, those of a project that wait longest first. Sweeps
#: may succeed again at any moment, and must not wait for thousands of such polls.
POLLS_AT_ONCE = 50


def room_for_unswept(services: Services, *, room: int) -> int:
    """Return how many polls `poll_unswept` may enqueue now, where `room` is left for polls."""
    return min(room, POLLS_AT_ONCE - services.jobs.waiting_prompts())


def poll_unswept(project: str, services: Services, *, room: int) -> int:
    """Have runs polled that rely on sweeps of the project which do not succeed any more.

    Enqueues `room` jobs at most, and returns how many.
    """
    if room <= 0:
        return 0
    sweeps = services.stores.sweeps
    since = services.clock() - LONGEST_UNPOLLED
    unswept = sweeps.unswept(project, polled_before=since, limit=room)
    requested = sweeps.request_polls(dict.fromkeys(unswept, ""))
    for run_id in requested:
        services.jobs.poll_now(run_id)
    return len(requested)
