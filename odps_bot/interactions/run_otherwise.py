"""*Run with hint* and *Run with other quota*: Edit & run, filled in with what could help a run.

The run goes on; nothing says that the new one is quicker.
"""

from dataclasses import replace

from odps_bot.diagnosis.finding import Finding
from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import RunOptions
from odps_bot.interactions.edit_run import edit_run
from odps_bot.messages import text as t
from odps_bot.messages.modals.run_modal import HINTS, QUOTA, SQL
from odps_bot.messages.run.edited_run import what_becomes_of_it
from odps_bot.messages.run.repetition import is_repetition_safe
from odps_bot.messages.run_link import run_link
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.sql.select_hint import with_select_hint

HINT_CHARACTERS = 120


def run_with_hint(run: Run, request: Request, services: Services) -> Answer:
    """Open the form with the settings, and the hint in the statement, that the finding names.

    Raises CommandError where running the statement twice is not proven to be safe.
    """
    _require_safe(run)
    finding = run.finding or run.told_finding
    if finding is None or not (finding.hints or finding.sql_hint):
        raise CommandError(
            f"There is no hint for run {run_link(run)} any more. Nothing was submitted."
        )
    return edit_run(
        run,
        request,
        services,
        change=lambda options: _with_hints(options, finding),
        note=what_becomes_of_it(run, change=_what_is_changed(run, finding)),
        focus=HINTS if finding.hints else SQL,
    )


def run_with_quota(run: Run, request: Request, services: Services) -> Answer:
    """Open the form at the field for the quota. Raises CommandError as `run_with_hint` does."""
    _require_safe(run)
    note = what_becomes_of_it(run, change="Name another *Quota* below.")
    return edit_run(run, request, services, note=note, focus=QUOTA)


def _with_hints(options: RunOptions, finding: Finding) -> RunOptions:
    sql = with_select_hint(options.sql, finding.sql_hint) or options.sql
    return replace(options, sql=sql, hints={**options.hints, **finding.hints})


def _what_is_changed(run: Run, finding: Finding) -> str:
    settings = " ".join(f"{key}={value}" for key, value in finding.hints.items())
    added = [t.code(settings, limit=HINT_CHARACTERS)] if settings else []
    hint = f"/*+ {finding.sql_hint} */"
    by_hand = ""
    if finding.sql_hint and with_select_hint(run.sql, finding.sql_hint):
        added.append(t.code(hint, limit=HINT_CHARACTERS))
    elif finding.sql_hint:
        by_hand = f"Put {t.code(hint, limit=HINT_CHARACTERS)} behind the SELECT with the join."
    filled_in = f"Filled in below: {' and '.join(added)}." if added else ""
    return " ".join(part for part in (filled_in, by_hand) if part)


def _require_safe(run: Run) -> None:
    if not is_repetition_safe(run):
        raise CommandError(
            f"Running {run_link(run)} twice may change data twice. Nothing was submitted. Stop it"
            " and check what it has written before you run it again."
        )
