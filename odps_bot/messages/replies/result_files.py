"""Messages about results as files and charts: in the thread, and to the requester."""

import re

from odps_bot.maxcompute import (
    InvalidRequestError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
)
from odps_bot.messages import text as t
from odps_bot.messages.blocks import context
from odps_bot.messages.message import Message
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.results.charts import ChartPlan, chart_in_words, native_chart
from odps_bot.messages.results.spreadsheet import has_long_numbers
from odps_bot.messages.results.zones import ShownZone, zone_in_words
from odps_bot.messages.run.refusals import why_maxcompute_refused
from odps_bot.messages.run_link import run_link
from odps_bot.messages.sentences import SENTENCES, sentence_for
from odps_bot.runs.run import Run

NOTHING_SENT = "Nothing was sent."

#: MaxCompute keeps the rows of a SELECT for a day.
RESULT_GONE = (
    "MaxCompute no longer has this result; it keeps results for a day. Run the statement again."
)
NO_ROWS = "This result has no rows."
ROW_TOO_LARGE = "The first row alone exceeds the file size limit. Select fewer columns."
NO_ROOM = "My disk is full. Ask your administrator."
NO_THREAD = "This run has no thread here for the file."
NOT_READABLE = "I can't read MaxCompute's response. Try again, or use a MaxCompute client."

NO_CHART = (
    "This result can't be charted. A chart needs one column of distinct names or times and one or"
    " more columns of numbers, such as `select ds, count(*) as orders … group by ds`; or two such"
    " columns and one of numbers, such as `select ds, city, count(*) as orders … group by ds,"
    " city`."
)
TOO_MANY_POINTS = "This result has too many rows for a chart. Aggregate them first."
NO_PICTURES = (
    "Slack can't draw this chart, and I can't draw charts as pictures here. Your administrator can"
    " install `odps-bot[charts]`."
)

LEGEND_ENTRIES = 40


def file_name(run: Run, *, suffix: str) -> str:
    """Return the name of the run's file, by which the file is found again."""
    return re.sub(r"[^\w.-]", "_", f"{run.name}-{run.project}") + f".{suffix}"


def csv_comment(
    run: Run, *, written: int, row_count: int, is_limited: bool, zone: ShownZone | None
) -> str:
    """Return the comment on the file: how many rows it has, and how to read them.

    `is_limited`: MaxCompute returns no more than `row_count` rows. `zone`: of the times in the
    file; None if there are none, or if it is not known.
    """
    notes = [_rows_in_file(run, written, row_count, is_limited=is_limited)]
    if zone is not None:
        notes.append(zone_in_words(zone))
    if has_long_numbers(run.table):
        notes.append("Excel keeps 15 digits of a number; import longer numbers as text.")
    return " ".join(notes)


def _rows_in_file(run: Run, written: int, row_count: int, *, is_limited: bool) -> str:
    # The comment on a file has no way to keep Slack from showing what a link in it leads to.
    whose = f"of run *{t.escape(run.name)}*"
    if written < row_count:
        count = f"{'at least ' if is_limited else ''}{row_count:,}"
        return f"The first {written:,} of {count} rows {whose}; more exceeds the size limit."
    if is_limited:
        return f"The first {written:,} rows {whose}; MaxCompute returned no more."
    return f"All {written:,} rows {whose}." if written > 1 else f"The one row {whose}."


def chart_message(run: Run, plan: ChartPlan) -> Message:
    """Return the chart as Slack draws it."""
    text = f"Run {run_link(run)}: {t.one_line(chart_in_words(plan), limit=1_000)}."
    chart = native_chart(plan, title=chart_title(run, plan))
    note = _notes(plan)
    return Message(f"{text} {note}", [chart, context(note)]) if note else Message(text, [chart])


def _notes(plan: ChartPlan) -> str:
    """Return what the chart leaves out, and what is odd about its times; empty for nothing."""
    notes = []
    if plan.left_out:
        names = t.one_line(", ".join(plan.left_out), limit=300)
        notes.append(f"Not drawn because of a different scale: {names}.")
    if plan.is_zoned and plan.zone is not None and plan.zone.doubt is not None:
        notes.append(zone_in_words(plan.zone))
    return " ".join(notes)


def picture_comment(run: Run, plan: ChartPlan, legend: tuple[tuple[str, str], ...]) -> str:
    """Return the comment on the picture, with the labels that it shows as numbers."""
    comment = f"Run *{t.escape(run.name)}* as a chart. {_notes(plan)}".rstrip()
    if not legend:
        return comment
    entries = [f"{number} {t.escape(label)}" for number, label in legend[:LEGEND_ENTRIES]]
    rest = len(legend) - len(entries)
    more = f" and {rest:,} more" if rest > 0 else ""
    why = "I have no font for some labels, so they are numbered"
    return f"{comment} {why}: {' · '.join(entries)}{more}."


def chart_title(run: Run, plan: ChartPlan) -> str:
    """Return the title of the chart; plain text."""
    if plan.measure is not None:
        return f"{run.name}: {plan.measure} by {plan.category_name}"
    return f"{run.name}: {', '.join(s.name for s in plan.series)} by {plan.category_name}"


def not_sent(run: Run, why: str) -> Message:
    """Return the reply when nothing can be sent; `why` says what to do."""
    return ephemeral.problem(f"Run {run_link(run)}: {why} {NOTHING_SENT}")


def why_slack_refused_file(code: str) -> str:
    """Return why Slack rejects a file, and what helps. `code` is Slack's error code."""
    unknown = f"Slack rejected the file ({t.code(code)}). Ask your administrator."
    return sentence_for(code, SENTENCES.file_refused, unknown=unknown)


def why_no_rows(error: MaxComputeError) -> str:
    """Return why MaxCompute returns no rows, and what helps."""
    if isinstance(error, NotFoundError | InvalidRequestError):
        return RESULT_GONE
    if isinstance(error, PermissionDeniedError):
        return t.one_line(why_maxcompute_refused(error), limit=600)
    return NOT_READABLE
