"""Outcomes and milestones of a run in words: why it ended, why it never ran, what happened.

All of it is plain text; foreign parts in it are not escaped.
"""

from collections.abc import Callable, Mapping

from odps_bot.errors import DenialCode
from odps_bot.messages import text as t
from odps_bot.messages.denials import ask_for_help, denial_in_words
from odps_bot.messages.failures import explain, own_words
from odps_bot.messages.people import contact_ids, contact_in_words
from odps_bot.messages.run import refusals
from odps_bot.messages.run.resource_usage import money
from odps_bot.messages.run.states import WORDS
from odps_bot.messages.sentences import SENTENCES, sentence_for
from odps_bot.messages.text import ordinal
from odps_bot.runs.outcome import Milestone, MilestoneCode, Outcome, ReasonCode
from odps_bot.runs.pricing import expected_fee
from odps_bot.runs.progress import is_wait
from odps_bot.runs.run import Run, RunState


def outcome_in_words(run: Run) -> str:
    """Return why the run ended as it did; empty if its state says it all."""
    outcome = run.outcome
    if outcome is None:
        return ""
    if outcome.reason in {ReasonCode.TASK_FAILED, ReasonCode.COMPILE_ERROR}:
        return outcome.detail
    if outcome.reason is ReasonCode.NOT_FOUND and run.tracked_instance_id:
        return refusals.no_instance(run.tracked_instance_id, project=run.project)
    if refusals.is_refusal(outcome):
        return f"{refusals.refusal_in_words(outcome)}\n{refusals.NOTHING_SUBMITTED}"
    if outcome.reason in _WITH_VALUES:
        return _WITH_VALUES[outcome.reason](run, outcome)
    return SENTENCES.reasons[outcome.reason]


def outcome_in_mrkdwn(run: Run, *, limit: int) -> str:
    """Return the same as mrkdwn, with who can help as a mention."""
    words = t.clip(t.escape(outcome_in_words(run)), limit)
    outcome = run.outcome
    if outcome is None or not contact_ids(outcome.contact):
        return words
    if outcome.reason not in {ReasonCode.DENIED, ReasonCode.NO_APPROVER}:
        return words
    is_alone = not contact_in_words(outcome.contact, but_not=run.user_id)
    if is_alone and outcome.reason is ReasonCode.NO_APPROVER:
        return f"{words} Another approver can be named in the rules, odps-bot.toml."
    return f"{words} {ask_for_help(outcome.contact, user_id=run.user_id)}"


def is_never_submitted(run: Run) -> bool:
    """Return whether a run failed before it was submitted: it can't be compiled."""
    return run.outcome is not None and run.outcome.reason is ReasonCode.COMPILE_ERROR


def no_estimate_in_words(outcome: Outcome) -> str:
    """Return why MaxCompute has no estimate, in its own words if it gave a reason."""
    if outcome.reason is ReasonCode.ESTIMATE_FAILED:
        return outcome.detail or "MaxCompute gave no reason."
    return SENTENCES.reasons[outcome.reason]


def _denied(run: Run, outcome: Outcome) -> str:
    why = denial_in_words(outcome.denial) if outcome.denial else outcome.detail
    who_helps = _who_helps(outcome)
    if run.tracked_instance_id:
        if outcome.denial and outcome.denial.code is DenialCode.OTHER_CHANNEL:
            why = "it belongs to a run of another channel or person"
        return f"This job can't be followed here: {why}. Nothing was changed.{who_helps}"
    return f"This run is no longer allowed: {why}. {refusals.NOTHING_SUBMITTED}{who_helps}"


def _who_helps(outcome: Outcome) -> str:
    """Return who can help where the contact is words; IDs are mentioned as mrkdwn only."""
    is_words = outcome.contact and not contact_ids(outcome.contact)
    return f" Ask {outcome.contact} for help." if is_words else ""


def _no_approver(run: Run, outcome: Outcome) -> str:
    denial = outcome.denial
    needed = f" with the role {denial.needed}" if denial and denial.needed else ""
    what = f"In {run.project}, this needs the approval of another person{needed}"
    if denial and denial.code is DenialCode.CHANNEL:
        return (
            f"{what}, but this channel is limited to {denial.has}, so nobody can approve it here."
            f" Use another channel. {refusals.NOTHING_SUBMITTED}"
        )
    return f"{what}, and there is nobody else. {refusals.NOTHING_SUBMITTED}{_who_helps(outcome)}"


