"""The decision that a run awaits before it is submitted, on its card and in its thread."""

import re
import unicodedata
from collections.abc import Collection, Iterable

from odps_bot.messages import people
from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, button, confirmation, plain_text
from odps_bot.messages.message import Message, Modal
from odps_bot.messages.run.buttons import STOP_RUN
from odps_bot.messages.run.destruction import (
    CANNOT_UNDO,
    destruction_buttons,
    destruction_in_words,
    effect_in_words,
)
from odps_bot.messages.run.outcomes import no_estimate_in_words
from odps_bot.messages.run.resource_usage import money
from odps_bot.messages.run_link import run_link
from odps_bot.policy.cost_decision import Reason
from odps_bot.runs.outcome import BudgetUse
from odps_bot.runs.pricing import expected_fee
from odps_bot.runs.run import Decision, Question, Run, RunState

CONFIRM_COST = "confirm_cost"
DECLINE_COST = "decline_cost"
APPROVE_RUN = "approve_run"
APPROVE_FOR = "approve_for"
REJECT_RUN = "reject_run"

#: The modal that asks for the reason of a rejection, and its only field.
REJECT_MODAL = "reject_form"
REASON = "reason"
REASON_CHARACTERS = 500

_DECISION_VALUE = re.compile(r"(?P<run_id>[0-9a-f]{1,64}):(?P<digest>[0-9a-f]{16})")

#: Control and format characters, and line and paragraph separators that Slack does not render.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})

#: Letters and marks without a glyph: Default_Ignorable_Code_Point of Unicode, and BRAILLE BLANK.
#: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_UNSEEN_LETTER = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)

#: A statement of at most so many characters is shown on the card as a whole.
SHOWN_CHARACTERS = 2_500

#: How much of MaxCompute's message, and of a person's reason, the card shows.
SAID_CHARACTERS = 300

#: Why there is no estimate although MaxCompute responded.
NO_INPUT = "No input was counted."


def fits_on_card(run: Run) -> bool:
    """Return whether the card can show the whole statement; otherwise it is posted as a file."""
    return len(all_that_runs(run)) <= SHOWN_CHARACTERS


def all_that_runs(run: Run) -> str:
    """Return the statement with the settings that are sent with it, literally."""
    settings = "".join(f"-- with {key}={value}\n" for key, value in sorted(run.hints.items()))
    return settings + run.sql


def can_be_shown(run: Run) -> bool:
    """Return whether what people see is what runs: Slack does not show control characters."""
    decided_on = (run.sql, *run.hints, *run.hints.values())
    return all(t.clean(text) == text and not any(map(_is_unseen, text)) for text in decided_on)


def _is_unseen(character: str) -> bool:
    is_blank = character in "\t\r\n"
    return (unicodedata.category(character) in _UNSEEN and not is_blank) or bool(
        _UNSEEN_LETTER.match(character)
    )


def decision_value(run: Run) -> str:
    """Return the value of the question's buttons: the run, and a digest of what the card showed."""
    digest = run.question.digest if run.question else ""
    return f"{run.run_id}:{digest}"


def read_decision_value(value: str) -> tuple[str, str]:
    """Return the run's id and the digest that `decision_value` has put together, or nothing."""
    found = _DECISION_VALUE.fullmatch(value)
    return (found["run_id"], found["digest"]) if found else ("", "")


def question_in_words(run: Run, *, not_mentioned: Collection[str] = ()) -> str:
    """Return what is to be decided, by whom and until when; empty if nothing is.

    Approvers among `not_mentioned` are counted, but not named.
    """
    question = run.question
    if question is None or run.state is not RunState.AWAITING_DECISION:
        return ""
    until = t.day_and_time(question.expires_at)
    why = why_in_words(run, question)
    if question.kind == "destruction":
        return destruction_in_words(run, question, cost=why, until=until)
    if question.kind == "cost":
        return f"{t.mention(run.user_id)}, {why} Run it? This question expires {until}."
    who = _approvers(question, not_mentioned)
    return f"{why} {who} can approve or reject it. This expires {until}."


def what_is_lost(run: Run) -> str:
    """Return what the run destroys, for people who see the question apart from its card."""
    return f"This {effect_in_words(run)}. {CANNOT_UNDO}"


def why_in_words(run: Run, question: Question) -> str:
    """Return why the run needs a decision."""
    return " ".join(_why(run, question))


