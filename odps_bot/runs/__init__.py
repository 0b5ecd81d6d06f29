"""A run: its record, its states, and its store in Redis."""

from odps_bot.runs.record import FINAL_STATES, Milestone, Run, RunState, Stage, Table
from odps_bot.runs.store import Change, RunStore, Telling
from odps_bot.runs.sweeps import Sweeps

__all__ = [
    "FINAL_STATES",
    "Change",
    "Milestone",
    "Run",
    "RunState",
    "RunStore",
    "Stage",
    "Sweeps",
    "Table",
    "Telling",
]
