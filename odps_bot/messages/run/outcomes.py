"""Why a run ended as it did, why it never ran, and what happened meanwhile: codes into words.

All of it is plain text of ours; foreign words in it are not escaped.
"""

from collections.abc import Callable, Mapping

from odps_bot.messages.replies.denials import denial_in_words
from odps_bot.messages.run.refusals import (
    NOTHING_SUBMITTED,
    REASON_NOT_SHOWN,
    is_refusal,
    refusal_in_words,
    why_slack_refused,
)
from odps_bot.messages.run.resource_usage import money
from odps_bot.messages.text import ordinal
from odps_bot.runs.outcome import Milestone, MilestoneCode, Outcome, ReasonCode
from odps_bot.runs.pricing import expected_fee
from odps_bot.runs.run import Run

#: Reasons that say all by their code.
_SENTENCES: Mapping[ReasonCode, str] = {
    ReasonCode.EXPIRED: (
        "Nobody has decided on it in time. Nothing was submitted. Ask again if it is still wanted."
    ),
    ReasonCode.NOT_DISPLAYABLE: (
        "It needs a second person, and holds characters that Slack does not show: nobody could"
        f" know what they approve. Take the invisible characters out. {NOTHING_SUBMITTED}"
    ),
    ReasonCode.FILE_REFUSED: (
        "It needs a second person, and is too long for its card; Slack did not take it as a file,"
        f" and what nobody can read nobody can approve. {NOTHING_SUBMITTED}"
    ),
    ReasonCode.SUBMISSION_UNKNOWN: (
        "I could not find out whether MaxCompute took this statement, so I did not send it again."
        " Look for it in the console before you run it again."
    ),
    ReasonCode.NO_OUTCOME: "It has ended, but MaxCompute does not say how. Look in the console.",
    ReasonCode.TASK_FAILED_SILENTLY: REASON_NOT_SHOWN,
    ReasonCode.RESULT_UNREADABLE: (
        "The result cannot be shown here: it is too large or in a form I cannot read. Select fewer"
        " rows or columns, or read it with a MaxCompute client."
    ),
    ReasonCode.INSTANCE_GONE: (
        "MaxCompute no longer knows this instance, so its outcome cannot be known."
        " Look in the console's history."
    ),
    ReasonCode.OUT_OF_REACH: "MaxCompute was out of reach for too long, so I gave up following it.",
    ReasonCode.SEVERAL_STATEMENTS: "It estimates one statement at a time.",
    ReasonCode.NO_SQL: "It estimates SQL only.",
    ReasonCode.ESTIMATE_TOO_SLOW: "It has not answered for minutes.",
}


def outcome_in_words(run: Run) -> str:
    """Return why the run ended as it did; empty where its state says it all."""
    outcome = run.outcome
    if outcome is None:
        return ""
    if outcome.reason is ReasonCode.TASK_FAILED:
        return outcome.detail
    if is_refusal(outcome):
        return f"{refusal_in_words(outcome)}\n{NOTHING_SUBMITTED}"
    if outcome.reason in _NEVER_RAN:
        return _NEVER_RAN[outcome.reason](run, outcome)
    return _SENTENCES[outcome.reason]


def no_estimate_in_words(outcome: Outcome) -> str:
    """Return why MaxCompute has no estimate, in its words where it has any."""
    if outcome.reason is ReasonCode.ESTIMATE_FAILED:
        return outcome.detail or "It does not say why."
    return _SENTENCES[outcome.reason]


def _denied(_: Run, outcome: Outcome) -> str:
    why = denial_in_words(outcome.denial) if outcome.denial else outcome.detail
    who_helps = f" For help, ask {outcome.contact}." if outcome.contact else ""
    return f"It may no longer run; {why}. {NOTHING_SUBMITTED}{who_helps}"


def _above_cap(run: Run, outcome: Outcome) -> str:
    expected = expected_fee(run)
    cost = f"It would cost about {money(expected)}" if expected else "It would cost"
    limit = f"the cap of {money(outcome.limit)}" if outcome.limit else "the cap"
    return (
        f"{cost}, which is above {limit} in {run.project}. Read fewer partitions or columns."
        f" {NOTHING_SUBMITTED}"
    )


def _budget_used_up(_: Run, outcome: Outcome) -> str:
    use, cost = outcome.budget, outcome.cost
    if use is None or cost is None:
        return f"A budget for today does not allow it. {NOTHING_SUBMITTED}"
    whose = {"person": "Your budget", "channel": "This channel's budget"}.get(
        use.scope, "The project's budget"
    )
    return (
        f"{whose} for today ({money(use.budget)}) does not allow it: {money(use.spent)} are spent"
        f" or reserved, and this may cost {money(cost)}. It begins anew at midnight UTC."
        f" {NOTHING_SUBMITTED}"
    )


def _card_refused(_: Run, outcome: Outcome) -> str:
    return f"{why_slack_refused(outcome.detail)} {NOTHING_SUBMITTED}"


#: Reasons whose words need values.
_NEVER_RAN: Mapping[ReasonCode, Callable[[Run, Outcome], str]] = {
    ReasonCode.DENIED: _denied,
    ReasonCode.ABOVE_CAP: _above_cap,
    ReasonCode.BUDGET_USED_UP: _budget_used_up,
    ReasonCode.CARD_REFUSED: _card_refused,
}


def queue_in_words(position: int | None, status: str | None) -> str:
    """Return where something waits for MaxCompute, or why, in its words; empty: it does not."""
    return f"{ordinal(position)} in the queue" if position else status or ""


def milestone_in_words(milestone: Milestone) -> str:
    """Return what has happened."""
    detail, count = milestone.detail, milestone.count
    if milestone.code is MilestoneCode.IN_QUEUE:
        return queue_in_words(count, detail)
    if milestone.code is MilestoneCode.STOP_REFUSED:
        why = milestone.outcome
        return f"Could not be stopped. {refusal_in_words(why) if why else detail}".rstrip()
    if milestone.code is MilestoneCode.ENDED:
        return detail.capitalize()
    workers = "1 worker" if count == 1 else f"{count or 0:,} workers"
    return _MILESTONES[milestone.code].format(detail=detail, workers=workers)


_MILESTONES: Mapping[MilestoneCode, str] = {
    MilestoneCode.SUBMITTED: "Submitted as {detail}",
    MilestoneCode.TRACKED: "Taken up: instance {detail}",
    MilestoneCode.STAGE_STARTED: "{detail} started with {workers}",
    MilestoneCode.STAGE_FINISHED: "{detail} finished",
    MilestoneCode.STAGE_FAILED: "{detail} failed",
    MilestoneCode.UNREACHABLE: "MaxCompute does not answer; I keep trying",
    MilestoneCode.REACHABLE: "MaxCompute answers again",
}