def _why(run: Run, question: Question) -> Iterable[str]:
    expected = expected_fee(run)
    cost = f"this would cost about *{money(expected)}*," if expected else "the cost of this is"
    limit = f" of *{money(question.limit)}*" if question.limit else ""
    if Reason.DESTRUCTIVE in question.reasons and question.kind == "approval":
        yield what_is_lost(run)
        if not {Reason.CLASS, Reason.ABOVE_CAP} & {*question.reasons}:
            yield f"In {t.code(run.project)}, that needs a second person's approval."
    if Reason.CLASS in question.reasons:
        what = f"*{run.statement_class}*" if run.statement_class else "such"
        yield f"In {t.code(run.project)}, {what} statements need a second person's approval."
    if Reason.NO_ESTIMATE in question.reasons:
        why = no_estimate_in_words(run.no_estimate) if run.no_estimate else NO_INPUT
        reason = t.one_line(why, limit=SAID_CHARACTERS)
        end = "" if reason.endswith((".", "!", "?", t.ELLIPSIS)) else "."
        yield f"MaxCompute has no estimate, which doesn't mean that it is free. {reason}{end}"
    if Reason.ABOVE_LIMIT in question.reasons:
        yield f"{cost} above the limit{limit} for automatic runs."
    if Reason.ABOVE_CAP in question.reasons:
        needs = (
            "" if Reason.CLASS in question.reasons else " That needs a second person's approval."
        )
        yield f"{cost[:1].upper()}{cost[1:]} above the cap{limit}.{needs}"


def _approvers(question: Question, not_mentioned: Collection[str] = ()) -> str:
    if question.named_approvers:
        mentioned = [one for one in question.named_approvers if one not in not_mentioned]
        hidden = len(question.named_approvers) - len(mentioned) + question.more_approvers
        return people.named(mentioned, more=hidden)
    role = f"Anyone with the role *{question.approvers}* or higher here"
    return role if question.is_self_approval else f"{role}, except the requester,"


def waits_for_file(run: Run) -> bool:
    """Return whether the statement must still be posted as a file before it can be approved."""
    question = run.question
    is_open = question is not None and run.state is RunState.AWAITING_DECISION
    return is_open and question is not None and not question.is_shown


def question_buttons(run: Run) -> list[Block]:
    """Return the buttons of the open question; none if no question is open."""
    if run.question is None or run.state is not RunState.AWAITING_DECISION:
        return []
    if run.question.is_for_requester:
        return decision_buttons(run)
    withdraw = button("Withdraw", action_id=STOP_RUN, value=run.run_id)
    return [*decision_buttons(run), withdraw]


def decision_buttons(run: Run) -> list[Block]:
    """Return the buttons of whoever decides; none as long as nobody can."""
    question = run.question
    if question is None or run.state is not RunState.AWAITING_DECISION or not question.is_shown:
        return []
    value = decision_value(run)
    if question.kind == "destruction":
        return destruction_buttons(run, question, value=value)
    if question.kind == "cost":
        expected = expected_fee(run)
        label = f"Run for ≈ {money(expected)}" if expected else "Run it"
        return [
            button(label, action_id=CONFIRM_COST, value=value) | {"style": "primary"},
            button("Don't", action_id=DECLINE_COST, value=value),
        ]
    return [
        button("Approve", action_id=APPROVE_RUN, value=value)
        | {"style": "primary", "confirm": _confirm(run)},
        *_standing_button(run, question, value),
        button("Reject", action_id=REJECT_RUN, value=value) | {"style": "danger"},
    ]


def _standing_button(run: Run, question: Question, value: str) -> list[Block]:
    if not question.standing_hours:
        return []
    hours = f"{question.standing_hours:g} h"
    confirm = confirmation(
        f"Approve for {hours}?",
        f"Run {run.name} is submitted immediately. For {hours}, the same statement by the same"
        " person in this project needs no approval, whatever values it has: other dates and"
        " partitions too. /odps approvals can end it.",
        yes=f"Approve for {hours}",
        no="Not yet",
    )
    return [
        button(f"Approve for {hours}", action_id=APPROVE_FOR, value=value) | {"confirm": confirm}
    ]


def _confirm(run: Run) -> Block:
    text = "The statement is submitted immediately, exactly as shown."
    return confirmation(f"Approve run {run.name}?", text, yes="Approve", no="Not yet")


