"""What a job does, as the list of all jobs of its project tells. Pure."""

from enum import Enum, auto

from odps_bot.diagnosis.snapshots import SubStatus
from odps_bot.diagnosis.sub_statuses import (
    COMPILING,
    FINISHING,
    PLANNING,
    REPLICATION,
    RUNNING,
    SUBMITTING,
    WAITING_FOR_FRAMEWORK,
    WAITING_FOR_QUOTA,
    code_of,
)
from odps_bot.maxcompute import QueueingInfo

_BEFORE = frozenset(
    {REPLICATION, SUBMITTING, *WAITING_FOR_FRAMEWORK, *COMPILING, *PLANNING, *WAITING_FOR_QUOTA}
)


class Phase(Enum):
    """How far a job is."""

    WAITING = auto()  #: or being compiled or planned: nothing of it runs yet
    RUNNING = auto()
    UNKNOWN = auto()  #: nobody tells


def phase_of(info: QueueingInfo | None) -> Phase:
    """Return what the list says; services need not tell anything."""
    if info is None:
        return Phase.UNKNOWN
    if info.wait_position:
        return Phase.WAITING
    told = SubStatus(code=info.sub_status_code, description=info.sub_status or "")
    code = code_of(told)
    if code is None:
        return Phase.RUNNING if info.progress else Phase.UNKNOWN
    if code in RUNNING or code in FINISHING:
        return Phase.RUNNING
    return Phase.WAITING if code in _BEFORE else Phase.UNKNOWN
