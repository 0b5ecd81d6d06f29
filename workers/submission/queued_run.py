"""Change a run only as long as it is asked for: whoever stops it meanwhile has the last word."""

from datetime import timedelta

import msgspec

from odps_bot.messages.run.refusals import NOTHING_SUBMITTED
from odps_bot.runs import Change, Run, RunState, Telling
from odps_bot.services import Services


def change_queued(
    run: Run,
    services: Services,
    *tell: Telling,
    overdue_in: timedelta | None = None,
    **facts: object,
) -> Run | None:
    """Record facts of a run in `queued`; return it, or None when it no longer is."""
    found: Run | None = None

    def decide(current: Run) -> Change | None:
        nonlocal found
        found = None
        if current.state is not RunState.QUEUED:
            return None
        found = msgspec.structs.replace(current, **facts)
        is_as_before = found == current and overdue_in is None and not tell
        return None if is_as_before else Change(run=found, tell=tell, overdue_in=overdue_in)

    services.stores.runs.change(run.run_id, decide)
    return found


def refuse_queued(run: Run, why: str, services: Services) -> None:
    """End a run in `queued`, and tell the requester privately `why` (plain text)."""
    change_queued(
        run,
        services,
        Telling.FINAL,
        Telling.REFUSAL,
        state=RunState.REFUSED,
        result_text=f"{why} {NOTHING_SUBMITTED}",
        ended_at=services.clock(),
    )
    services.jobs.deliver()
