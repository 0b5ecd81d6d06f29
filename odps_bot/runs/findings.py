"""Which finding about a run is shown, and whether a reply says that it holds. Pure."""

from odps_bot.diagnosis.finding import Finding
from odps_bot.runs.run import Run, RunState


def shown_finding(run: Run) -> Finding | None:
    """Return what holds the run up now, wherever it is shown; None: nothing does."""
    if run.state is not RunState.RUNNING or run.finding_over_at is not None:
        return None
    return run.finding


def is_finding_reply_open(run: Run) -> bool:
    """Return whether a reply in the thread says that something holds the run up."""
    is_posted = run.finding_ts is not None and not run.is_finding_gone
    return is_posted and run.told_finding is not None and run.finding_over_at is None
