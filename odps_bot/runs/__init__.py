"""A run: its record, its states, and its store in Redis."""

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
    "Change",
    "Cost",
    "Estimate",
    "Milestone",
    "Run",
    "RunState",
    "RunStore",
    "Stage",
    "SubInstance",
    "Sweeps",
    "Table",
    "Telling",
]
