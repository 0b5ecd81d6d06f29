"""The reply at the end of a run: it mentions the requester and shows the result."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, context, preformatted, section
from odps_bot.messages.message import Fallbacks, Message
from odps_bot.messages.modals.run_modal import MOST_NOTIFIED
from odps_bot.messages.results.tables import data_table, monospace_table, plain_table, shown_part
from odps_bot.messages.run import states
from odps_bot.messages.run.explained_failure import explained_failure
from odps_bot.messages.run.outcomes import is_never_submitted, outcome_in_words
from odps_bot.messages.run.questions import decision_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.messages.sql_preview import sql_as_code
from odps_bot.runs.run import Run, RunState, Table
from odps_bot.store.preferences import NotifyStyle

#: How much of the statement a direct message shows.
SUMMARY_CHARACTERS = 120

#: How much of a result that is no table the reply shows.
DETAIL_CHARACTERS = 2_800


def completion_replies(
    run: Run, *, now: datetime, notify: NotifyStyle = NotifyStyle.THREAD
) -> Sequence[Message]:
    """Return the reply and its fallbacks for where Slack rejects blocks, best first.

    `notify` is the requester's preference.
    """
    mentions = " ".join(map(t.mention, _whom(run, notify)))
    headline = f"{mentions} {_headline(run, now)}".lstrip()
    if run.state is RunState.FAILED:
        return _with_explanation(headline, run)
    if run.state is RunState.SUCCEEDED and run.table and run.table.columns:
        shown = shown_part(run.table)
        return Fallbacks(
            *(partial(_with_table, headline, run, run.table, shown, form) for form in TABLES)
        )
    blocks: list[Block] = [section(headline)]
    if detail := _detail(run):
        blocks.append(preformatted(t.clip(detail, DETAIL_CHARACTERS)))
        if len(detail) > DETAIL_CHARACTERS:
            blocks.append(context("Only the beginning of it is shown here."))
    text = headline + (f"\n{t.one_line(detail, limit=1_500)}" if detail else "")
    return [Message(text, blocks), Message(text)]


TABLES = (data_table, plain_table, monospace_table)


def completion_by_direct_message(run: Run, *, now: datetime, where: str) -> Message:
    """Return the direct message to a requester who prefers one; `where` (mrkdwn) is the reply."""
    sql = sql_as_code(run.sql, limit=SUMMARY_CHARACTERS)
    return Message(f"{_headline(run, now)}\n{sql}\nIn {t.code(run.project)}; see {where}.")


def _headline(run: Run, now: datetime) -> str:
    what = f"{states.EMOJI[run.state]} run {run_link(run)}"
    took = states.run_duration(run, now)
    match run.state:
        case RunState.SUCCEEDED if run.table:
            return f"{what} succeeded: {states.rows_in_words(run)} in {took}."
        case RunState.SUCCEEDED:
            return f"{what} succeeded in {took}."
        case RunState.FAILED:
            return f"{what} {_how_it_failed(run, took)}."
        case RunState.CANCELLED:
            after = f" after {took}" if run.instance_id else ""
            stopped = states.stopped_in_words(run).replace("Stopped", "was stopped", 1)
            return f"{what} {stopped}{after}."
        case RunState.REJECTED:
            return f"{what}: {decision_in_words(run)}. Nothing was submitted."
        case _:
            word = states.WORDS[run.state].lower()
            return f"{what}: {'outcome ' if run.state is RunState.UNKNOWN else ''}{word}."


def _how_it_failed(run: Run, took: str) -> str:
    if is_never_submitted(run):
        return "can't run: MaxCompute couldn't compile it, so nothing was submitted"
    return f"failed after {took}"


def _whom(run: Run, notify: NotifyStyle) -> list[str]:
    """Return the requester and the people to notify, each once, up to the limit."""
    is_quiet = notify is NotifyStyle.FAILURES and _went_as_wanted(run)
    people = run.notify if is_quiet else (run.user_id, *run.notify)
    return list(dict.fromkeys(people))[:MOST_NOTIFIED]


def _went_as_wanted(run: Run) -> bool:
    """Return whether the run succeeded, or its requester stopped it."""
    is_own_stop = run.stop_requested_by == run.user_id
    return run.state is RunState.SUCCEEDED or (run.state is RunState.CANCELLED and is_own_stop)


def _with_explanation(headline: str, run: Run) -> list[Message]:
    """Return MaxCompute's message, the position in the statement, and an explanation."""
    error = run.outcome.detail if run.outcome else ""
    failure = explained_failure(error, sql=run.sql, is_estimate=is_never_submitted(run))
    if failure is None:
        where = f"MaxCompute gave no reason. {_where(run)}".rstrip()
        return [Message(f"{headline} {where}", [section(f"{headline} {where}")])]
    headline = f"{headline} *{failure.title}.*"
    blocks: list[Block] = [section(headline), *failure.blocks, context(_what_was_done(run))]
    text = f"{headline}\n{failure.text}"
    return [Message(text, blocks), Message(text)]


def _what_was_done(run: Run) -> str:
    if is_never_submitted(run):
        return "MaxCompute found this when it estimated the cost."
    return f"It was not retried. {_where(run)}".rstrip()


def _where(run: Run) -> str:
    """Return where more is shown; empty without an instance, which a Logview is about."""
    return f"`/odps logview {run.name}` shows where it failed." if run.instance_id else ""


def _with_table(
    headline: str, run: Run, table: Table, shown: Table, form: Callable[..., Block]
) -> Message:
    blocks: list[Block] = [section(headline)]
    if shown.rows:
        blocks.append(form(shown, caption=f"Result of run {run.name}"))
    if note := what_is_shown(table, shown):
        blocks.append(context(note))
    return Message(f"{headline} Columns: {t.one_line(', '.join(table.columns), limit=300)}", blocks)


def what_is_shown(table: Table, shown: Table) -> str:
    """Return which part of a result is shown; empty where all of it is."""
    notes = []
    if 0 < len(shown.rows) < table.row_count:
        least = "at least " if table.is_truncated else ""
        notes.append(f"First {len(shown.rows):,} of {least}{table.row_count:,} rows.")
    if len(shown.columns) < table.column_count:
        notes.append(f"First {len(shown.columns)} of {table.column_count:,} columns.")
    if table.is_truncated:
        notes.append(f"MaxCompute returned the first {table.row_count:,} rows; there may be more.")
    return " ".join(notes)


def _detail(run: Run) -> str:
    if run.state is RunState.CANCELLED:
        return ""
    return (run.result_text or outcome_in_words(run)).strip()