def _above_cap(run: Run, outcome: Outcome) -> str:
    expected = expected_fee(run)
    cost = f"This would cost about {money(expected)}," if expected else "The cost of this is"
    limit = f"the cap of {money(outcome.limit)}" if outcome.limit else "the cap"
    return (
        f"{cost} above {limit} in {run.project}. Read fewer partitions or columns."
        f" {refusals.NOTHING_SUBMITTED}"
    )


def _budget_used_up(_: Run, outcome: Outcome) -> str:
    use, cost = outcome.budget, outcome.cost
    if use is None or cost is None:
        return f"A budget for today doesn't cover this. {refusals.NOTHING_SUBMITTED}"
    whose = {"person": "Your budget", "channel": "This channel's budget"}.get(
        use.scope, "The project's budget"
    )
    midnight = "midnight UTC" if use.time_zone == "UTC" else f"midnight ({use.time_zone})"
    return (
        f"{whose} for today ({money(use.budget)}) doesn't cover this: {money(use.spent)} is spent"
        f" or reserved, and this may cost {money(cost)}. It resets at {midnight}."
        f" {refusals.NOTHING_SUBMITTED}"
    )


def _card_refused(run: Run, outcome: Outcome) -> str:
    why = refusals.why_slack_refused(outcome.detail, channel_id=run.channel_id)
    return f"{why} {refusals.NOTHING_SUBMITTED}"


def _file_refused(_: Run, outcome: Outcome) -> str:
    why = sentence_for(outcome.detail, SENTENCES.file_refused, unknown="")
    return f"{SENTENCES.reasons[outcome.reason]} {why}".rstrip()


def _out_of_reach(run: Run, outcome: Outcome) -> str:
    if run.refusal is None:
        return SENTENCES.reasons[outcome.reason]
    return (
        "MaxCompute didn't give me this job's status for too long, so I stopped following it. It"
        " may still be running: check the MaxCompute console before you run it again."
        f" {refusals.refused_polls_in_words(run.refusal)}"
    )


def _result_unreadable(_: Run, outcome: Outcome) -> str:
    if not outcome.detail:
        return SENTENCES.reasons[outcome.reason]
    said = own_words(outcome.detail, limit=refusals.SAID_CHARACTERS)
    explanation = explain(outcome.detail, sql="")
    remedy = f"\nTry: {explanation.what_to_try}" if explanation.is_known else ""
    return f"MaxCompute doesn't let me read the result. Its message: {said}{remedy}"


#: Reasons whose words need values.
_WITH_VALUES: Mapping[ReasonCode, Callable[[Run, Outcome], str]] = {
    ReasonCode.DENIED: _denied,
    ReasonCode.ABOVE_CAP: _above_cap,
    ReasonCode.BUDGET_USED_UP: _budget_used_up,
    ReasonCode.CARD_REFUSED: _card_refused,
    ReasonCode.FILE_REFUSED: _file_refused,
    ReasonCode.NO_APPROVER: _no_approver,
    ReasonCode.OUT_OF_REACH: _out_of_reach,
    ReasonCode.RESULT_UNREADABLE: _result_unreadable,
}


def queue_in_words(position: int | None, status: str | None) -> str:
    """Return the place in MaxCompute's queue, or why it waits; empty if it doesn't wait."""
    if position:
        return f"{ordinal(position)} in the queue"
    return status if status and is_wait(status) else ""


#: Milestones of polls that MaxCompute did answer, if not with a status.
_ABOUT_POLLS = {
    MilestoneCode.UNREACHABLE: "No status from MaxCompute; still trying. {what}",
    MilestoneCode.REACHABLE: "MaxCompute gives this job's status again",
}


def milestone_in_words(milestone: Milestone) -> str:
    """Return the milestone in words."""
    detail, count = milestone.detail, milestone.count
    if milestone.code is MilestoneCode.IN_QUEUE:
        return queue_in_words(count, detail) or detail
    if milestone.code is MilestoneCode.STOP_REFUSED:
        why = milestone.outcome
        return f"Could not be stopped. {refusals.refusal_in_words(why) if why else detail}".rstrip()
    if milestone.code is MilestoneCode.ENDED:
        return WORDS[RunState(detail)]
    if milestone.outcome is not None and milestone.code in _ABOUT_POLLS:
        what = refusals.refusal_in_words(milestone.outcome).partition("\n")[0]
        return _ABOUT_POLLS[milestone.code].format(what=what)
    workers = "1 worker" if count == 1 else f"{count or 0:,} workers"
    return SENTENCES.milestones[milestone.code].format(detail=detail, workers=workers)
