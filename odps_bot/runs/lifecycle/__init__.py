"""The life of a run: its states, what may follow what, and a pure function for each event.

Each function returns what the event changes, or None where it does not apply any more; nothing
else changes the state of a run. `RunStore.apply` loads, applies an event, and saves.
"""

from odps_bot.runs.lifecycle.admission import (
    accept,
    await_decision,
    decide,
    expire,
    prepare,
    refuse,
    show_question,
)
from odps_bot.runs.lifecycle.cards import card_closed, card_gone, card_open, card_refused
from odps_bot.runs.lifecycle.polls import (
    InstanceSnapshot,
    instance_not_found,
    poll_failed,
    polled,
    result_unread,
    seen_running,
)
from odps_bot.runs.lifecycle.stops import defer_stop, request_stop, stop_accepted, stop_refused
from odps_bot.runs.lifecycle.submission import (
    LEASE,
    about_to_send,
    await_answer,
    begin_submission,
    cancel_submission,
    carried_out,
    defer_submission,
    hold_back,
    if_claimed,
    is_unsent,
    look_up_later,
    lose_submission,
    not_carried_out,
    resume_submission,
    submitted,
)
from odps_bot.runs.lifecycle.transitions import (
    TRANSITIONS,
    Change,
    ForbiddenTransitionError,
    check_transition,
)

__all__ = [
    "LEASE",
    "TRANSITIONS",
    "Change",
    "ForbiddenTransitionError",
    "InstanceSnapshot",
    "about_to_send",
    "accept",
    "await_answer",
    "await_decision",
    "begin_submission",
    "cancel_submission",
    "card_closed",
    "card_gone",
    "card_open",
    "card_refused",
    "carried_out",
    "check_transition",
    "decide",
    "defer_stop",
    "defer_submission",
    "expire",
    "hold_back",
    "if_claimed",
    "instance_not_found",
    "is_unsent",
    "look_up_later",
    "lose_submission",
    "not_carried_out",
    "poll_failed",
    "polled",
    "prepare",
    "refuse",
    "request_stop",
    "result_unread",
    "resume_submission",
    "seen_running",
    "show_question",
    "stop_accepted",
    "stop_refused",
    "submitted",
]