def decision_in_words(run: Run) -> str:
    """Return who decided what, and when; empty while nobody has."""
    decision = run.decision
    if decision is None or run.question is None:
        return ""
    at = t.clock_time(decision.at)
    who = t.mention(decision.user_id)
    if run.question.kind == "destruction":
        return f"{who} {'confirmed' if decision.is_approval else 'declined'} it at {at}"
    if run.question.kind == "cost":
        word = "accepted" if decision.is_approval else "declined"
        return f"{who} {word} the cost at {at}"
    word = "Approved" if decision.is_approval else "Rejected"
    return f"{word} by {who} at {at}{_because(decision)}{_standing(decision)}"


def cover_in_words(run: Run) -> str:
    """Return whose earlier approval covers the run, and until when; empty if none does."""
    cover = run.covered_by
    if cover is None:
        return ""
    until = t.day_and_time(cover.until)
    return f"Covered by {t.mention(cover.approver_id)}'s approval of *{cover.run}* until {until}"


def _standing(decision: Decision) -> str:
    if decision.standing_until is None:
        return ""
    until = t.day_and_time(decision.standing_until)
    return f", with other values too until {until} (`/odps approvals`)"


def _because(decision: Decision) -> str:
    return f": {t.one_line(decision.reason, limit=SAID_CHARACTERS)}" if decision.reason else ""


def budgets_in_words(run: Run) -> str:
    """Return which budgets are nearly used up, as lines of mrkdwn."""
    return "\n".join(_nearly_used_up(run, use) for use in run.budget_warnings)


def _nearly_used_up(run: Run, use: BudgetUse) -> str:
    whose = {"person": t.mention(run.user_id), "channel": "this channel"}.get(
        use.scope, t.code(run.project)
    )
    percent = 100 * use.spent.amount / use.budget.amount if use.budget.amount else 100
    return (
        f":warning: {percent:,.0f}% of today's budget for {whose} is used:"
        f" {money(use.spent)} of {money(use.budget)}"
    )


def question_reply(run: Run, *, not_mentioned: Collection[str] = ()) -> Message:
    """Return the reply in the thread that draws attention to the open question."""
    words = question_in_words(run, not_mentioned=not_mentioned)
    return Message(f":raised_hand: Run {run_link(run)}: {words} Use the buttons on the card.")


def reminder_reply(run: Run) -> Message:
    """Return the reply that reminds people once of a question which expires soon."""
    question = run.question
    if question is None:
        return Message(f"Run {run_link(run)} awaits a decision.")
    until = t.day_and_time(question.expires_at)
    who = t.mention(run.user_id) if question.is_for_requester else _approvers(question)
    return Message(
        f":alarm_clock: Run {run_link(run)} still awaits a decision and expires {until}. {who} can"
        " decide with the buttons on the card."
    )


def decision_reply(run: Run) -> Message:
    """Return the reply in the thread that says who has approved."""
    return Message(f":white_check_mark: Run {run_link(run)}: {decision_in_words(run)}.")


def file_of_statement(run: Run) -> tuple[str, bytes]:
    """Return name and content of the file with the whole statement."""
    key = run.question.file_key if run.question else ""
    return f"{run.name}-{key}.sql", f"{all_that_runs(run)}\n".encode()


def file_comment(run: Run, *, not_mentioned: Collection[str] = ()) -> str:
    """Return the comment on the file with the statement, as mrkdwn."""
    return (
        f":raised_hand: Run {run_link(run)}: the whole statement ({len(run.sql):,} characters). "
        f"{question_in_words(run, not_mentioned=not_mentioned)}"
    )


def reject_modal(run: Run) -> Modal:
    """Return the modal that asks why."""
    return Modal(
        {
            "type": "modal",
            "callback_id": REJECT_MODAL,
            "title": plain_text(f"Reject {run.name}"[:24]),
            "submit": plain_text("Reject"),
            "close": plain_text("Cancel"),
            "private_metadata": decision_value(run),
            "blocks": [
                {
                    "type": "input",
                    "block_id": REASON,
                    "label": plain_text("Reason"),
                    "hint": plain_text("The requester sees it in the thread."),
                    "element": {
                        "type": "plain_text_input",
                        "action_id": REASON,
                        "multiline": True,
                        "max_length": REASON_CHARACTERS,
                    },
                }
            ],
        }
    )
