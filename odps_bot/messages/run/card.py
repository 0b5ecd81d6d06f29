"""The card: the one message of a run, updated in place as the run progresses."""

from collections.abc import Sequence
from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.messages.blocks import BUTTONS, Block, actions, context, preformatted, section
from odps_bot.messages.failures import own_words
from odps_bot.messages.message import Fallbacks, Message
from odps_bot.messages.run import questions, states
from odps_bot.messages.run.buttons import buttons_of
from odps_bot.messages.run.destruction import consent_in_words
from odps_bot.messages.run.fallback import fallback_in_words
from odps_bot.messages.run.findings import FINDING_EMOJI, finding_line
from odps_bot.messages.run.origins import origin_in_words
from odps_bot.messages.run.outcomes import (
    is_never_submitted,
    outcome_in_mrkdwn,
    outcome_in_words,
    queue_in_words,
)
from odps_bot.messages.run.refusals import refused_polls_in_mrkdwn
from odps_bot.messages.run.resource_usage import usage_in_words
from odps_bot.messages.run.stages import done_in_words, paragraph, plan
from odps_bot.messages.run.usual import comparison_in_words, usual_in_words
from odps_bot.messages.run_link import name_link, run_link
from odps_bot.messages.sql_preview import sql_as_text
from odps_bot.runs.findings import shown_finding
from odps_bot.runs.progress import progress_percent_of
from odps_bot.runs.run import Run, RunState
from odps_bot.sql.preview import from_statement_on

SQL_LINES = 8
SQL_CHARACTERS = 600

#: How much of the statement the text shows, which notifications and screen readers use.
SUMMARY_CHARACTERS = 120


def run_cards(run: Run, *, now: datetime) -> Sequence[Message]:
    """Return the card of `run` as of `now` and its fallbacks, best first.

    The last one has only blocks that every Slack client knows; one with a plan may precede it.
    """
    with_plan = plan(run)
    makers = [lambda: _card(run, with_plan, now)] if with_plan else []
    return Fallbacks(*makers, lambda: _card(run, paragraph(run), now))


def run_card(run: Run, *, now: datetime) -> Message:
    """Return the card that every Slack client accepts, for where there is only one attempt."""
    return run_cards(run, now=now)[-1]


def _card(run: Run, parts: Block | None, now: datetime) -> Message:
    situation = _situation(run, now)
    blocks: list[Block] = [section(_headline(run)), _sql(run)]
    if situation:
        blocks.append(section(_bar(run) + "\n".join(situation)))
    if parts:
        blocks.append(parts)
    blocks.append(_context(run, now))
    if also := _also(run):
        blocks.append(context(also))
    if buttons := [*questions.question_buttons(run), *buttons_of(run)]:
        blocks.append(actions(buttons, block_id=BUTTONS))
    return Message(_text(run, situation, now), blocks)


def _text(run: Run, situation: list[str], now: datetime) -> str:
    """Return the content of the card in a few lines."""
    sql = sql_as_text(run.sql, limit=SUMMARY_CHARACTERS)
    first = f"{states.state_word(run)}: run {run.name} in {t.escape(run.project)}: {sql}"
    return "\n".join([first, *situation, *_as_of(run, now)])


def _headline(run: Run) -> str:
    headline = f"{states.state_in_words(run)} · run {run_link(run)} in {t.code(run.project)}"
    if run.is_interactive:
        headline += " · interactive"
    if run.edited_from is not None:
        return f"{headline} · edited from {name_link(run.edited_from, run.edited_from_url)}"
    if run.rerun_of is None:
        return headline
    return f"{headline} · re-run of {name_link(run.rerun_of, run.rerun_of_url)}"


def _sql(run: Run) -> Block:
    if _is_approved_as_shown(run):
        return preformatted(questions.all_that_runs(run))
    lines = from_statement_on(run.sql).statement.splitlines()
    excerpt = "\n".join(lines[:SQL_LINES])
    if len(lines) > SQL_LINES or len(excerpt) > SQL_CHARACTERS:
        excerpt = excerpt[:SQL_CHARACTERS].rstrip() + t.ELLIPSIS
    return preformatted(excerpt)


def _is_approved_as_shown(run: Run) -> bool:
    return run.state is RunState.AWAITING_DECISION and questions.fits_on_card(run)


def _situation(run: Run, now: datetime) -> list[str]:
    lines = []
    if run.state in {RunState.RUNNING, RunState.STOPPING}:
        lines += _progress(run)
    if finding := shown_finding(run):
        lines.append(f"{FINDING_EMOJI} {finding_line(finding, now=now)}")
    if run.state is RunState.AWAITING_DECISION:
        lines += _open_question(run)
    if run.query_id and not run.is_final:
        lines.append("MaxCompute is carrying it out …")
    if _is_being_estimated(run):
        lines.append("Asking MaxCompute for a cost estimate …")
    if run.state is RunState.QUEUED and run.held_back_since:
        since = t.clock_time(run.held_back_since)
        why = "It is busy or not responding. Still trying."
        lines.append(f":warning: Waiting for MaxCompute since {since}. {why}")
    lines.append(questions.budgets_in_words(run))
    if run.stop_requested_by and not run.is_final and not run.query_id:
        lines.append(f"Stop requested by {t.mention(run.stop_requested_by)}. {_when(run)}")
    if not run.is_final:
        lines += [_trouble(run), *_doubts(run)]
    if run.is_final:
        lines.append(_outcome(run, now))
    return [line for line in lines if line]


