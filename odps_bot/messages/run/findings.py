"""Why an instance is slow or queued, in words: evidence with its numbers, then one remedy. Pure."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from odps_bot.diagnosis.finding import Finding, Kind, Remedy
from odps_bot.messages import text as t
from odps_bot.messages.blocks import BUTTONS, Block, actions, section
from odps_bot.messages.message import Message
from odps_bot.messages.run import finding_remedies
from odps_bot.messages.run.buttons import stop_button
from odps_bot.messages.run.finding_buttons import finding_buttons
from odps_bot.messages.run.finding_evidence import evidence_in_words
from odps_bot.messages.run.finding_numbers import MINUTE, ratio, rough_duration
from odps_bot.messages.run_link import run_link
from odps_bot.runs.findings import shown_finding
from odps_bot.runs.run import Run

#: A time of day says when something began that is not older.
SAME_DAY = timedelta(hours=12)

_SHORT = {
    Kind.WAIT_FRAMEWORK: "waiting for a slot",
    Kind.WAIT_QUOTA: "waiting for quota",
    Kind.STARVED: "short of workers",
    Kind.OPTIMIZING: "long optimization",
    Kind.PLANNING: "long planning",
    Kind.REPLICATION: "waiting for data",
    Kind.SKEW: "skewed data",
    Kind.SLOW_WORKER: "slow worker",
    Kind.LONG_TAIL: "slow worker",
    Kind.EXPANSION: "row explosion",
    Kind.TOO_FEW: "too few workers",
    Kind.TOO_MANY: "too many workers",
    Kind.INPUT_GREW: "more input",
    Kind.RETRIES: "failing workers",
    Kind.SLOW_EVERYWHERE: "slow function",
    Kind.NO_MOVEMENT: "no progress",
    Kind.FALLBACK: "normal mode",
    Kind.FINISHING: "slow finish",
}


FINDING_EMOJI = ":mag:"

#: What helps only while an instance is active.
_FOR_NOW = frozenset({Remedy.NOTHING, Remedy.WAIT, Remedy.OTHER_QUOTA, Remedy.STOP_AND_RERUN})


def finding_word(finding: Finding) -> str:
    """Return the finding in a word or two, for rows of lists."""
    return _SHORT[finding.kind]


def finding_in_short(run: Run) -> str:
    """Return what holds a run up for a row of a list, in plain text; empty if nothing does."""
    finding = shown_finding(run)
    return "" if finding is None else finding_word(finding)


def finding_line(finding: Finding, *, now: datetime) -> str:
    """Return the finding in one line of mrkdwn, as cards and alerts show it; no remedy."""
    parts = [_evidence(finding, now), _rest(finding), _input(finding)]
    return " · ".join(part for part in parts if part)


def finding_in_words(finding: Finding, *, now: datetime) -> str:
    """Return the evidence and one remedy in mrkdwn, at most 60 words; for threads and `why`."""
    parts = [_evidence(finding, now), _rest(finding), _input(finding)]
    sentences = [f"{part[0].upper()}{part[1:]}." for part in parts if part]
    return " ".join([*sentences, remedy_in_words(finding)]).strip()


def past_finding_in_words(finding: Finding, *, now: datetime) -> str:
    """Return what held up an instance that has ended, and what would help the next time."""
    numbers = {name: value for name, value in finding.numbers.items() if name != "rest_s"}
    line = finding_line(replace(finding, numbers=numbers), now=now)
    remedy = "" if finding.remedy in _FOR_NOW else f" {remedy_in_words(finding)}"
    return f"{line}.{remedy}"


def finding_reply(run: Run, *, now: datetime) -> Message:
    """Return the reply about what holds the run up, or did, or was wrongly said to."""
    finding = shown_finding(run)
    if finding is None and _held_until_the_end(run):
        return _reply_at_the_end(run)
    if finding is None:
        said = f"{FINDING_EMOJI} Run {run_link(run)}: {_what_became_of_it(run, now)}"
        return Message(said, [section(said)])
    said = f"{FINDING_EMOJI} Run {run_link(run)}: {finding_in_words(finding, now=now)}"
    row: list[Block] = finding_buttons(run, finding)
    if run.stop_requested_at is None:
        row.append(stop_button(run))
    buttons = [actions(row, block_id=BUTTONS)] if row else []
    return Message(said, [section(said), *buttons])


def _held_until_the_end(run: Run) -> bool:
    is_told = run.told_finding is not None and run.finding_over_at is None
    return is_told and run.is_final and not run.is_finding_wrong


def _reply_at_the_end(run: Run) -> Message:
    """Return the reply about what held the run up until it ended, and what helps the next time."""
    finding, ended = run.finding or run.told_finding, run.ended_at
    if finding is None or ended is None:
        said = f"{FINDING_EMOJI} Run {run_link(run)} has ended."
        return Message(said, [section(said)])
    before = past_finding_in_words(finding, now=ended)
    said = f"{FINDING_EMOJI} Run {run_link(run)} ended at {t.time_of_day(ended)}. Until then: "
    row = finding_buttons(run, finding)
    buttons = [actions(row, block_id=BUTTONS)] if row else []
    return Message(said + before, [section(said + before), *buttons])


def _what_became_of_it(run: Run, now: datetime) -> str:
    told = run.told_finding
    before = f"what I said ({finding_word(told)})" if told else "what I said"
    if run.is_finding_wrong:
        right = "" if run.finding is None else f" It shows: {finding_line(run.finding, now=now)}."
        return f"{before} was wrong. The summary of the finished job doesn't show it.{right}"
    if told is None or run.finding_over_at is None:
        return "it has ended."
    over = t.time_of_day(run.finding_over_at)
    return f"over at {over}. Until then: {_evidence(told, run.finding_over_at)}."


def remedy_in_words(finding: Finding) -> str:
    """Return what would help, in one or two sentences of mrkdwn. It never promises a gain."""
    return finding_remedies.remedy_in_words(finding)


def _evidence(finding: Finding, now: datetime) -> str:
    return evidence_in_words(finding, since=_since(finding, now))


def _rest(finding: Finding) -> str:
    rest_s = finding.numbers.get("rest_s")
    if rest_s is None:
        return ""
    return f"about {rough_duration(rest_s)} to go" if rest_s >= MINUTE else "less than 1 min to go"


def _input(finding: Finding) -> str:
    if finding.input_ratio is None or finding.kind is Kind.INPUT_GREW:
        return ""
    return f"input {ratio(finding.input_ratio)} of usual"


def _since(finding: Finding, now: datetime) -> str:
    is_today = now - finding.since < SAME_DAY
    when = t.time_of_day(finding.since) if is_today else t.day_and_time(finding.since)
    return f"since {when}"
