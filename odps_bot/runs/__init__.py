"""A run: its record, its life, and its store in Redis."""

from odps_bot.runs.lifecycle import Change, InstanceSnapshot
from odps_bot.runs.origin import Origin, Program
from odps_bot.runs.outcome import BudgetUse, Milestone, MilestoneCode, Outcome, ReasonCode
from odps_bot.runs.owners import InstanceOwners, Owner, Requester, requester_of
from odps_bot.runs.run import (
    FINAL_STATES,
    ApprovalMessage,
    Cost,
    Cover,
    Decision,
    Estimate,
    Question,
    Run,
    RunState,
    Stage,
    SubInstance,
    Table,
)
from odps_bot.runs.store import RunStore

__all__ = [
    "FINAL_STATES",
    "ApprovalMessage",
    "BudgetUse",
    "Change",
    "Cost",
    "Cover",
    "Decision",
    "Estimate",
    "InstanceOwners",
    "InstanceSnapshot",
    "Milestone",
    "MilestoneCode",
    "Origin",
    "Outcome",
    "Owner",
    "Program",
    "Question",
    "ReasonCode",
    "Requester",
    "Run",
    "RunState",
    "RunStore",
    "Stage",
    "SubInstance",
    "Table",
    "requester_of",
]
