"""Change a run only as long as it is queued: whoever stops it meanwhile has the last word."""

from datetime import timedelta
from functools import partial
from typing import Any

from odps_bot.runs import Outcome, Run, RunState, lifecycle
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind


def change_queued(
    run: Run,
    services: Services,
    *notifications: NotificationKind,
    overdue_in: timedelta | None = None,
    **facts: Any,
) -> Run | None:
    """Record facts of a run in `queued`; return it, or None when it no longer is."""
    event = partial(lifecycle.prepare, notifications=notifications, overdue_in=overdue_in, **facts)
    return services.stores.runs.apply(run.run_id, event)


def refuse_queued(run: Run, why: Outcome, services: Services) -> None:
    """End a run in `queued`, and tell the requester privately why."""
    event = partial(lifecycle.refuse, if_still=RunState.QUEUED, why=why, now=services.clock())
    services.stores.runs.apply(run.run_id, event)
    services.jobs.deliver()
