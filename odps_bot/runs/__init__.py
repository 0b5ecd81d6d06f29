"""A run: its record, its states, and its store in Redis."""

from odps_bot.runs.audit import AuditKind, AuditLine, AuditTrail, line_writer
from odps_bot.runs.locks import Locks, ProjectLock
from odps_bot.runs.memberships import Memberships
from odps_bot.runs.record import (
    FINAL_STATES,
    Cost,
    Estimate,
    Milestone,
    Run,
    RunState,
    Stage,
    SubInstance,
    Table,
)
from odps_bot.runs.store import Change, RunStore, Telling
from odps_bot.runs.sweeps import Sweeps

__all__ = [
    "FINAL_STATES",
    "AuditKind",
    "AuditLine",
    "AuditTrail",
    "Change",
    "Cost",
    "Estimate",
    "Locks",
    "Memberships",
    "Milestone",
    "ProjectLock",
    "Run",
    "RunState",
    "RunStore",
    "Stage",
    "SubInstance",
    "Sweeps",
    "Table",
    "Telling",
    "line_writer",
]
