"""The earlier runs of a job: how long it usually takes, a chart, and a table. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from odps_bot.history.past_run import SHORTEST_S, PastRun
from odps_bot.history.spread import LEAST_RUNS, rest_s
from odps_bot.history.usual import Shift, Usual, shift_of, usual_of
from odps_bot.maxcompute.models.instances import is_interactive_id
from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, context, section
from odps_bot.messages.message import Fallbacks, Message
from odps_bot.messages.results.charts import NATIVE_POINTS, ChartPlan, Series, native_chart
from odps_bot.messages.results.tables import data_table, monospace_table, plain_table
from odps_bot.messages.run.finding_numbers import amount, rough_duration
from odps_bot.messages.run.usual import few_in_words, range_in_words, times_in_words
from odps_bot.runs.run import Run, RunState, Table

SHOWN_RUNS = 10

#: Charts show so long runs in minutes.
IN_MINUTES_S = 600

#: Fewer points are no chart.
LEAST_POINTS = 2

DAYS = 60

_COLUMNS = ("Started", "Ran", "Waited", "Rows read", "Data read", "Quota")


def no_statement(name: str) -> Message:
    """Return the reply about a job of which nobody knows what it runs."""
    return Message(f"{name}: its statement isn't known to me, so I can't tell its earlier runs.")


def history_answer(
    name: str,
    runs: Sequence[PastRun],
    *,
    now: datetime,
    zone: str,
    run: Run | None = None,
) -> Sequence[Message]:
    """Return the successes of a job, the latest first, and fallbacks for other clients.

    `name` is mrkdwn; `run` the one that was asked about, if it is one of ours. Times are shown in
    the IANA time zone `zone`, because tables and charts know no reader's own.
    """
    at = (run.started_at or run.requested_at) if run else now
    usual = usual_of(runs, at=at)
    lines = [_usual(name, usual, len(runs)), _shift(shift_of(runs)), _rest(run, usual)]
    text = "\n".join(line for line in lines if line)
    if not runs:
        return [Message(text)]
    shown = [section(text)]
    note = context(_note(runs, zone))
    charts = _charts(runs, zone)
    table = _table(runs[:SHOWN_RUNS], zone)

    def answer(form: Callable[..., Block], drawn: Sequence[Block]) -> Message:
        return Message(text, [*shown, *drawn, form(table, caption="Earlier runs"), note])

    return Fallbacks(
        *([partial(answer, data_table, charts)] if charts else []),
        partial(answer, data_table, ()),
        partial(answer, plain_table, ()),
        partial(answer, monospace_table, ()),
    )


def _usual(name: str, usual: Usual, count: int) -> str:
    if not count:
        return (
            f"{name}: no earlier runs. Runs that succeed after {SHORTEST_S:.0f} s or more are kept"
            f" for {DAYS} days: those that are followed here, and those of subscribed projects."
        )
    if usual.baseline is None or usual.baseline.run_s is None:
        return f"{name}: ran {times_in_words(count)} in {DAYS} days: {few_in_words(usual)}."
    spread, wait = usual.baseline.run_s, usual.baseline.wait_s
    waits = f", after waiting {range_in_words(wait)}" if wait is not None else ""
    which = f"{count} runs" if spread.count == count else f"{spread.count} runs at about this time"
    return f"{name}: usually *{range_in_words(spread)}*{waits} ({which})."


def _shift(shift: Shift | None) -> str:
    if shift is None:
        return ""
    before, after = rough_duration(shift.before_s), rough_duration(shift.after_s)
    since = t.day_and_time(shift.since)
    return f":warning: Slower since {since}: {after}, before that {before}."


def _rest(run: Run | None, usual: Usual) -> str:
    """Return how far the run is, as of its last poll; empty unless it runs."""
    if run is None or run.state is not RunState.RUNNING or len(usual.run_s) < LEAST_RUNS:
        return ""
    if run.execution_began_at is None or run.polled_at is None:
        return ""
    elapsed_s = max(0.0, (run.polled_at - run.execution_began_at).total_seconds())
    rest = rest_s(usual.run_s, elapsed_s)
    so_far = f"Running for {rough_duration(elapsed_s)} now"
    if rest is None:
        return f"{so_far}: longer than each of the last {len(usual.run_s)} runs."
    return f"{so_far}: probably about {rough_duration(rest)} to go."


def _note(runs: Sequence[PastRun], zone: str) -> str:
    last = min(len(runs), SHOWN_RUNS)
    many = f"The last {last} of {len(runs)} runs" if len(runs) > last else "Successful runs only"
    return f"{many} · times in {t.escape(zone)} · waiting is not part of running"


def _charts(runs: Sequence[PastRun], zone: str) -> list[Block]:
    """Return charts of durations and of input, the oldest run first."""
    shown = list(reversed(runs[:NATIVE_POINTS]))
    if len(shown) < LEAST_POINTS:
        return []
    labels = _labels(shown, zone)
    is_long = max(past.run_s for past in shown) >= IN_MINUTES_S
    unit, size = ("min", 60) if is_long else ("s", 1)
    durations = [
        Series(f"Ran ({unit})", tuple(round(past.run_s / size, 1) for past in shown)),
        Series(f"Waited ({unit})", tuple(round((past.wait_s or 0) / size, 1) for past in shown)),
    ]
    if not any(durations[1].values):
        durations.pop()
    charts = [_chart("How long it took", labels, durations)]
    rows = [past.input_records for past in shown]
    if all(count is not None for count in rows) and any(rows):
        counts = tuple(float(count or 0) for count in rows)
        charts.append(_chart("Rows read", labels, [Series("Rows read", counts)]))
    return charts


def _chart(title: str, labels: tuple[str, ...], series: list[Series]) -> Block:
    return native_chart(ChartPlan("line", "Started", labels, tuple(series)), title=title)


def _labels(runs: Sequence[PastRun], zone: str) -> tuple[str, ...]:
    """Return a short label for each run; those of one minute are numbered, for each must differ."""
    found: dict[str, int] = {}
    labels = []
    for past in runs:
        label = f"{_started(past, zone):%d %b %H:%M}"
        found[label] = found.get(label, 0) + 1
        labels.append(label if found[label] == 1 else f"{label} ({found[label]})")
    return tuple(labels)


def _table(runs: Sequence[PastRun], zone: str) -> Table:
    rows = tuple(_row(past, zone) for past in runs)
    # What nobody has told of any run is no column.
    kept = [n for n in range(len(_COLUMNS)) if any(row[n] for row in rows)]
    return Table(
        columns=tuple(_COLUMNS[n] for n in kept),
        types=("string",) * len(kept),
        rows=tuple(tuple(row[n] for n in kept) for row in rows),
        column_count=len(kept),
        row_count=len(rows),
    )


def _row(past: PastRun, zone: str) -> tuple[str | None, ...]:
    return (
        f"{_started(past, zone):%Y-%m-%d %H:%M}",
        t.duration(timedelta(seconds=past.run_s)),
        None if past.wait_s is None else t.duration(timedelta(seconds=past.wait_s)),
        None if past.input_records is None else amount(past.input_records),
        None if past.input_bytes is None else t.data_size(past.input_bytes),
        _quota(past),
    )


def _quota(past: PastRun) -> str | None:
    if not is_interactive_id(past.instance_id):
        return past.quota or None
    return f"{past.quota} (interactive)" if past.quota else "interactive"


def _started(past: PastRun, zone: str) -> datetime:
    return datetime.fromtimestamp(past.submitted_s, ZoneInfo(zone))
