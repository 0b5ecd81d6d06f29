"""What records of version 0.2 say in sentences, as codes and values. Pure.

Those records are read as long as they are kept. The sentences stand here as that version wrote
them; what is none of them are MaxCompute's own words.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from odps_bot.config.rules import Money
from odps_bot.runs.outcome import BudgetUse, Milestone, MilestoneCode, Outcome, ReasonCode
from odps_bot.runs.run import VERSION, Run, RunState
from odps_bot.store.codec import Instant, decode

#: Stood in place of MaxCompute's words where it had none.
NO_REASON = "MaxCompute does not say why, or in a form I cannot read. See its Logview."

_SENTENCES: Mapping[ReasonCode, str] = {
    ReasonCode.EXPIRED: (
        "Nobody has decided on it in time. Nothing was submitted. Ask again if it is still wanted."
    ),
    ReasonCode.NOT_DISPLAYABLE: (
        "It needs a second person, and holds characters that Slack does not show: nobody"
        " could know what they approve. Take the invisible characters out."
    ),
    ReasonCode.FILE_REFUSED: (
        "It needs a second person, and is too long for its card; Slack did not take it as a"
        " file, and what nobody can read nobody can approve."
    ),
    ReasonCode.SUBMISSION_UNKNOWN: (
        "I could not find out whether MaxCompute took this statement, so I did not send it"
        " again. Look for it in the console before you run it again."
    ),
    ReasonCode.NO_OUTCOME: "It has ended, but MaxCompute does not say how. Look in the console.",
    ReasonCode.RESULT_UNREADABLE: (
        "The result cannot be shown here: it is too large or in a form I cannot read. Select"
        " fewer rows or columns, or read it with a MaxCompute client."
    ),
    ReasonCode.TASK_FAILED_SILENTLY: NO_REASON,
    ReasonCode.INSTANCE_GONE: (
        "MaxCompute no longer knows this instance, so its outcome cannot be known. Look in"
        " the console's history."
    ),
    ReasonCode.OUT_OF_REACH: (
        "MaxCompute was out of reach for too long, so I gave up following it."
    ),
    ReasonCode.SEVERAL_STATEMENTS: "It estimates one statement at a time.",
    ReasonCode.NO_SQL: "It estimates SQL only.",
    ReasonCode.ESTIMATE_TOO_SLOW: "It has not answered for minutes.",
    ReasonCode.ESTIMATE_FAILED: "It does not say why.",
}

#: Why there could be no card, by Slack's code.
_SLACK_SENTENCES: Mapping[str, str] = {
    "not_in_channel": (
        "I can't post in this channel yet. Invite me with `/invite @odps`, then repeat the command."
    ),
    "is_archived": "This channel is archived, so I can't post in it. Ask in another one.",
    "restricted_action": "I am not among those who may post in this channel. Ask in another one.",
}

_OUTCOMES: Mapping[str, Outcome] = {
    **{sentence: Outcome(reason=reason) for reason, sentence in _SENTENCES.items()},
    **{
        sentence: Outcome(reason=ReasonCode.CARD_REFUSED, detail=code)
        for code, sentence in _SLACK_SENTENCES.items()
    },
}

#: How the refusal of an error of the client began.
_REFUSALS: Mapping[str, ReasonCode] = {
    "MaxCompute cannot be reached. Try again in a few minutes.": ReasonCode.UNREACHABLE,
    "I have no access key for MaxCompute at the moment.": ReasonCode.NO_CREDENTIALS,
    "This cannot be sent to MaxCompute.": ReasonCode.UNSENDABLE,
    "MaxCompute does not accept my access key. Ask whoever runs this bot.": (
        ReasonCode.NOT_AUTHENTICATED
    ),
    "My account lacks a right. Ask the project's owner to grant it.": ReasonCode.NO_PERMISSION,
    "MaxCompute does not know it. Check the id and the project.": ReasonCode.NOT_FOUND,
    "MaxCompute cannot do that in the state that things are in.": ReasonCode.CONFLICT,
    "MaxCompute has too many requests to answer. Try again in a few minutes.": (
        ReasonCode.THROTTLED
    ),
    "MaxCompute is in trouble. Try again in a few minutes.": ReasonCode.SERVER_ERROR,
    "MaxCompute could not do it.": ReasonCode.INSTANCE_FAILED,
    "MaxCompute refused it.": ReasonCode.INVALID_REQUEST,
    "MaxCompute gave an answer that I cannot use.": ReasonCode.UNUSABLE_RESPONSE,
}

_REFUSAL = re.compile(
    rf"({'|'.join(map(re.escape, _REFUSALS))}) (?:It said: (.*)|\((.*)\))\n"
    r"Likely cause: .*\nTry: .*\nTry again\? .*",
    re.DOTALL,
)
_SLACK_REFUSAL = re.compile(r"Slack does not let me post here \(`(.*)`\)\. Ask whoever runs .*")
_DENIAL = re.compile(r"It may no longer run; (.*)\. Nothing was submitted\. For help, ask (.*)\.")
_CAP = re.compile(r"It would cost.* is above the cap(?: of (.*))? in .*\. Read fewer partitions .*")
_BUDGET = re.compile(
    r"(Your|This channel's|The project's) budget for today \((.*)\) does not allow it: (.*) are"
    r" spent or reserved, and this may cost (.*)\. It begins anew at midnight UTC\."
)
_MONEY = re.compile(r"(less than )?([\d,]+\.\d\d) (\S+)")
_PLACE = re.compile(r"(?P<count>\d+)(?:st|nd|rd|th) in the queue")

_MILESTONES = (
    (MilestoneCode.SUBMITTED, re.compile(r"Submitted as (?P<detail>\w+)")),
    (MilestoneCode.TRACKED, re.compile(r"Taken up: instance (?P<detail>\w+)")),
    (
        MilestoneCode.STAGE_STARTED,
        re.compile(r"(?P<detail>.+) started with (?P<count>[\d,]+) workers?", re.DOTALL),
    ),
    (MilestoneCode.STAGE_FINISHED, re.compile(r"(?P<detail>.+) finished", re.DOTALL)),
    (MilestoneCode.STAGE_FAILED, re.compile(r"(?P<detail>.+) failed", re.DOTALL)),
    (MilestoneCode.REACHABLE, re.compile("MaxCompute answers again")),
    (MilestoneCode.UNREACHABLE, re.compile("MaxCompute does not answer; I keep trying")),
    (MilestoneCode.ENDED, re.compile("(?P<detail>Succeeded|Failed|Cancelled|Lost)")),
    (MilestoneCode.IN_QUEUE, _PLACE),
)
_UNSTOPPABLE = "Could not be stopped. "


class _FormerMilestone(msgspec.Struct):
    at: Instant
    text: str


class _FormerRun(msgspec.Struct):
    """What a record of version 0.2 keeps as sentences."""

    milestones: tuple[_FormerMilestone, ...] = ()
    no_estimate: str | None = None


def upgrade(run: Run, record: bytes | str) -> Run:
    """Return the run as this version knows it; `run` is what could be read of its old record.

    Raises CorruptRecordError.
    """
    former = decode(record, _FormerRun)
    outcome, result_text = _outcome(run)
    place = _PLACE.fullmatch(run.queue_status or "")
    return msgspec.structs.replace(
        run,
        version=VERSION,
        outcome=outcome,
        result_text=result_text,
        queue_position=int(place[1]) if place else None,
        queue_status=None if place else run.queue_status,
        milestones=tuple(map(_milestone, former.milestones)),
        no_estimate=None if former.no_estimate is None else _no_estimate(former.no_estimate),
    )


def _outcome(run: Run) -> tuple[Outcome | None, str | None]:
    """Return what has become of the run's old text: why it ended so, or its result."""
    text = run.result_text
    if text is None:
        return None, None
    if run.state is RunState.SUCCEEDED:
        found = _OUTCOMES.get(text)
        return found, None if found else text
    if run.state is RunState.FAILED:
        if not text.strip():
            return Outcome(reason=ReasonCode.TASK_FAILED_SILENTLY), None
        return _OUTCOMES.get(text) or Outcome(reason=ReasonCode.TASK_FAILED, detail=text), None
    return _reason(text), None


