"""The sub-statuses that an instance passes which has no life of its own; pure."""

from collections.abc import Iterator

from odps_bot.sandbox.maxcompute.lives import sub_statuses as codes
from odps_bot.sandbox.maxcompute.lives.moment import SubStatus

#: Each with its share of the time before the queue.
_BEFORE_SQL = (
    (codes.WAITING_FOR_SCHEDULING, 0.2),
    (codes.INITIALIZING, 0.2),
    (codes.OPTIMIZING, 0.3),
    (codes.PLANNING, 0.15),
    (codes.SUBMITTING, 0.15),
)
_BEFORE_OTHERS = ((codes.WAITING_FOR_SCHEDULING, 1.0),)
#: Tasks without stages execute in it.
_EXECUTING = 1032
#: Those in which an instance has a place in the queue.
_IN_QUEUE = frozenset({codes.OFFLINE_WAITING, codes.ONLINE_WAITING})


def usual_phases(
    *,
    kind: str,
    has_stages: bool,
    elapsed_s: float,
    compiling_s: float,
    queued_s: float,
    started_s: float | None,
) -> tuple[SubStatus, ...]:
    """Return the sub-statuses so far, the current one last, with seconds since the submission.

    `kind` is that of the task, `queued_s` how long it is meant to wait, the first `compiling_s` of
    them before the queue, and `started_s` when it began to run, or None.
    """
    is_sql, is_online = kind.upper().startswith("SQL"), kind.upper() == "SQLRT"
    before = [*_before(compiling_s, is_sql=is_sql)]
    if queued_s > compiling_s:
        before.append((compiling_s, codes.ONLINE_WAITING if is_online else codes.OFFLINE_WAITING))
    until_s = elapsed_s if started_s is None else started_s
    passed = [(since_s, code) for since_s, code in before if since_s <= max(until_s, 0.0)]
    if started_s is not None:
        running = codes.ONLINE_RUNNING if is_online else codes.OFFLINE_RUNNING
        passed.append((started_s, running if has_stages else _EXECUTING))
    return tuple(SubStatus(code, codes.DESCRIPTIONS[code], since_s) for since_s, code in passed)


def is_in_queue(sub_status: SubStatus) -> bool:
    """Return whether the scheduler keeps an instance in its queue then."""
    return sub_status.code in _IN_QUEUE


def _before(takes_s: float, *, is_sql: bool) -> Iterator[tuple[float, int]]:
    since_s = 0.0
    for code, share in _BEFORE_SQL if is_sql else _BEFORE_OTHERS:
        yield since_s, code
        since_s += share * takes_s
