"""The life of a run: its states, what may follow what, and a pure function for each event.

Each function returns what the event changes, or None where it does not apply any more; nothing
else changes the state of a run. `RunStore.apply` loads, applies an event, and saves.
"""

from odps_bot.runs.lifecycle.admission import (
    accept,
    approver_asked,
    approver_told,
    await_decision,
    compile_failed,
    decide,
    expire,
    prepare,
    question_posted,
    refuse,
    show_question,
)
from odps_bot.runs.lifecycle.cards import card_closed, card_gone, card_open, card_refused
from odps_bot.runs.lifecycle.findings import diagnosed, finding_posted, summarized
from odps_bot.runs.lifecycle.history import compared
from odps_bot.runs.lifecycle.polls import (
    InstanceSnapshot,
    instance_not_found,
    poll_failed,
    polled,
    refreshed,
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
    fell_back,
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
    "approver_asked",
    "approver_told",
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
    "compared",
    "compile_failed",
    "decide",
    "defer_stop",
    "defer_submission",
    "diagnosed",
    "expire",
    "fell_back",
    "finding_posted",
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
    "question_posted",
    "refreshed",
    "refuse",
    "request_stop",
    "result_unread",
    "resume_submission",
    "seen_running",
    "show_question",
    "stop_accepted",
    "stop_refused",
    "submitted",
    "summarized",
]
