"""Whose end is waited for by a request that MaxCompute holds. Pure: no clock, no network.

Such a request is answered when the instance ends, and costs a connection and a thread until then.
So it is for those who wait: who has just asked for a run sees its end at once.
"""

from datetime import datetime, timedelta

from odps_bot.runs.run import Run, RunState

#: Of an older run a poll, or a sweep, finds out soon enough.
LONGEST_AGE = timedelta(minutes=2)

#: A request is held for so long, and answered with how far the instance is.
HOLD = timedelta(seconds=5)

#: Held requests of all processes may take this share of the rate limit; polls, submissions and
#: sweeps have the rest.
SHARE_OF_RATE = 0.25


def is_wanted(run: Run, now: datetime) -> bool:
    """Return whether to wait for the end of `run`: a young one that somebody here asked for.

    An instance that is only followed is not waited for, nor one about which MaxCompute has told
    nothing lately: polls find out when that is over.
    """
    if run.state not in {RunState.RUNNING, RunState.STOPPING}:
        return False
    if run.instance_id is None or run.tracked_instance_id is not None:
        return False
    if run.unreachable_since or run.missing or run.unread_end:
        return False
    return now - (run.started_at or run.requested_at) < LONGEST_AGE


def places(wanted: int, *, requests_per_second: float) -> int:
    """Return how many requests a process may have held at once: `wanted`, if the rate allows them.

    That is where no other process holds any: what they share is counted request by request.
    """
    at_once = requests_per_second * HOLD.total_seconds() * SHARE_OF_RATE
    return min(wanted, max(1, int(at_once)))
