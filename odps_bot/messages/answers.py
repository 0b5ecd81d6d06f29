"""Private answers: what only the person who asked sees."""

from collections.abc import Callable, Sequence
from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, section
from odps_bot.messages.card import (
    logview_button,
    run_duration,
    state_in_words,
    stop_button,
)
from odps_bot.messages.message import Message
from odps_bot.runs.record import Run

OFFERED_RUNS = 5

#: Slack cuts longer messages into several.
MESSAGE_CHARACTERS = 3_900

#: So many characters of a statement stand in a list.
LISTED_SQL = 80


def plain(mrkdwn: str) -> Message:
    """Return a short answer; `mrkdwn` is ours, foreign parts in it are escaped already."""
    return Message(mrkdwn)


def problem(mrkdwn: str, *, usage: str | None = None) -> Message:
    """Return what is wrong, and the one right line of usage."""
    return Message(f":x: {mrkdwn}" + (f"\nUsage: {t.code(usage)}" if usage else ""))


def refusal(run: Run) -> Message:
    """Return why the run was not submitted, and what to do next."""
    return problem(f"Run *{run.name}*: {t.clip(t.escape(run.result_text or ''), 2_000)}")


def unexpected(reference: str, *, was_submitted: str) -> Message:
    """Return the answer to an error of ours; `was_submitted` says what became of the job."""
    return Message(
        f":x: Something went wrong on my side (ref {t.code(reference)}). {was_submitted}"
    )


def runs_overview(runs: Sequence[Run], *, now: datetime, title: str) -> Message:
    """Return a list of runs, a line each, with the ids to go on with."""
    lines = [f"*{title}*", "`/odps status ID` shows one, `/odps stop ID` stops it."]
    left = MESSAGE_CHARACTERS - len("\n".join(lines))
    for run in runs:
        line = _line(run, now)
        left -= len(line) + 1
        if left < 0:
            break
        lines.insert(-1, line)
    return Message("\n".join(lines))


def offer_stop(runs: Sequence[Run], *, now: datetime) -> Message:
    """Return running runs with a Stop button each."""
    return _offer("Which run shall I stop?", runs, now=now, button=stop_button)


def offer_logview(runs: Sequence[Run], *, now: datetime) -> Message:
    """Return runs with a Logview button each."""
    return _offer("Logview of which run?", runs, now=now, button=logview_button)


def logview_link(address: str, *, name: str, life_in_words: str | None) -> Message:
    """Return a Logview link, for the eyes of whoever asked only."""
    note = (
        f"It carries a token: anyone who has it can read this job for {life_in_words}."
        if life_in_words
        else "It asks for your own login."
    )
    return Message(f":mag: <{t.escape(address)}|Logview of {t.escape(name)}>\n{note}")


def instance_status(instance_id: str, project: str, status: str, detail: str) -> Message:
    """Return how an instance that no run has made stands."""
    more = f": {t.one_line(detail, limit=500)}" if detail else ""
    return Message(
        f":mag: Instance {t.code(instance_id)} in {t.code(project)} is *{t.escape(status)}*{more}."
        " It was not started from Slack."
    )


def _offer(
    question: str, runs: Sequence[Run], *, now: datetime, button: Callable[[Run], Block]
) -> Message:
    offered = [section(_line(run, now), accessory=button(run)) for run in runs[:OFFERED_RUNS]]
    return Message(question, [section(question), *offered])


def _line(run: Run, now: datetime) -> str:
    progress = f" {run.finished_percentage} %" if run.stages and not run.is_final else ""
    instance = f" · {t.code(run.instance_id)}" if run.instance_id else ""
    return (
        f"{state_in_words(run)}{progress} · *{run.name}* by {t.mention(run.user_id)}"
        f" · {run_duration(run, now)}{instance} · {t.code(run.sql, limit=LISTED_SQL)}"
    )
