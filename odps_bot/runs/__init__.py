"""A run: its record, its states, and its store in Redis."""

from odps_bot.runs.run import (
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
from odps_bot.runs.store import Change, RunStore, Telling

__all__ = [
    "FINAL_STATES",
    "BudgetUse",
    "Change",
    "Cost",
    "Decision",
    "Estimate",
    "Milestone",
    "Question",
    "Run",
    "RunState",
    "RunStore",
    "Stage",
    "SubInstance",
    "Table",
    "Telling",
]
