"""A run: its record, its states, and its store in Redis."""

from odps_bot.runs.audit import AuditKind, AuditLine, AuditTrail, line_writer
from odps_bot.runs.locks import Locks, ProjectLock
from odps_bot.runs.memberships import Memberships
from odps_bot.runs.record import (
    FINAL_STATES,
    BudgetUse,
    Cost,
    Decision,
    Estimate,
    Milestone,
    Question,
    Run,
    RunState,
    Stage,
    SubInstance,
    Table,
)
from odps_bot.runs.spending import Charge, Spending
from odps_bot.runs.store import Change, RunStore, Telling
from odps_bot.runs.sweeps import Sweeps

__all__ = [
    "FINAL_STATES",
    "AuditKind",
    "AuditLine",
    "AuditTrail",
    "BudgetUse",
    "Change",
    "Charge",
    "Cost",
    "Decision",
    "Estimate",
    "Locks",
    "Memberships",
    "Milestone",
    "ProjectLock",
    "Question",
    "Run",
    "RunState",
    "RunStore",
    "Spending",
    "Stage",
    "SubInstance",
    "Sweeps",
    "Table",
    "Telling",
    "line_writer",
]
