"""What the scheduler's sub-statuses mean, by code or else by description. Pure.

Descriptions: https://www.alibabacloud.com/help/en/maxcompute/user-guide/use-logview-v2-0-to-view-job-information
"""

from datetime import datetime, timedelta

from odps_bot.diagnosis.holds import Snapshots, held_since
from odps_bot.diagnosis.snapshots import Snapshot, SubStatus

PROJECT_SLOT = 1012  #: the project's own limit of SQL tasks at a time
REPLICATION = 1013
SUBMITTING = 1250
JOB_SUBMITTED = 1040
RERUN = 1050

#: Waiting before anything is compiled. Not 1032: tasks other than SQL run in it.
WAITING_FOR_FRAMEWORK = frozenset({1010, 1011, PROJECT_SLOT, 1014, 1015, 1020, 1030})
COMPILING = frozenset({1210, 1220, 1230})
PLANNING = frozenset({1235, 1240})
WAITING_FOR_QUOTA = frozenset({1041, 1051})
RUNNING = frozenset({1032, 1042, 1052})
ONLINE_FAILED = frozenset({1054, 1056})  #: accelerated mode failed, or was cancelled
FINISHING = frozenset({1045, 1055, 1060, 1062})

#: Codes without a published number are those of what they are like.
_BY_DESCRIPTION = {
    "waiting for scheduling": 1010,
    "waiting for cluster resource": 1011,
    "waiting for concurrent task slot": PROJECT_SLOT,
    "waiting for data replication": REPLICATION,
    "waiting for execution slot": 1014,
    "waiting for cleaning up of previous task attempt": 1015,
    "waiting for execution": 1020,
    "preparing for execution": 1030,
    "task is executing": 1032,
    "sqltask is initializing": 1210,
    "sqltask is compiling query": 1220,
    "sqltask is optimizing query": 1230,
    "sqltask is splitting data sources": 1235,
    "sqltask is generating execution plan": 1240,
    "sqltask is submitting execution plan": SUBMITTING,
    "job has been submitted": JOB_SUBMITTED,
    "offline job waiting for running": 1041,
    "offline job is running": 1042,
    "task rerun": RERUN,
    "online job waiting for running": 1051,
    "online job is running": 1052,
    "sqltask is updating meta information": 1060,
    "sqltask is finishing": 1062,
    "task execution is finished": 1062,
}
_BY_BEGINNING = sorted(_BY_DESCRIPTION, key=len, reverse=True)
_KNOWN = frozenset(_BY_DESCRIPTION.values()) | ONLINE_FAILED | FINISHING

_CLOCK_DIFFERENCE = timedelta(seconds=5)


def code_of(sub_status: SubStatus | None) -> int | None:
    """Return its code, or the code of what it is described as; unknown codes as they are."""
    if sub_status is None:
        return None
    if sub_status.code in _KNOWN:
        return sub_status.code
    text = sub_status.description.strip().lower()
    found = next((known for known in _BY_BEGINNING if text.startswith(known)), None)
    return _BY_DESCRIPTION[found] if found else sub_status.code


def codes_of(snapshot: Snapshot) -> tuple[int | None, ...]:
    """Return all codes so far, oldest first."""
    history = [code_of(one) for one in snapshot.sub_status_history]
    return (*history, code_of(snapshot.sub_status))


def is_updating_metadata(sub_status: SubStatus | None) -> bool:
    """Return whether partitions and other metadata are written."""
    return sub_status is not None and "meta information" in sub_status.description.lower()


def in_codes_since(snapshots: Snapshots, codes: frozenset[int]) -> datetime | None:
    """Return since when the sub-status has been one of `codes`; None: it isn't.

    MaxCompute's own time goes before ours, unless our snapshots refute it.
    """
    watched = held_since(snapshots, lambda one: _is_in(one, codes))
    if watched is None:
        return None
    told = _told_since(snapshots[-1], codes)
    if told is None or told >= watched:
        return watched
    is_refuted = any(
        told + _CLOCK_DIFFERENCE < one.at < watched and _is_in(one, codes) is False
        for one in snapshots
    )
    return watched if is_refuted else told


def _is_in(snapshot: Snapshot, codes: frozenset[int]) -> bool | None:
    code = code_of(snapshot.sub_status)
    return None if code is None else code in codes


def _told_since(snapshot: Snapshot, codes: frozenset[int]) -> datetime | None:
    since = snapshot.sub_status.since if snapshot.sub_status else None
    for earlier in reversed(snapshot.sub_status_history):
        if code_of(earlier) not in codes or since is None:
            break
        since = earlier.since or since
    return since