def _trouble(run: Run) -> str:
    """Return why MaxCompute tells no status: what it says instead, or that it says nothing."""
    if run.refusal is not None:
        since = t.clock_time(run.refusal.since)
        why = t.clip(refused_polls_in_mrkdwn(run.refusal), 1_000)
        return (
            f":warning: MaxCompute hasn't given me this job's status since {since}. {why}"
            "\nStill trying."
        )
    if run.unreachable_since:
        since = t.clock_time(run.unreachable_since)
        return f":warning: MaxCompute has not responded since {since}. Still trying."
    return ""


def _doubts(run: Run) -> list[str]:
    """Return what polls said that is not believed yet, from the second one on."""
    lines = []
    if run.missing and run.missing.polls > 1:
        since = t.clock_time(run.missing.since)
        lines.append(
            f":warning: MaxCompute has not found this instance since {since}. Checking again."
        )
    if run.unread_end and run.unread_end.polls > 1:
        lines.append(f":warning: {_UNREAD[run.unread_end.state]} Still trying.")
    return lines


#: What is known of an instance that has ended, but whose result could not be read.
_UNREAD = {
    RunState.SUCCEEDED: "It has succeeded, but its result can't be read yet.",
    RunState.FAILED: "It has failed, but its result can't be read yet.",
    RunState.UNKNOWN: "It has ended, but MaxCompute doesn't say how yet.",
}


def _is_being_estimated(run: Run) -> bool:
    is_requested = run.estimate_requested_at is not None and run.held_back_since is None
    return run.state is RunState.QUEUED and is_requested and not run.estimate


def _open_question(run: Run) -> list[str]:
    lines = [questions.question_in_words(run)]
    if questions.waits_for_file(run):
        lines.append("It can be approved once the whole statement is in the thread as a file.")
    return lines


def _bar(run: Run) -> str:
    percent = progress_percent_of(run)
    return "" if percent is None else f"{t.bar(percent)} "


def _when(run: Run) -> str:
    if run.state is RunState.STOPPING:
        return "MaxCompute stops it at its next checkpoint."
    return "It is stopped as soon as MaxCompute has accepted it."


def _progress(run: Run) -> list[str]:
    percent = progress_percent_of(run)
    figures = ["" if percent is None else f"*{percent}%*", done_in_words(run), usual_in_words(run)]
    known = " · ".join(figure for figure in figures if figure)
    lines = [known[:1].upper() + known[1:]]
    if queue := queue_in_words(run.queue_position, run.queue_status):
        says_so = queue.lower().startswith("waiting")
        lines.append(("" if says_so else "Waiting: ") + t.one_line(queue, limit=200))
    return lines


def _outcome(run: Run, now: datetime) -> str:
    took = states.run_duration(run, now)
    match run.state:
        case RunState.SUCCEEDED:
            what = states.rows_in_words(run).capitalize() if run.table else "Done"
            compared = comparison_in_words(run.comparison)
            return f"{what} in {took}{compared and f' · {compared}'}"
        case RunState.CANCELLED:
            after = f" after {took}" if run.instance_id else ""
            return f"{states.stopped_in_words(run)}{after}"
        case RunState.REJECTED:
            return f"{questions.decision_in_words(run)}. Nothing was submitted."
        case RunState.FAILED:
            words = t.one_line(own_words(outcome_in_words(run)), limit=400)
            return f"{_how_it_failed(run, took)}: {words}"
        case _:
            return outcome_in_mrkdwn(run, limit=1_500)


def _how_it_failed(run: Run, took: str) -> str:
    if is_never_submitted(run):
        return "Nothing was submitted, because MaxCompute couldn't compile it"
    return f"After {took}"


def _context(run: Run, now: datetime) -> Block:
    parts = [*_who_and_when(run), *_settings(run), *_as_of(run, now)]
    if run.instance_id:
        parts.append(f"instance {t.code(run.instance_id)}")
    if run.is_foreign:
        parts += origin_in_words(run)
    return context(" · ".join(parts))


def _settings(run: Run) -> list[str]:
    """Return how many settings the shown statement has before it, where they are not shown."""
    count = 0 if _is_approved_as_shown(run) else from_statement_on(run.sql).settings
    return [f"{count:,} {'setting' if count == 1 else 'settings'}"] if count else []


def _as_of(run: Run, now: datetime) -> list[str]:
    """Return of when the card is, which may stay as it is for a while; its end is its end.

    A question is open until the card says something else.
    """
    is_lasting = run.is_final or run.state is RunState.AWAITING_DECISION
    return [] if is_lasting else [states.as_of(run, now)]


def _who_and_when(run: Run) -> tuple[str, str]:
    """Return who asked for the run and when, or who follows it and when it has started."""
    if run.is_foreign:
        when = t.day_and_time(run.started_at or run.requested_at)
        return f"Watched by {t.mention(run.user_id)}", f"started {when}"
    return f"Requested by {t.mention(run.user_id)}", t.day_and_time(run.requested_at)


def _also(run: Run) -> str:
    """Return estimate and usage, the files in the thread, and who else is notified."""
    decision = "" if run.state is RunState.REJECTED else questions.decision_in_words(run)
    parts = [
        usage_in_words(run),
        consent_in_words(run),
        decision,
        questions.cover_in_words(run),
        states.sent_in_words(run),
        fallback_in_words(run),
    ]
    if run.gone_cards:
        parts.append("Replaces a card that can no longer be updated")
    if run.is_limit_removed:
        parts.append("The statement's own cost limit was removed")
    if run.notify and not run.is_final:
        parts.append("Also notifies " + ", ".join(map(t.mention, run.notify)))
    return " · ".join(part for part in parts if part)
