"""How a run compares with earlier runs of its statement. Pure."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from odps_bot.history.usual import Comparison, Usual, in_short
from odps_bot.runs.lifecycle.transitions import Change
from odps_bot.runs.progress import is_executing
from odps_bot.runs.run import Run, RunState


def compared(
    run: Run,
    *,
    event: Callable[[Run], Change | None],
    now: datetime,
    usual: Usual | None = None,
    comparison: Comparison | None = None,
) -> Change | None:
    """Apply the event of a poll, and record what is usual and how a success differs from it.

    What is usual is decided once; so is when something of the instance was first seen running. Of a
    run that ends, little of it is kept.
    """
    change = event(run)
    if change is None:
        return None
    after = change.run
    if after.usual is None and usual is not None:
        after = replace(after, usual=usual)
    if after.execution_began_at is None and not after.is_final and is_executing(after):
        after = replace(after, execution_began_at=now)
    if after.is_final and after.usual is not None:
        after = replace(after, usual=in_short(after.usual))
    if comparison is not None and after.state is RunState.SUCCEEDED:
        after = replace(after, comparison=comparison)
    return change if after == change.run else dataclasses.replace(change, run=after)
