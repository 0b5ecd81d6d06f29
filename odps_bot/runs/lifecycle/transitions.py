"""Which state of a run may follow which, and at what event. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from odps_bot.runs.run import Run, RunState
from odps_bot.store.notification_kind import NotificationKind


@dataclass(frozen=True, kw_only=True)
class Change:
    """A new record, and what follows from it."""

    run: Run
    notifications: tuple[NotificationKind, ...] = ()
    #: The reconciler takes care of the run if nothing else has happened by then; None: as before.
    overdue_in: timedelta | None = None


class ForbiddenTransitionError(Exception):
    """A run was to change from one state to another that does not follow it: a bug of ours."""


#: The end is known, and is told although the result stays unreadable.
UNREAD = "result_unread, poll_failed, instance_not_found (even without its result)"

#: Which states follow a state (None: nothing is kept yet), each with the events that lead there:
#: functions of this package, and in brackets when they do.
TRANSITIONS: Mapping[RunState | None, Mapping[RunState, str]] = MappingProxyType(
    {
        None: {RunState.QUEUED: "accept (record and RQ job in Redis, then the ack)"},
        RunState.QUEUED: {
            RunState.AWAITING_DECISION: "await_decision (its price, class or effect needs one)",
            RunState.SUBMITTING: "begin_submission (the card is posted)",
            RunState.REFUSED: "refuse, card_refused (no permission, budget or place to post)",
            RunState.CANCELLED: "request_stop",
            RunState.FAILED: "compile_failed (its estimate shows that it can never run)",
        },
        RunState.AWAITING_DECISION: {
            RunState.QUEUED: "decide (yes)",
            RunState.REJECTED: "decide (an approver says no)",
            RunState.CANCELLED: "decide, request_stop (the requester says no, or withdraws it)",
            RunState.EXPIRED: "expire (nobody decides in time)",
            RunState.REFUSED: "refuse (Slack takes no file, so nobody can decide)",
        },
        RunState.SUBMITTING: {
            RunState.RUNNING: "submitted (the instance id is known)",
            RunState.STOPPING: "submitted (a stop was requested meanwhile)",
            RunState.QUEUED: "defer_submission, hold_back (MaxCompute takes nothing for now)",
            RunState.CANCELLED: "cancel_submission (a stop was requested before the POST)",
            RunState.REFUSED: "refuse (MaxCompute or a rule says no)",
            RunState.SUCCEEDED: "carried_out (a statement about permissions has no instance)",
            RunState.FAILED: "not_carried_out (MaxCompute refuses one)",
            RunState.UNKNOWN: "lose_submission (nobody can tell whether MaxCompute took it)",
        },
        RunState.RUNNING: {
            RunState.STOPPING: "request_stop, stop_accepted",
            RunState.SUCCEEDED: f"polled, {UNREAD}",
            RunState.FAILED: f"polled, {UNREAD}",
            RunState.CANCELLED: "polled (stopped elsewhere)",
            RunState.UNKNOWN: "polled, result_unread, poll_failed, instance_not_found (not known)",
        },
        RunState.STOPPING: {
            RunState.RUNNING: "stop_refused",
            RunState.CANCELLED: "polled",
            RunState.SUCCEEDED: f"polled, {UNREAD}",
            RunState.FAILED: f"polled, {UNREAD}",
            RunState.UNKNOWN: "polled, result_unread, poll_failed, instance_not_found",
        },
    }
)


def check_transition(before: RunState | None, after: RunState) -> None:
    """Raise ForbiddenTransitionError unless `after` may follow `before`, or is the same.

    None: nothing is kept yet.
    """
    if after is not before and after not in TRANSITIONS.get(before, {}):
        raise ForbiddenTransitionError(f"a run that is {before or 'new'} cannot become {after}")