def _reason(text: str) -> Outcome:
    """Return what a sentence about a run means that never ran, or got lost."""
    sentence = text.removesuffix("Nothing was submitted.").rstrip()
    known = _OUTCOMES.get(text) or _OUTCOMES.get(sentence) or _reason_with_values(sentence)
    if known is not None:
        return known
    if denied := _DENIAL.fullmatch(text):
        return Outcome(reason=ReasonCode.DENIED, detail=denied[1], contact=denied[2])
    return Outcome(reason=ReasonCode.UNUSABLE_RESPONSE, detail=sentence)


def _reason_with_values(sentence: str) -> Outcome | None:
    if refused := _REFUSAL.fullmatch(sentence):
        return Outcome(reason=_REFUSALS[refused[1]], detail=refused[2] or refused[3] or "")
    if refused := _SLACK_REFUSAL.fullmatch(sentence):
        return Outcome(reason=ReasonCode.CARD_REFUSED, detail=refused[1])
    if above := _CAP.fullmatch(sentence):
        return Outcome(reason=ReasonCode.ABOVE_CAP, limit=_money(above[1] or ""))
    if (used := _BUDGET.fullmatch(sentence)) and (use := _budget_use(used)):
        return Outcome(reason=ReasonCode.BUDGET_USED_UP, budget=use, cost=_money(used[4]))
    return None


def _budget_use(used: re.Match[str]) -> BudgetUse | None:
    budget, spent = _money(used[2]), _money(used[3])
    if budget is None or spent is None:
        return None
    match used[1]:
        case "Your":
            return BudgetUse(scope="person", spent=spent, budget=budget)
        case "This channel's":
            return BudgetUse(scope="channel", spent=spent, budget=budget)
        case _:
            return BudgetUse(scope="project", spent=spent, budget=budget)


def _money(text: str) -> Money | None:
    found = _MONEY.fullmatch(text)
    if found is None:
        return None
    amount = Decimal(found[2].replace(",", ""))
    return Money(amount=amount / 2 if found[1] else amount, currency=found[3])


def _no_estimate(text: str) -> Outcome:
    return _OUTCOMES.get(text) or Outcome(reason=ReasonCode.ESTIMATE_FAILED, detail=text)


def _milestone(former: _FormerMilestone) -> Milestone:
    if former.text.startswith(_UNSTOPPABLE):
        why = _reason(former.text.removeprefix(_UNSTOPPABLE))
        return Milestone(at=former.at, code=MilestoneCode.STOP_REFUSED, outcome=why)
    for code, pattern in _MILESTONES:
        if found := pattern.fullmatch(former.text):
            facts = found.groupdict()
            detail, count = facts.get("detail") or "", facts.get("count")
            if code is MilestoneCode.ENDED:
                detail = RunState(detail.lower())
            return Milestone(
                at=former.at,
                code=code,
                detail=detail,
                count=int(count.replace(",", "")) if count else None,
            )
    # Why it waited, in MaxCompute's words.
    return Milestone(at=former.at, code=MilestoneCode.IN_QUEUE, detail=former.text)
